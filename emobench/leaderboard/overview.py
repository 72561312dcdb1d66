"""What has every backbone been asked, on all boards together? What is missing stays missing, and nothing is ranked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emobench.leaderboard.board import Board
from emobench.leaderboard.cells import number_cell
from emobench.leaderboard.entry_facts import backbone_cell
from emobench.leaderboard.table import BoardTable, Cell, Column, Row

MISSING = "missing"
PAGE = "README.md"
FACTS = (
    "One row a backbone, one column a question; in brackets are 95 % intervals over people.",
    "Missing says that nobody has filed that result; a mean is of those who have all its parts.",
    "Nothing is ranked across questions.",
)


@dataclass(frozen=True)
class BoardOfTables:
    """A board, its folder, and what it shows."""

    board: Board
    folder: Path
    tables: tuple[BoardTable, ...]


def overview(boards: Sequence[BoardOfTables]) -> BoardTable:
    """All boards side by side; a table of another identity of the same data is a column of its own."""
    columns: list[Column] = [Column("backbone", "backbone")]
    cells: dict[str, dict[str, Cell]] = {}
    for one in boards:
        for table in one.tables:
            key = f"{one.board.name}:{table.key}"
            columns.append(Column(key, table.title, "number", part=one.board.title, ends=True))
            for name, found in _headlines(table).items():
                cells.setdefault(name, {"backbone": Cell(name, name)})[key] = _led(one.folder / PAGE, found)
        mean = _mean_column(one)
        if mean is not None:
            columns.append(mean[0])
            for known in cells.values():
                known.update(_mean_cells(mean[0], [known.get(key) for key in mean[1]]))
    rows = [
        Row({column.key: known.get(column.key, Cell(MISSING)) for column in columns})
        for _, known in sorted(cells.items())
    ]
    return BoardTable("overview", "All boards", FACTS, tuple(columns), tuple(rows))


def _headlines(table: BoardTable) -> dict[str, list[Cell]]:
    """The headlines of all entries by their shown names."""
    found: dict[str, list[Cell]] = {}
    for row in table.rows:
        if row.path is not None and row.record is not None:
            found.setdefault(backbone_cell((row.path, row.record)).text, []).append(row.cells["headline"])
    return found


def _led(page: Path, found: Sequence[Cell]) -> Cell:
    """The headline of a backbone, leading to its board; where several entries stand there, none of them is picked."""
    cell = found[0] if len(found) == 1 else Cell(f"{len(found)} entries")
    text = cell.text or "no score"
    return replace(cell, text=text, files={text: page})


def _mean_column(one: BoardOfTables) -> tuple[Column, list[str]] | None:
    """The column of a board's average, and the columns that it is over; None where some have no, or several tables."""
    rule = one.board.average
    if rule is None:
        return None
    keys = [_only_table(one, (name,), rule.attribute) for name in rule.datasets]
    told = [key for key in keys if key is not None]
    title = f"mean of {rule.attribute} over {' and '.join(rule.datasets)}"
    column = Column(f"{one.board.name}:mean", title, "number", "Of rows that have all.", part=one.board.title)
    return (column, told) if len(told) == len(keys) else None


def _only_table(one: BoardOfTables, names: tuple[str, ...], attribute: str) -> str | None:
    title = f"{attribute} on {' and '.join(names)}"
    found = [table.key for table in one.tables if table.title == title]
    return f"{one.board.name}:{found[0]}" if len(found) == 1 else None


def _mean_cells(column: Column, parts: Sequence[Cell | None]) -> dict[str, Cell]:
    """The mean, of whom nothing is missing; else no cell."""
    values = [cell.value for cell in parts if cell is not None and isinstance(cell.value, float)]
    return {column.key: number_cell(sum(values) / len(values))} if len(values) == len(parts) else {}
