"""How does a board read as Markdown? A heading a table, its facts, its parts beside each other, and its notes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from tabulate import tabulate

from emobench.leaderboard.board import Board
from emobench.leaderboard.table import MAIN, BoardTable, Cell, Column, Row

LONGEST = 60  # letters of a cell
MARKS = "\\`*_{}[]<>#!|~&"
END = "Made by `emobench leaderboard build`; edit `board.toml` or add records, not this page."


def board_page(folder: Path, board: Board, tables: Sequence[BoardTable]) -> str:
    """The ``README.md`` of a board.

    Args:
        folder: of the board; links are below it.
        board: what is said of it is Markdown already.
        tables: that it shows.
    """
    lines = [f"# {board.title}", "", board.about.strip(), "", escaped(board.rules()), ""]
    common = common_notes(tables)
    lines += [*_listed(common)]
    for table in tables:
        lines += table_lines(folder, table, without=common)
    lines += [] if tables else ["No records yet.", ""]
    lines += ["The same as data: [table.csv](table.csv), [table.json](table.json).", "", END]
    return "\n".join(lines) + "\n"


def overview_page(folder: Path, boards: Sequence[tuple[Path, Board]], table: BoardTable) -> str:
    """The page above all boards.

    Args:
        folder: that holds the boards.
        boards: with their folders.
        table: all of them side by side.
    """
    lines = ["# Boards", ""]
    lines += [f"- [{escaped(board.title)}]({quote(path.relative_to(folder).as_posix())}/)" for path, board in boards]
    lines += ["", *table_lines(folder, table), END.replace("`board.toml`", "a `board.toml`")]
    return "\n".join(lines) + "\n"


def common_notes(tables: Sequence[BoardTable]) -> tuple[str, ...]:
    """The notes that all tables of a board have: they are told once."""
    first = tables[0].notes if tables else ()
    return tuple(note for note in first if all(note in table.notes for table in tables))


def table_lines(folder: Path, table: BoardTable, without: Sequence[str] = ()) -> Iterator[str]:
    """A table as lines: the main part, its notes, then each of the other parts with the backbones before it."""
    yield from (f"## {escaped(table.title)}", "", " ".join(map(escaped, table.facts)), "")
    main = [column for column in table.columns if column.part == MAIN]
    named = next(column for column in main if column.key == "backbone")
    if len(main) > 1:
        yield from (_drawn(folder, main, _saying(main, table.rows)), "")
    yield from _listed([note for note in table.notes if note not in without])
    for part in dict.fromkeys(column.part for column in table.columns if column.part != MAIN):
        columns = [named, *(column for column in table.columns if column.part == part)]
        yield from (f"### {escaped(part)}", "", _drawn(folder, columns, _saying(columns, table.rows)), "")


def _saying(columns: Sequence[Column], rows: Sequence[Row]) -> list[Row]:
    """The rows that say more in these columns than their name."""
    return [row for row in rows if any(_text(row, column) for column in columns if column.key != "backbone")]


def _listed(notes: Sequence[str]) -> list[str]:
    return [*(f"- {escaped(note)}" for note in notes), ""] if notes else []


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, shortened visibly; what cannot be printed is left out."""
    return "".join("\\" + mark if mark in MARKS else mark for mark in text if mark.isprintable())


def shortened(text: str) -> str:
    """As much of a text as a cell has room for; what was cut is told."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}… ({len(text)} letters)"


def _drawn(folder: Path, columns: Sequence[Column], rows: Sequence[Row]) -> str:
    heads = [escaped(shortened(column.title)) for column in columns]
    cells = [[_cell(folder, row.cells.get(column.key, Cell(""))) for column in columns] for row in rows]
    sides = ["right" if column.kind == "number" and column.key == "rank" else "left" for column in columns]
    return tabulate(cells, headers=heads, tablefmt="github", disable_numparse=True, colalign=sides)


def _text(row: Row, column: Column) -> str:
    return row.cells[column.key].text if column.key in row.cells else ""


def _cell(folder: Path, cell: Cell) -> str:
    """The text of a cell; where it leads to one file it is the link, where it leads to several each word is one."""
    if len(cell.files) == 1:
        return _link(folder, cell.text, *cell.files.values())
    if cell.files:
        return " ".join(_link(folder, word, path) for word, path in cell.files.items())
    return escaped(shortened(cell.text))


def _link(folder: Path, text: str, path: Path) -> str:
    return f"[{escaped(shortened(text))}]({quote(path.relative_to(folder).as_posix())})"
