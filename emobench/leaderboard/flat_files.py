"""How do the tables of a board read for machines? One CSV and one JSON with values, every table of the board in it."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emobench.leaderboard.board import Board
from emobench.leaderboard.table import BoardTable, Column, Row, Value

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet runs, or trims before it looks


def as_json(folder: Path, board: Board, tables: Sequence[BoardTable]) -> bytes:
    """``table.json``: the board, and every table with its facts, columns, rows and notes; strict JSON."""
    data = {
        "board": board.name,
        "title": board.title,
        "protocol": {"name": board.task, "version": board.protocol_version},
        "tables": [_table(folder, table) for table in tables],
    }
    return (json.dumps(data, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode()


def as_csv(folder: Path, tables: Sequence[BoardTable]) -> bytes:
    """``table.csv``: a line an entry; ``table`` says which of the board's, ``metric`` what its headline is in.

    A text never reads as a formula.
    """
    known = dict.fromkeys(key for table in tables for column in table.columns for key in keys(column))
    heads = ["table", "title", "metric", *known, "record", "key"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(head) for head in heads])
    for table in tables:
        metric = next((column.title for column in table.columns if column.key == "headline"), None)
        for row in table.rows:
            line = {"table": table.key, "title": table.title, "metric": metric, **values(folder, table, row)}
            writer.writerow([safe(line.get(head)) for head in heads])
    return text.getvalue().encode()


def values(folder: Path, table: BoardTable, row: Row) -> dict[str, Value]:
    """The values of a row by key, ends of intervals under ``_low`` and ``_high``, with its record's file and key."""
    found: dict[str, Value] = {}
    for column in table.columns:
        cell = row.cells.get(column.key)
        ends = (None, None, None) if cell is None else (cell.value, cell.low, cell.high)
        found.update(zip(keys(column), ends, strict=False))
    found["record"] = None if row.path is None else row.path.relative_to(folder).as_posix()
    found["key"] = None if row.record is None else row.record.key
    return found


def keys(column: Column) -> tuple[str, ...]:
    """The names of a column's values."""
    return (column.key, f"{column.key}_low", f"{column.key}_high") if column.ends else (column.key,)


def safe(value: Value) -> str | float | int | None:
    """A value as it stands in a CSV: a text that begins as a formula does gets an apostrophe."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _table(folder: Path, table: BoardTable) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "facts": list(table.facts),
        "notes": list(table.notes),
        "columns": [
            {"key": c.key, "title": c.title, "kind": c.kind, "about": c.about, "part": c.part} for c in table.columns
        ],
        "rows": [values(folder, table, row) for row in table.rows],
    }
