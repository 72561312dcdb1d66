"""What does a board of `fad_bias` show? A table that describes: how far apart the emotions are in every backbone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emobench.domain.record import Record, Score
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.board import Board
from emobench.leaderboard.cells import count_cell, interval_cell, number_cell, score_cell
from emobench.leaderboard.data_used import identity_of
from emobench.leaderboard.entry_facts import BACKBONE, FACTS, FACTS_READ, fact_cells, told_apart
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.table import BoardTable, Cell, Column, Row
from emobench.tasks.emotion_distances import RAW
from emobench.views.bias_rows import chance, datasets, emotions, find, layers, nearest_right, sides, verdict
from emobench.views.pair_cells import p_cell

REMARKS = (
    (
        "Nothing here is a ranking, and no number is better for being larger or smaller: rows are sorted by what a "
        "model was pretrained on and by its name. In brackets are 95 % intervals that leave people out."
    ),
    (
        "Only retrieval has a level of chance. What the emotion bias comes to where labels mean nothing differs from "
        "row to row: it is permuted."
    ),
    "Rows marked (control) are no models of emotion.",
)
SECOND = (
    "Of every emotion: how far apart both domains are in it (aligned, mean over layers, with its interval): 0 the "
    "same, 1 as far as different emotions are. shared: nearer than the other emotions are on their average; apart: "
    "further; p < .05 after Holm over the emotions. One of the others may be nearer still: the column nearest says for "
    "how many emotions none is, either way."
)
RETRIEVAL, EMOTIONS = "Retrieval and nearest emotions", "Every emotion"
CHANCE = "chance"


def bias_table(
    folder: Path, _board: Board, key: str, same: Sequence[Entry], _contenders: Mapping[Path, Contender]
) -> BoardTable:
    """The table of one pair and identity of both datasets; it describes, so nothing else plays a part."""
    first = same[0][1]
    title = f"{first.asked['attribute']} on {' and '.join(datasets(first))}"
    ordered = sorted(same, key=_place)
    rows = told_apart([Row({**fact_cells(folder, entry), **_cells(entry[1])}, *entry) for entry in ordered])
    notes = (*REMARKS, SECOND, FACTS_READ)
    return BoardTable(key, title, _facts(first), _columns(first), (*rows, _chance(first)), notes)


def _place(entry: Entry) -> tuple[str, str, str]:
    """By what a model was pretrained on, then by its name: no number has a say."""
    record = entry[1]
    return str(record.used["backbone"]["card"]["pretrained_on"]), str(record.asked["backbone"]), record.key


def _columns(record: Record) -> tuple[Column, ...]:
    one, other = sides(record)
    return (
        BACKBONE,
        Column("headline", "emotion bias", "number", "Spread of the distances over the emotions, aligned.", ends=True),
        Column("p", "p", "number", "That all emotions are equally far."),
        Column("permuted", "permuted", "number", "The spread where labels are permuted inside every person."),
        Column("raw_bias", "raw bias", "number", "The same of features as they are.", ends=True),
        Column("match_p", "match p", "number", "Share of all pairings that lie as near as the true one."),
        Column("layers", "layers", "number", part=RETRIEVAL),
        Column("retrieval_1", f"retrieval to {other}", "number", part=RETRIEVAL, ends=True),
        Column("retrieval_2", f"retrieval to {one}", "number", part=RETRIEVAL, ends=True),
        Column(
            "nearest", "nearest", about="For how many emotions the same one is nearest, either way.", part=RETRIEVAL
        ),
        *(
            Column(f"emotion_{place}", name, "number", "Aligned distance of both domains.", EMOTIONS, ends=True)
            for place, name in enumerate(emotions(record), 1)
        ),
        *FACTS,
    )


def _facts(record: Record) -> tuple[str, ...]:
    used, identity = record.used, identity_of(record)
    counted = "; ".join(
        f"{name}: {used['datasets'][name]['clips']} clips, {len(used['datasets'][name]['groups'])} people"
        for name in datasets(record)
    )
    return (
        f"{counted}; {used['pair']['common_people']} people in both.",
        f"Identities {identity[0][:12]} and {identity[1][:12]}.",
    )


def _cells(record: Record) -> Mapping[str, Cell]:
    headline, null = record.found.headline, find(record, "emotion_bias_null")
    nearest = nearest_right(record)
    found = {
        "headline": interval_cell(headline.value, headline.low, headline.high),
        "p": _p(find(record, "emotion_bias")),
        "permuted": number_cell(None if null is None else null.value),
        "raw_bias": score_cell(find(record, "emotion_bias", geometry=RAW)),
        "match_p": _p(find(record, "correspondence")),
        "layers": count_cell(len(layers(record))),
        "nearest": Cell(nearest, nearest),
    }
    for place, name in enumerate(datasets(record), 1):
        found[f"retrieval_{place}"] = score_cell(find(record, "retrieval", source=name))
    for place, name in enumerate(emotions(record), 1):
        cell = score_cell(find(record, "relative_mmd", class_=name))
        said = verdict(find(record, "nearer", class_=name))
        found[f"emotion_{place}"] = Cell(f"{cell.text} {said}".strip(), cell.value, cell.low, cell.high)
    return found


def _p(row: Score | None) -> Cell:
    return Cell(p_cell(row), None if row is None else row.p)


def _chance(record: Record) -> Row:
    guessed = number_cell(chance(record))
    return Row({"backbone": Cell(CHANCE, CHANCE), "retrieval_1": guessed, "retrieval_2": guessed})
