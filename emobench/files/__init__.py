"""Where files lie, how they are written, and where weights come from."""
