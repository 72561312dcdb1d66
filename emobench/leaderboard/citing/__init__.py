"""Whom does a result owe?"""
