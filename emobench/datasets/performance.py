"""How does one person express one emotion in one clip? The drawn part of the synthetic pair.

People use the same cues, but not equally: each relies on some more than on others, and has habits that have nothing to
do with emotion (the lens model of Brunswik, as in Juslin & Laukka 2003). Clips differ in intensity and by chance. Every
draw is seeded by the name of what it is for, so that a clip does not depend on which clips were made before it.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from emobench.datasets.cues import PATTERNS, Cues

HABIT_SD = 0.25  # of a person's offset on every cue, in the table's units
CHANCE_SD = 0.15  # of a clip's own departure on every cue
RELIANCE = (0.6, 1.3)  # least and most that a person makes of a cue
INTENSITY = (0.8, 1.2)  # weakest and strongest expression
FURTHEST = 1.6  # no cue goes beyond it, so that durations and levels stay bounded

Generator = np.random.Generator


@dataclass(frozen=True)
class Performance:
    """The cues of one clip: ``expressed`` is what the emotion asked for, ``heard`` adds the person's habits."""

    expressed: Cues
    heard: Cues


def generator(name: str) -> Generator:
    """A PCG64 generator seeded by the SHA-256 of ``name``: the same numbers on every machine."""
    seed = hashlib.sha256(f"emobench synthetic pair, version 1: {name}".encode()).digest()[:16]
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed, "big")))


def perform(person: str, emotion: str, clip: str) -> Performance:
    """The cues by which ``person`` expresses ``emotion`` in the clip named ``clip``, each in [-1.6, 1.6]."""
    count = len(Cues._fields)
    character, chance = generator(f"{person}, character"), generator(f"{clip}, performance")
    reliance = character.uniform(*RELIANCE, count)
    habits = character.normal(0, HABIT_SD, count)
    expressed = chance.uniform(*INTENSITY) * reliance * np.array(PATTERNS[emotion]) + chance.normal(0, CHANCE_SD, count)
    return Performance(_bounded(expressed), _bounded(expressed + habits))


def _bounded(values: np.ndarray) -> Cues:
    return Cues(*np.clip(values, -FURTHEST, FURTHEST).tolist())
