"""How do records become public tables?"""
