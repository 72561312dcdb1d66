"""How is a table of ranked entries put together? By value, with ranks and ties, controls and chance in their places."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.leaderboard.admission import Entry
from emobench.leaderboard.cells import interval_cell, number_cell
from emobench.leaderboard.entry_facts import BACKBONE, FACTS, FACTS_READ, USED, fact_cells, told_apart
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.standing.eligibility import why_unranked
from emobench.leaderboard.standing.rank_intervals import Rank
from emobench.leaderboard.standing.standings import Standing, Standings, Ties, standings
from emobench.leaderboard.standing.tie_groups import SURE, could_show
from emobench.leaderboard.table import Cell, Column, Row
from emobench.metrics.uncertainty import MINIMUM_GROUPS

CHANCE = "chance"
RANK = Column(
    "rank", "rank", "number", ends=True,
    about="Place by the headline with its 95 % interval over people; a word where a row has none.",
)  # fmt: skip
RANKED = Column("ranked", "ranked", about="Whether the row has a rank, and why not.", part=USED)


@dataclass(frozen=True)
class Ranked:
    """Columns, rows and sentences of a table of entries."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    facts: tuple[str, ...]
    notes: tuple[str, ...]


def ranked(
    folder: Path,
    entries: Sequence[Entry],
    contenders: Mapping[Path, Contender],
    own: Sequence[Column],
    cells: Callable[[Entry], Mapping[str, Cell]],
    ties: Ties,
) -> Ranked:
    """The table of entries that share the identity of their data.

    Args:
        folder: of the board.
        entries: one at least.
        contenders: those that may have a rank.
        own: columns of the task; the first main one after ``headline`` stands behind the ties.
        cells: of an entry, by the keys of ``own``.
        ties: whether groups of ties are by the headline or by the gain.
    """
    known = standings(entries, contenders, ties)
    first = entries[0][1].found.headline
    headline = Column(
        "headline", first.metric.upper(), "number", "The score, with its interval over people.", ends=True
    )
    letters = Column("ties", "ties" if ties == "headline" else "ties by gain", about="Groups of ties, by letter.")
    rows = [_row(folder, entry, known.of.get(entry[0]), cells(entry)) for entry in entries]
    rows = [*told_apart(rows), _chance(first.chance)]
    columns = (RANK, BACKBONE, headline, *(own if ties == "gain" else ()), letters, *(() if ties == "gain" else own))
    return Ranked((*columns, RANKED, *FACTS), tuple(sorted(rows, key=_place)), facts_of(known), notes(ties))


def facts_of(known: Standings) -> tuple[str, ...]:
    """Sentences on what the ranks and letters of this table rest on."""
    rows = "1 row has a rank" if known.ranked == 1 else f"{known.ranked or 'No'} rows have ranks"
    tests = "1 test" if known.tests == 1 else f"{known.tests or 'no'} tests"
    said = [f"{rows}; the letters rest on {tests} over {known.people} people." if known.ranked else f"{rows}."]
    if known.ranked > 1 and known.people < MINIMUM_GROUPS:
        said.append(f"Fewer than {MINIMUM_GROUPS} people: ranks have no intervals.")
    if known.ranked > 1 and not could_show(known.people, known.ranked):
        said.append("With so few people for so many rows no difference could have been shown, however large.")
    return tuple(said)


def notes(ties: Ties) -> tuple[str, ...]:
    """Sentences on what ranks and letters mean."""
    by = "gain" if ties == "gain" else "score"
    order = " in the order of their gains" if ties == "gain" else ""
    places = (
        "Rows stand by their score, the best first; in brackets are 95 % intervals over people. Controls, chance and "
        "rows that are only shown stand in their places too, have no rank, and take none away."
    )
    intervals = (
        "The interval of a rank holds 95 % of the places that the row takes when people are drawn anew, 2,000 times, "
        "the same people for every row; nothing is trained anew. A rank says no more than its interval."
    )
    letters = (
        f"Letters are groups of ties. Group a is led by the row of the best {by}; every row below{order} is tested "
        f"against it (paired sign-flip test over people, {SURE:.0%} after Holm over all pairs of ranked rows), and has "
        f"its letter where it is not shown to be worse. The best row without a letter leads the next group. So every "
        f"row was held against leaders only: two that share a letter may differ from each other, and two that share "
        f"none need not. For any two rows ask emobench compare."
    )
    return places, intervals, letters, FACTS_READ


def _row(folder: Path, entry: Entry, standing: Standing | None, own: Mapping[str, Cell]) -> Row:
    path, record = entry
    headline, why = record.found.headline, why_unranked(path, record)
    cells = {
        **fact_cells(folder, entry),
        **own,
        "rank": Cell(why) if standing is None else _rank_cell(standing.rank),
        "headline": interval_cell(headline.value, headline.low, headline.high),
        "ties": Cell("") if standing is None else _told(standing.letters),
        "ranked": _told("yes" if standing else f"no: {why}"),
    }
    return Row(cells, path, record)


def _rank_cell(rank: Rank) -> Cell:
    ends = "" if rank.low is None else f" ({rank.low} to {rank.high})"
    return Cell(f"{rank.place}{ends}", rank.place, rank.low, rank.high)


def _told(text: str) -> Cell:
    return Cell(text, text)


def _chance(value: float) -> Row:
    return Row(
        {
            "rank": Cell(CHANCE),
            "backbone": Cell(CHANCE, CHANCE),
            "headline": number_cell(value),
            "ranked": Cell("", f"no: {CHANCE}"),
        }
    )


def _place(row: Row) -> tuple[bool, float, str, str]:
    """The best first; equals by name; who has no score last."""
    value = row.cells["headline"].value
    number = float(value) if isinstance(value, (int, float)) else None
    key = row.record.key if row.record else ""
    return number is None, -(number or 0.0), str(row.cells["backbone"].value), key
