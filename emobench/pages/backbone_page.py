"""What stands on the page of a backbone? Who it is, and every record of it, on all boards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from emobench.domain.record import Record
from emobench.leaderboard.data_used import datasets_used
from emobench.pages.addresses import UP, anchor, backbone_page, board_page, file_place
from emobench.pages.board_shown import ShownBoard, ShownRecord
from emobench.pages.record_facts import Fact, card_facts, flat, leakage_fact
from emobench.pages.score_rows import score_table, summary_rows
from emobench.pages.shell import page
from emobench.pages.written import address
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name
from emobench.views.tables import interval, number

Files = Mapping[str, str]
POINTS = re.compile(rb'<svg[^>]* width="(\d{1,5}(?:\.\d{1,9})?)pt" height="(\d{1,5}(?:\.\d{1,9})?)pt"')
BEGINNING = 2000  # bytes of a picture in which its size stands
METRICS = {"uar": "UAR", "ccc": "CCC"}


@dataclass(frozen=True)
class _Section:
    """One record on the page."""

    id: str
    title: str
    name: str
    key: str
    metric: str
    value: str
    between: str
    leakage: str
    why: str
    notes: Sequence[str]
    pictures: Sequence[tuple[str, str, str]]
    files: Files
    scores: Markup
    used: Sequence[tuple[str, Sequence[Fact]]]


def backbone_html(backbone: str, boards: Sequence[tuple[ShownBoard, Sequence[ShownRecord]]]) -> str:
    """The page.

    Args:
        backbone: its name.
        boards: every board with the records of this backbone on it, none without.
    """
    first = boards[0][1][0].record
    shown = [
        (one.board, UP + address(board_page(one.folder)), [_section(one.folder, entry) for entry in found])
        for one, found in boards
    ]
    return page(
        "backbone.html.jinja",
        title=f"{backbone} · emobench",
        inline=False,
        root=UP,
        here=backbone_page(backbone),
        backbone=backbone,
        control=is_control(first),
        facts=card_facts(first),
        boards=shown,
        count=sum(len(found) for _, found in boards),
    )


def _section(board: Path, entry: ShownRecord) -> _Section:
    record = entry.record
    headline = record.found.headline
    leakage, why = leakage_fact(record)
    title = _question(record)
    rows = summary_rows(record)
    return _Section(
        id=anchor(board, record),
        title=title,
        name=shown_name(record),
        key=record.key,
        metric=METRICS.get(headline.metric, headline.metric.replace("_", " ")),
        value=number(headline.value) or "none",
        between=interval(headline.low, headline.high),
        leakage=leakage,
        why=why,
        notes=tuple(record.found.notes),
        pictures=[(_place(board, path), _alt(path, record, title), _room(path)) for path in entry.pictures],
        files=_files(board, entry),
        scores=score_table(rows, f"Scores of {shown_name(record)}: {title}") if rows else Markup(""),
        used=_used(record),
    )


def _used(record: Record) -> list[tuple[str, list[Fact]]]:
    """Under headings: what was assumed, asked, used, spent, and where."""
    used = {name: value for name, value in record.used.items() if name != "assumed"}
    parts = {
        "Assumed": record.used.get("assumed", {}),
        "Asked": record.asked,
        "Used": used,
        "Spent": record.spent,
        "Where": record.where,
    }
    return [(title, flat(part)) for title, part in parts.items() if part]


def _question(record: Record) -> str:
    return f"{record.asked['attribute']} on {' and '.join(datasets_used(record))}"


def _files(board: Path, entry: ShownRecord) -> Files:
    files = {"record (JSON)": _place(board, entry.path)}
    if entry.predictions is not None:
        matrices = entry.record.asked["task"] == "fad_bias"
        files["matrices (Parquet)" if matrices else "predictions (Parquet)"] = _place(board, entry.predictions)
    return files


def _place(board: Path, path: Path) -> str:
    return UP + address(file_place(board, path))


def _alt(path: Path, record: Record, title: str) -> str:
    kinds = {"layerwise": "Layer curve", "cross_domain": "Gains and scores", "fad_bias": "Distances"}
    more = {".layers.svg": "Over the layers", ".fractions.svg": "With fewer labels"}
    named = (words for ending, words in more.items() if path.name.endswith(ending))
    kind = next(named, kinds.get(str(record.asked["task"]), "Picture"))
    return f"{kind}: {title}. Its numbers stand in the table below and in the record."


def _room(path: Path) -> Markup:
    """The size of a picture, so that the page does not jump when it comes; empty where it does not say."""
    with path.open("rb") as file:
        found = POINTS.search(file.read(BEGINNING))
    if found is None:
        return Markup("")
    width, height = (round(float(one) * 4 / 3) for one in found.groups())
    return Markup(' width="{}" height="{}"').format(width, height)
