"""Which tables does a board show? ``tables_of`` reads one board, ``overview_of`` lays all boards side by side."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from emobench.domain.errors import DataError
from emobench.leaderboard.admission import Entry, question_of
from emobench.leaderboard.bias_board import bias_table
from emobench.leaderboard.board import Board, board_folders, read_board
from emobench.leaderboard.data_used import identity_of, in_which_they_differ
from emobench.leaderboard.layerwise_board import layerwise_table
from emobench.leaderboard.overview import BoardOfTables, overview
from emobench.leaderboard.pair_board import pair_table
from emobench.leaderboard.standing.contender import Contender
from emobench.leaderboard.standing.reading import Read, read_entries
from emobench.leaderboard.table import BoardTable

Make = Callable[[Path, Board, str, Sequence[Entry], Mapping[Path, Contender]], BoardTable]
TABLES: Mapping[str, Make] = {
    "layerwise": layerwise_table,
    "cross_domain": pair_table,
    "fad_bias": bias_table,
}


def tables_of(folder: Path) -> tuple[BoardTable, ...]:
    """The tables of a board: one for every question, in the board's order, and every identity of its data.

    Raises:
        DataError: no board, one of a task without tables, or a record or table of predictions that cannot be read.
        CheckError: a record that may not stand on it.
    """
    return read_boards([folder])[0].tables


def overview_of(boards: Path) -> BoardTable:
    """One row a backbone, one column a question of any board below a folder; what is missing says so.

    Raises:
        DataError, CheckError: as ``tables_of``.
    """
    return overview(read_boards(board_folders(boards)))


def read_boards(folders: Sequence[Path]) -> list[BoardOfTables]:
    """Boards with their tables; every record is read once.

    Raises:
        DataError, CheckError: as ``tables_of``.
    """
    boards = {folder: _shown(folder) for folder in folders}
    return [
        BoardOfTables(boards[folder], folder, _tables(folder, boards[folder], read))
        for folder, read in read_entries(boards).items()
    ]


def _shown(folder: Path) -> Board:
    board = read_board(folder)
    if board.task not in TABLES:
        raise DataError(
            f"the board '{board.name}' is of a task without tables.",
            found=f"task: {board.task}; with tables: {', '.join(TABLES)}",
        )
    return board


def _tables(folder: Path, board: Board, read: Sequence[Read]) -> tuple[BoardTable, ...]:
    rows = [(one.path, one.record) for one in read]
    contenders = {one.path: one.contender for one in read if one.contender is not None}
    found = []
    for names, attribute in board.questions():
        same = [entry for entry in rows if question_of(entry[1]) == (names, attribute)]
        key = slug(f"{attribute}-on-{'-and-'.join(names)}")
        tables = by_identity(same)
        marks = in_which_they_differ([identity_of(alike[0][1]) for alike in tables])
        for number, (alike, mark) in enumerate(zip(tables, marks, strict=True)):
            place = f"{key}-{number + 1}" if number else key
            table = TABLES[board.task](folder, board, place, alike, contenders)
            found.append(replace(table, title=f"{table.title} (data {mark})") if mark else table)
    return tuple(found)


def by_identity(rows: Sequence[Entry]) -> list[list[Entry]]:
    """The rows of every identity of the data, sorted by it: rows of another identity never share a table."""
    alike: dict[tuple[str, ...], list[Entry]] = {}
    for entry in rows:
        alike.setdefault(identity_of(entry[1]), []).append(entry)
    return [alike[identity] for identity in sorted(alike)]


def slug(text: str) -> str:
    """Letters, digits and ``-``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
