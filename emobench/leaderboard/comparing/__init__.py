"""Do two records differ, or repeat each other?"""
