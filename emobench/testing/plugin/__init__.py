"""Which laws does a plugin keep as a whole, whatever it offers?"""
