"""How do records read, as tables and as pictures?"""
