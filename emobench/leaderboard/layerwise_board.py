"""What does a board of `layerwise` show? A table a dataset and attribute, every row with its interval."""

from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from emobench.domain.record import Record, Score
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.cells import backbone_cell, by_identity, escaped, link, most_often, ranked
from emobench.views.tables import interval, number


def layerwise_tables(folder: Path, rows: Sequence[Entry]) -> list[str]:
    """One table per dataset identity, as lines: rows of another identity never share one."""
    return [line for identity, same in by_identity(rows, _identity) for line in _table(folder, same, identity)]


def _identity(record: Record) -> str:
    return str(record.used["dataset"]["identity"])


def _table(folder: Path, same: Sequence[Entry], identity: str) -> list[str]:
    first = same[0][1]
    heads = ["backbone", first.found.headline.metric.upper(), "95 % over people", "layer chosen (folds)",
             "weighted sum", "unseen sentence", "pretrained on", "audio", "layers"]  # fmt: skip
    used = first.used
    facts = (
        f"{used['dataset']['clips']} clips, {len(used['dataset']['groups'])} groups, {used['split']['folds']} "
        f"group-disjoint folds (split `{used['split']['digest'][:12]}`, identity `{identity[:12]}`). "
        f"Chance {number(first.found.headline.chance)}. Intervals that overlap are no ranking."
    )
    cells = [_row(folder, *entry) for entry in ranked(same)]
    return [
        f"## {first.asked['attribute']} on {first.asked['dataset']}",
        "",
        facts,
        "",
        tabulate(cells, headers=heads, tablefmt="github", disable_numparse=True),
        "",
    ]


def _row(folder: Path, path: Path, record: Record) -> list[str]:
    headline = record.found.headline
    weighted = next((row for row in _summaries(record) if row.method == "weighted_sum"), None)
    unseen = next(
        (r for r in record.found.scores if r.view == "statement_disjoint" and r.layer is None and r.method == "frozen"),
        None,
    )
    picked = [c["layer"] for c in record.found.choices if c["chosen"] and c["method"] == "frozen"]
    return [
        backbone_cell(folder, path, record),
        number(headline.value),
        interval(headline.low, headline.high),
        escaped(most_often(picked)),
        number(weighted.value) if weighted else "",
        number(unseen.value) if unseen else "",
        escaped(str(record.used["backbone"]["card"]["pretrained_on"])),
        escaped(str(record.used["dataset"]["audio"]["kind"])),
        link("curve", folder, path.with_suffix(".svg")),
    ]


def _summaries(record: Record) -> list[Score]:
    metric = record.found.headline.metric
    return [row for row in record.found.scores if row.metric == metric and row.view == "all" and row.fold is None]
