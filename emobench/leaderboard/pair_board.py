"""What does a board of `cross_domain` show? A table a pair: scores of two stages, gains, and what they stand beside."""

from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from emobench.domain.record import Record, Score
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.cells import backbone_cell, by_identity, escaped, link, most_often, ranked
from emobench.tasks.pair_predictions import DIRECT, TWO_STAGE
from emobench.views.pair_facts import audio_kind, identities, is_control
from emobench.views.pair_rows import CHOSEN, directions, gain_of, score_of
from emobench.views.tables import interval, number

REMARK = (
    "Rows are sorted by the score, and intervals that overlap are no ranking. A gain whose interval holds 0 is none "
    "that was shown. Rows marked `control` are no models of emotion."
)


def pair_tables(folder: Path, rows: Sequence[Entry]) -> list[str]:
    """One table per identity of both datasets together, as lines: rows of another identity never share one."""
    return [line for identity, same in by_identity(rows, identities) for line in _table(folder, same, identity)]


def _table(folder: Path, same: Sequence[Entry], identity: tuple[str, ...]) -> list[str]:
    first = same[0][1]
    metric, targets = first.found.headline.metric.upper(), [target for _, target in directions(first)]
    heads = ["backbone", f"two stage ({metric})", "95 % over people", "gain", "95 % over people", "direct",
             *(head for name in targets for head in (f"to {name}", f"gain to {name}")),
             "method chosen (folds)", "pretrained on", "audio", "gains"]  # fmt: skip
    cells = [_row(folder, *entry) for entry in ranked(same)]
    return [
        f"## {first.asked['attribute']} on {' and '.join(first.asked['datasets'])}",
        "",
        f"{_facts(first, identity)} {REMARK}",
        "",
        tabulate(cells, headers=heads, tablefmt="github", disable_numparse=True),
        "",
    ]


def _facts(record: Record, identity: tuple[str, ...]) -> str:
    used = record.used
    sides = [
        f"{name}: {used['datasets'][name]['clips']} clips, {len(used['datasets'][name]['groups'])} groups"
        for name in record.asked["datasets"]
    ]
    shown = " and ".join(f"`{one[:12]}`" for one in identity)
    return (
        f"{'; '.join(sides)}; {used['pair']['common_people']} people in both. {used['split']['folds']} group-disjoint "
        f"folds (split `{used['split']['digest'][:12]}`, identities {shown}). "
        f"Chance {number(record.found.headline.chance)}."
    )


def _row(folder: Path, path: Path, record: Record) -> list[str]:
    headline, gain = record.found.headline, gain_of(record, CHOSEN, None)
    name = backbone_cell(folder, path, record)
    sides: list[str] = []
    for _, target in directions(record):
        sides += [_with_interval(score_of(record, TWO_STAGE, CHOSEN, target)),
                  _with_interval(gain_of(record, CHOSEN, target))]  # fmt: skip
    return [
        f"{name} (control)" if is_control(record) else name,
        number(headline.value),
        interval(headline.low, headline.high),
        number(None if gain is None else gain.value),
        "" if gain is None else interval(gain.low, gain.high),
        _with_interval(score_of(record, DIRECT, CHOSEN, None)),
        *sides,
        escaped(_method_chosen(record)),
        escaped(str(record.used["backbone"]["card"]["pretrained_on"])),
        escaped(audio_kind(record)),
        link("plot", folder, path.with_suffix(".svg")),
    ]


def _with_interval(row: Score | None) -> str:
    if row is None:
        return ""
    ends = "" if row.low is None or row.high is None else f" ({interval(row.low, row.high)})"
    return f"{number(row.value)}{ends}"


def _method_chosen(record: Record) -> str:
    """The method chosen in most folds of both directions, with how many."""
    picked = [
        str(choice["method"])
        for choice in record.found.choices
        if choice["choice"] == "method" and choice["chosen"] and choice["fraction"] in (None, 1)
        and choice["condition"] in (None, TWO_STAGE)
    ]  # fmt: skip
    return most_often(picked) if picked else ""
