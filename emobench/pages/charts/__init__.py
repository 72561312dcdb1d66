"""Which pictures of records can be asked, in a browser?"""
