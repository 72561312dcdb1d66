"""Where does every entry of a table stand? Ranks with doubt in them and groups of ties, from what each predicted.

All entries of a table were tested on the same clips of the same people: a resample draws the same people for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from emobench.domain.errors import DataError
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.standing.rank_intervals import Rank, ranks
from emobench.leaderboard.standing.tie_groups import tie_groups

Array = np.ndarray[Any, Any]
Ties = Literal["headline", "gain"]


@dataclass(frozen=True)
class Standing:
    """Where one entry stands, and the letters of its groups of ties."""

    rank: Rank
    letters: str


@dataclass(frozen=True)
class Standings:
    """The ranked entries of a table by the file of the record, how many they are, and what their letters rest on."""

    of: Mapping[Path, Standing]
    ranked: int
    people: int
    tests: int


def standings(entries: Sequence[Entry], contenders: Mapping[Path, Contender], ties: Ties) -> Standings:
    """The standings of entries that share the identity of their data.

    Args:
        entries: of one table.
        contenders: those of them (and of other tables) that may have a rank.
        ties: whether groups of ties are by the headline, or by the gain over the condition before it.

    Raises:
        DataError: predictions for other clips than those of the other entries.
    """
    inside = {path: contenders[path] for path, _ in entries if path in contenders}
    _same_clips(inside)
    places = _ranks(list(inside.values()))
    letters, tests = _letters(inside, ties)
    found = {path: Standing(place, mark) for path, place, mark in zip(inside, places, letters, strict=True)}
    people = next((one.people for one in inside.values()), 0)
    return Standings(found, len(inside), people, tests)


def _same_clips(contenders: Mapping[Path, Contender]) -> None:
    first = next(iter(contenders.items()), None)
    for path, one in contenders.items():
        if first is not None and one.clips != first[1].clips:
            raise DataError(
                f"'{path}' was tested on other clips, people or labels than '{first[0]}'.",
                found="the records call their data the same",
                remedy="`emobench leaderboard validate` says which of them does not fit.",
            )


def _ranks(contenders: Sequence[Contender]) -> tuple[Rank, ...]:
    drawn = [one.drawn for one in contenders if one.drawn is not None]
    together = np.stack(drawn, axis=1) if drawn else None
    return ranks([one.score for one in contenders], together)


def _letters(contenders: Mapping[Path, Contender], ties: Ties) -> tuple[list[str], int]:
    """Letters in the order of the contenders; equals stand in the order of their files."""
    if not contenders:
        return [], 0
    paths = list(contenders)
    values = np.stack([_compared(one, ties) for one in contenders.values()])
    worth = [_worth(one, ties) for one in contenders.values()]
    order = sorted(range(len(paths)), key=lambda place: (-worth[place], paths[place]))
    groups = tie_groups(values[order])
    letters = dict(zip(order, groups.letters, strict=True))
    return [letters[place] for place in range(len(paths))], groups.tests


def _compared(one: Contender, ties: Ties) -> Array:
    """(people, targets) what a person's test is about."""
    headline: Array = one.of_person[..., -1]
    return headline if ties == "headline" else headline - one.of_person[..., -2]


def _worth(one: Contender, ties: Ties) -> float:
    return one.score if ties == "headline" else one.gain
