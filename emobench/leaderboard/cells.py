"""How does a number of a record become a cell? In words of a few digits, with its value and ends as they are stored."""

from collections.abc import Sequence

from emobench.domain.record import Score
from emobench.leaderboard.table import Cell
from emobench.views.tables import interval, number


def number_cell(value: float | None) -> Cell:
    """A number in three digits."""
    return Cell(number(value), value)


def interval_cell(value: float | None, low: float | None, high: float | None) -> Cell:
    """A number with its interval; the number alone where there is none."""
    ends = "" if low is None or high is None else f" ({interval(low, high)})"
    return Cell(f"{number(value)}{ends}", value, low, high)


def score_cell(row: Score | None) -> Cell:
    """A score with its interval; empty where it was not measured."""
    return Cell("") if row is None else interval_cell(row.value, row.low, row.high)


def count_cell(value: int) -> Cell:
    """A number of things."""
    return Cell(str(value), value)


def chosen_cell(picked: Sequence[str]) -> Cell:
    """What was chosen most often, the first of equals, with how many times of how many; empty for no choice."""
    if not picked:
        return Cell("")
    best = max(sorted(set(picked), key=picked.index), key=picked.count)
    return Cell(f"{best} ({picked.count(best)}/{len(picked)})", best)
