"""What does a board say, before anybody draws it? Tables of cells: a value for machines, words for people.

Markdown, CSV, JSON and HTML are drawn from the same tables. Nothing in them is markup: whoever draws escapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emobench.domain.record import Record

Value = str | float | int | bool | None
MAIN = ""


@dataclass(frozen=True)
class Column:
    """What a column holds.

    Attributes:
        key: its name for machines (lower case, underscores), the same in all tables of a task.
        title: its heading.
        kind: how its cells sort and stand: numbers to the right.
        about: what it means, in a sentence; may be empty.
        part: heading of the part of the table that it belongs to where all columns beside each other are too wide;
            the main part has none.
        ends: whether its cells have intervals.
    """

    key: str
    title: str
    kind: Literal["text", "number"] = "text"
    about: str = ""
    part: str = MAIN
    ends: bool = False


@dataclass(frozen=True)
class Cell:
    """One fact.

    Attributes:
        text: as people read it; empty where there is nothing to say.
        value: as machines read and sort it; None where there is none.
        low: end of its 95 % interval; None where there is none.
        high: its other end.
        files: files below the board that it leads to, by the words that lead there.
    """

    text: str
    value: Value = None
    low: float | None = None
    high: float | None = None
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One entry, or what stands beside the entries (chance).

    Attributes:
        cells: by the key of their column; a column without a cell is empty.
        path: the record's file; None for rows without a record.
        record: the record itself.
    """

    cells: Mapping[str, Cell]
    path: Path | None = None
    record: Record | None = None


@dataclass(frozen=True)
class BoardTable:
    """Rows that may be compared: one task, protocol version, attribute, and identity of the data.

    Attributes:
        key: unique on its board, for file names and anchors: letters, digits, ``-``.
        title: heading.
        facts: sentences on the data and on how to read the table, in order.
        columns: in order.
        rows: in order.
        notes: sentences that stand below it.
    """

    key: str
    title: str
    facts: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
