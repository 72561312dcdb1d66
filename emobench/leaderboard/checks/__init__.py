"""Does a record say what its files say, and is it fit to be shown?"""
