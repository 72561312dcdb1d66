"""Which entries cannot be told apart? Groups of ties, from paired tests over people.

The best entry leads the first group: every entry below is tested against it (sign-flip over people), and whoever is not
shown to be worse belongs to its group. The best entry in no group yet leads the next. So an entry may stand in several
groups; members of a group were held against its leader, not against each other.

Which entry leads is read off the same people that the tests are about: of many equal entries the best was lucky. So
Holm counts every pair of entries, tested or not. With the tests of one leader alone, one of twenty equal entries was
called worse in every fifth table instead of every twentieth.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.metrics.sign_flips import paired_sign_flips
from emobench.metrics.significance import EXACT_PEOPLE, holm

Array = np.ndarray[Any, Any]
SURE = 0.05
SIGNS = 10_000, 200_000  # random signs of more people than all can be counted of: at least, and at most
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class TieGroups:
    """Letters of every entry, in the order given, and how many tests they rest on."""

    letters: tuple[str, ...]
    tests: int


def tie_groups(scores: Array) -> TieGroups:
    """The groups of entries that are sorted from the best down.

    Args:
        scores: (entries, people, targets) of every person alone, nan where a person has none; the same people and
            targets for all entries.
    """
    members: list[list[int]] = [[] for _ in scores]
    pairs, tests, group = pairs_of(len(scores)), 0, 0
    for leader in range(len(scores)):
        if members[leader]:
            continue
        below = np.arange(leader + 1, len(scores))
        worse = _shown_worse(scores[leader], scores[below], pairs)
        for place in (leader, *below[~worse].tolist()):
            members[place].append(group)
        tests += len(below)
        group += 1
    return TieGroups(tuple("".join(letter(one) for one in groups) for groups in members), tests)


def letter(group: int) -> str:
    """From a to z, then a1 to z1, and so on."""
    turn, place = divmod(group, len(ALPHABET))
    return ALPHABET[place] + (str(turn) if turn else "")


def differences_of_people(leader: Array, others: Array) -> Array:
    """How much better the leader is for every person: the mean over the targets in which both have a score.

    Args:
        leader: (people, targets).
        others: (entries, people, targets).

    Returns:
        (entries, people), nan for people without a score under both.
    """
    differences = leader - others
    known = np.isfinite(differences)
    totals = np.where(known, differences, 0.0).sum(axis=-1)
    counts = known.sum(axis=-1)
    found: Array = np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
    return found


def pairs_of(entries: int) -> int:
    """How many tests there could be."""
    return entries * (entries - 1) // 2


def could_show(people: int, entries: int) -> bool:
    """Whether the largest of differences could have been shown: whether the smallest p there is, is small enough."""
    pairs = pairs_of(entries)
    smallest = 2.0 ** (1 - people) if people <= EXACT_PEOPLE else 1 / (1 + _signs(pairs))
    return smallest * pairs <= SURE


def _signs(pairs: int) -> int:
    """So many random signs that the smallest p is half of what one of so many tests needs, within bounds."""
    least, most = SIGNS
    return min(most, max(least, math.ceil(2 * pairs / SURE)))


def _shown_worse(leader: Array, others: Array, pairs: int) -> Array:
    """(entries,) whether each was shown to be worse than the leader, in a table of so many pairs."""
    if not len(others):
        return np.zeros(0, dtype=bool)
    differences = differences_of_people(leader, others)
    known = np.isfinite(differences)
    p = np.ones(len(others))
    for pattern in np.unique(known, axis=0):
        rows = (known == pattern).all(axis=1)
        p[rows] = paired_sign_flips(differences[rows][:, pattern], _signs(pairs))
    found: Array = (holm(p, pairs) <= SURE) & (np.nansum(differences, axis=1) > 0)
    return found
