"""How do records and boards look in a browser?"""
