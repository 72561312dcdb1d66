"""What does a new plugin look like? Packages that work as they are written, to be changed."""
