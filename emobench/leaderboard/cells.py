"""How is a fact of any record written in a cell of a Markdown table? Escaped; files as links below the board."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from emobench.domain.record import Record
from emobench.leaderboard.admission import Entry

T = TypeVar("T", str, tuple[str, ...])


def escaped(text: str) -> str:
    """Text that Markdown shows as it is; what cannot be printed is left out."""
    return "".join("\\" + mark if mark in "\\`*_{}[]<>()#+!|" else mark for mark in text if mark.isprintable())


def link(text: str, folder: Path, path: Path) -> str:
    """A link from the page of a board to a file below it; the text is written as it is."""
    return f"[{text}]({quote(path.relative_to(folder).as_posix())})"


def backbone_cell(folder: Path, path: Path, record: Record) -> str:
    """The backbone, linked to its record, with the precision where it is not fp32."""
    precision = "" if record.asked["precision"] == "fp32" else f" ({record.asked['precision']})"
    return link(escaped(str(record.asked["backbone"]) + precision), folder, path)


def by_identity(rows: Sequence[Entry], identity: Callable[[Record], T]) -> list[tuple[T, list[Entry]]]:
    """The rows of every identity of the data, sorted by it: rows of another identity never share a table."""
    known = sorted({identity(record) for _, record in rows})
    return [(one, [entry for entry in rows if identity(entry[1]) == one]) for one in known]


def ranked(rows: Sequence[Entry]) -> list[Entry]:
    """The best headline first, those without one last; equals by name."""

    def place(entry: Entry) -> tuple[bool, float, str]:
        value = entry[1].found.headline.value
        return value is None, -(value or 0.0), str(entry[1].asked["backbone"])

    return sorted(rows, key=place)


def most_often(picked: Sequence[str]) -> str:
    """What was chosen most often, the first of equals, with how many times of how many."""
    best = max(sorted(set(picked), key=picked.index), key=picked.count)
    return f"{best} ({picked.count(best)}/{len(picked)})"
