"""Which sounds do the nonsense sentences of the synthetic speech consist of?

Vowels by the mean formants of men in Peterson & Barney (1952), https://doi.org/10.1121/1.1906875; consonants as noise
in a band, with or without voice, at rough places of articulation (after Klatt 1980, https://doi.org/10.1121/1.383940).
"""

from collections.abc import Mapping
from typing import NamedTuple


class Consonant(NamedTuple):
    """A consonant: how long it lasts, how much voice sounds meanwhile (0 to 1), and its noise: level and band."""

    seconds: float
    voice: float
    noise: float
    noise_hz: float


# F1 to F3 in Hz, of a man; a shorter vocal tract raises all of them.
VOWELS: Mapping[str, tuple[float, float, float]] = {
    "i": (270.0, 2290.0, 3010.0),
    "e": (530.0, 1840.0, 2480.0),
    "a": (730.0, 1090.0, 2440.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (300.0, 870.0, 2240.0),
}

CONSONANTS: Mapping[str, Consonant] = {
    "s": Consonant(0.090, 0.0, 0.30, 5500.0),
    "sh": Consonant(0.090, 0.0, 0.35, 3200.0),
    "f": Consonant(0.080, 0.0, 0.15, 4500.0),
    "t": Consonant(0.060, 0.0, 0.25, 4200.0),
    "k": Consonant(0.065, 0.0, 0.25, 2200.0),
    "b": Consonant(0.050, 0.15, 0.08, 1000.0),
    "d": Consonant(0.050, 0.15, 0.10, 3000.0),
    "m": Consonant(0.070, 0.40, 0.0, 1000.0),
    "n": Consonant(0.065, 0.40, 0.0, 1500.0),
    "l": Consonant(0.055, 0.55, 0.0, 1500.0),
}


def syllables(sentence: str) -> tuple[tuple[Consonant, tuple[float, float, float]], ...]:
    """The consonant and the vowel's formants of every syllable, in order."""
    return tuple((CONSONANTS[syllable[:-1]], VOWELS[syllable[-1]]) for syllable in sentence.split())
