"""Which seed does each purpose have? One that follows from the unit's seed and what it is for."""

import hashlib


def seed_of(seed: int, *words: str | int) -> int:
    """A seed for one purpose of a unit, below 2**63: other purposes and steps have others."""
    text = "/".join(str(word) for word in (seed, *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
