"""With what do tests and plugin authors try things? Toys that are small and whole."""
