"""Which laws does a plugin keep, and with what is it tried? Toys that are small and whole."""
