"""How is emobench used from Python? As thinly as from the command line, and by the same code."""
