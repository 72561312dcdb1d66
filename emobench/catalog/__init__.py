"""Which plugins are there? Hook specifications, contracts, discovery and the catalog; never torch."""
