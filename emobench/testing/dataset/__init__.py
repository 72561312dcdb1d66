"""Which laws does a dataset keep, and how is one tried?"""
