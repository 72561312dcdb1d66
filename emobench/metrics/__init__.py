"""How good is a prediction, and how sure are we? Counts and sums in, numbers out; never torch."""
