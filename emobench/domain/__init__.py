"""What things are: clips, cards, specs, plans, records, errors. Pydantic only, never torch or numpy."""
