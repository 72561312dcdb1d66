"""Which laws does a backbone keep, and how is one tried?"""
