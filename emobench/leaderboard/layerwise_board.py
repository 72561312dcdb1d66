"""What does a board of `layerwise` show? A table a dataset and attribute, with layers chosen and what stands beside."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emobench.domain.record import Record, Score
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.board import Board
from emobench.leaderboard.cells import chosen_cell, score_cell
from emobench.leaderboard.data_used import identity_of
from emobench.leaderboard.ranked_table import ranked
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.table import BoardTable, Cell, Column
from emobench.views.tables import number

OWN = (
    Column("layer", "layer chosen (folds)", about="The layer that most folds chose."),
    Column("weighted_sum", "weighted sum", "number", "A learned mixture of all layers.", ends=True),
    Column(
        "unseen_sentence", "unseen sentence", "number", "Tested on sentences that training did not hold.", ends=True
    ),
)  # fmt: skip


def layerwise_table(
    folder: Path, board: Board, key: str, same: Sequence[Entry], contenders: Mapping[Path, Contender]
) -> BoardTable:
    """The table of one dataset, attribute and identity."""
    first = same[0][1]
    used, identity = first.used, identity_of(first)
    assert board.headline.ties is not None  # a board of a task that ranks
    table = ranked(folder, same, contenders, OWN, _cells, board.headline.ties)
    facts = (
        (
            f"{used['dataset']['clips']} clips, {len(used['dataset']['groups'])} groups, {used['split']['folds']} "
            f"group-disjoint folds (split {used['split']['digest'][:12]}, identity {identity[0][:12]})."
        ),
        f"Chance {number(first.found.headline.chance)}.",
        *table.facts,
    )
    title = f"{first.asked['attribute']} on {first.asked['dataset']}"
    return BoardTable(key, title, facts, table.columns, table.rows, table.notes)


def _cells(entry: Entry) -> Mapping[str, Cell]:
    record = entry[1]
    metric = record.found.headline.metric
    weighted = _find(record, metric, "weighted_sum", "all")
    picked = [str(c["layer"]) for c in record.found.choices if c["chosen"] and c["method"] == "frozen"]
    return {
        "layer": chosen_cell(picked),
        "weighted_sum": score_cell(weighted),
        "unseen_sentence": score_cell(_find(record, metric, "frozen", "statement_disjoint")),
    }


def _find(record: Record, metric: str, method: str, view: str) -> Score | None:
    """The summary row over all folds of no single layer."""
    wanted = (metric, method, view, None, None)
    rows = record.found.scores
    return next((r for r in rows if (r.metric, r.method, r.view, r.layer, r.fold) == wanted), None)
