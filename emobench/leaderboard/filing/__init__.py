"""How do records come onto boards?"""
