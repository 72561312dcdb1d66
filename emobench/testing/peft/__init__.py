"""Which laws does a PEFT method keep, and how is one tried?"""
