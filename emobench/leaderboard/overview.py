"""What has every backbone been asked, on all boards together? What is missing stays missing, and nothing is ranked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.leaderboard.board import Board
from emobench.leaderboard.cells import number_cell
from emobench.leaderboard.entry_facts import backbone_cell
from emobench.leaderboard.table import BoardTable, Cell, Column, Row

MISSING = "missing"
FACTS = (
    "One row a backbone, one column a question; missing says that nobody has filed that result.",
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
            for name, cell in _headlines(table):
                cells.setdefault(name, {"backbone": Cell(name, name)}).setdefault(key, cell)
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


def _headlines(table: BoardTable) -> Iterable[tuple[str, Cell]]:
    """The shown name of every entry with its headline."""
    for row in table.rows:
        if row.path is not None and row.record is not None:
            yield backbone_cell((row.path, row.record)).text, row.cells["headline"]


def _mean_column(one: BoardOfTables) -> tuple[Column, list[str]] | None:
    """The column of a board's average, and the columns that it is over; None where some have no, or several tables."""
    rule = one.board.average
    if rule is None:
        return None
    keys = [_only_table(one, (name,), rule.attribute) for name in rule.datasets]
    told = [key for key in keys if key is not None]
    title = f"mean of {rule.attribute} on {' and '.join(rule.datasets)}"
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
