"""What is a board without records, and how do records get there?"""

import shutil
from pathlib import Path

from emobench.domain.record import record_bytes
from emobench.leaderboard.board import read_board
from emobench.leaderboard.board_tables import tables_of
from emobench.leaderboard.markdown import board_page
from emobench.runs.record_store import RecordStore

PICTURES = {"cross_domain": (".svg",), "fad_bias": (".svg", ".layers.svg")}
BOARDS = Path(__file__).resolve().parents[1] / "leaderboards"


def bare_board(folder, name):
    """A copy of a board of the project in ``folder``, without records."""
    board = folder / name
    board.mkdir()
    shutil.copy(BOARDS / name / "board.toml", board)
    return board


def bare_boards(folder):
    """All boards of the project in ``folder``, which is made, without records."""
    folder.mkdir()
    for name in ("layerwise", "cross_domain", "fad_bias"):
        bare_board(folder, name)
    return folder


def place(board, *records, endings=None):
    """Put records on a board, as files, with pictures of these endings (else those of their tasks)."""
    for record in records:
        path = RecordStore(board / "records").path(record.asked["task"], record.asked["backbone"], record.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(record_bytes(record))
        for ending in endings or PICTURES[record.asked["task"]]:
            path.with_suffix(ending).write_bytes(b"<svg/>")


def render(board):
    """The page of a board."""
    return board_page(board, read_board(board), tables_of(board))
