"""Which entries cannot be told apart? Groups of ties, from paired tests over people.

The best entry leads the first group: every entry below is tested against it (sign-flip over people, Holm over the tests
with this leader), and whoever is not shown to be worse belongs to its group. The best entry in no group yet leads the
next. So an entry may stand in several groups, and two entries without a common letter were told apart from a leader,
not always from each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.metrics.sign_flips import paired_sign_flips
from emobench.metrics.significance import holm

Array = np.ndarray[Any, Any]
SURE = 0.05
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
    tests = group = 0
    for leader in range(len(scores)):
        if members[leader]:
            continue
        below = np.arange(leader + 1, len(scores))
        worse = _shown_worse(scores[leader], scores[below])
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


def _shown_worse(leader: Array, others: Array) -> Array:
    """(entries,) whether each was shown to be worse than the leader."""
    if not len(others):
        return np.zeros(0, dtype=bool)
    differences = differences_of_people(leader, others)
    known = np.isfinite(differences)
    p = np.ones(len(others))
    for pattern in np.unique(known, axis=0):
        rows = (known == pattern).all(axis=1)
        p[rows] = paired_sign_flips(differences[rows][:, pattern])
    found: Array = (holm(p) <= SURE) & (np.nansum(differences, axis=1) > 0)
    return found


def shared(one: str, other: str) -> bool:
    """Whether two entries have a letter in common."""
    return bool(set(_groups(one)) & set(_groups(other)))


def _groups(letters: str) -> Sequence[str]:
    found: list[str] = []
    for mark in letters:
        if mark.isdigit():
            found[-1] += mark
        else:
            found.append(mark)
    return found
