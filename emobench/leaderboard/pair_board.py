"""What does a board of `cross_domain` show? A table a pair: scores of two stages, gains, and what they stand beside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emobench.domain.record import Record
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.board import Board
from emobench.leaderboard.cells import chosen_cell, score_cell
from emobench.leaderboard.data_used import identity_of
from emobench.leaderboard.ranked_table import ranked
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.table import BoardTable, Cell, Column
from emobench.tasks.pair_predictions import DIRECT, TWO_STAGE
from emobench.views.pair_rows import CHOSEN, directions, gain_of, score_of
from emobench.views.tables import number

DIRECTIONS = "Both directions"
GAIN = Column("gain", "gain", "number", "Two stages over the target alone, with its interval over people.", ends=True)
DIRECT_COLUMN = Column("direct", "direct", "number", "Learned from the source only.", ends=True)
METHOD = Column("method", "method chosen (folds)", about="The method that most folds chose.", part=DIRECTIONS)
REMARK = "A gain whose interval holds 0 is none that was shown."


def pair_table(
    folder: Path, board: Board, key: str, same: Sequence[Entry], contenders: Mapping[Path, Contender]
) -> BoardTable:
    """The table of one pair, attribute and identity of both datasets."""
    first = same[0][1]
    sides = [
        column
        for _, target in directions(first)
        for column in (
            Column(f"to_{_name(target)}", f"to {target}", "number", "Two stages, tested there.", DIRECTIONS, ends=True),
            Column(
                f"gain_to_{_name(target)}", f"gain to {target}", "number", "The gain, there.", DIRECTIONS, ends=True
            ),
        )
    ]
    assert board.headline.ties is not None  # a board of a task that ranks
    table = ranked(folder, same, contenders, (GAIN, DIRECT_COLUMN, *sides, METHOD), _cells, board.headline.ties)
    title = f"{first.asked['attribute']} on {' and '.join(first.asked['datasets'])}"
    return BoardTable(key, title, (*_facts(first), *table.facts), table.columns, table.rows, (*table.notes, REMARK))


def _facts(record: Record) -> tuple[str, ...]:
    used, identity = record.used, identity_of(record)
    sides = [
        f"{name}: {used['datasets'][name]['clips']} clips, {len(used['datasets'][name]['groups'])} groups"
        for name in record.asked["datasets"]
    ]
    return (
        f"{'; '.join(sides)}; {used['pair']['common_people']} people in both.",
        (
            f"{used['split']['folds']} group-disjoint folds (split {identity[2][:12]}, identities {identity[0][:12]} "
            f"and {identity[1][:12]})."
        ),
        f"Chance {number(record.found.headline.chance)}.",
    )


def _cells(entry: Entry) -> Mapping[str, Cell]:
    record = entry[1]
    picked = _methods_chosen(record)
    found = {
        "gain": score_cell(gain_of(record, CHOSEN, None)),
        "direct": score_cell(score_of(record, DIRECT, CHOSEN, None)),
        "method": chosen_cell(picked),
    }
    for _, target in directions(record):
        found[f"to_{_name(target)}"] = score_cell(score_of(record, TWO_STAGE, CHOSEN, target))
        found[f"gain_to_{_name(target)}"] = score_cell(gain_of(record, CHOSEN, target))
    return found


def _methods_chosen(record: Record) -> list[str]:
    """The method chosen in every fold of both directions."""
    return [
        str(choice["method"])
        for choice in record.found.choices
        if choice["choice"] == "method" and choice["chosen"] and choice["fraction"] in (None, 1)
        and choice["condition"] in (None, TWO_STAGE)
    ]  # fmt: skip


def _name(dataset: str) -> str:
    return dataset.replace("-", "_")
