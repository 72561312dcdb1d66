"""How does a board read as Markdown? Its tables, each of one question and one identity of the data."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emobench.domain.errors import DataError
from emobench.leaderboard.admission import Entry, entries, question_of
from emobench.leaderboard.bias_board import bias_tables
from emobench.leaderboard.board import read_board
from emobench.leaderboard.layerwise_board import layerwise_tables
from emobench.leaderboard.pair_board import pair_tables

TABLES: Mapping[str, Callable[[Path, Sequence[Entry]], list[str]]] = {
    "layerwise": layerwise_tables,
    "cross_domain": pair_tables,
    "fad_bias": bias_tables,
}


def render(folder: Path) -> str:
    """The board's `README.md`.

    Raises:
        DataError: no board, one of a task without tables, or a record that cannot be read.
        CheckError: a record that may not stand on it.
    """
    board, rows = read_board(folder), entries(folder)
    if board.task not in TABLES:
        raise DataError(
            f"the board '{board.name}' is of a task without tables.",
            found=f"task: {board.task}; with tables: {', '.join(TABLES)}",
        )
    lines = [f"# {board.title}", "", board.about.strip(), ""]
    for question in board.questions():
        same = [entry for entry in rows if question_of(entry[1]) == question]
        if same:
            lines += TABLES[board.task](folder, same)
    if not rows:
        lines += ["No records yet.", ""]
    lines.append("Made by `emobench leaderboard build`; edit `board.toml` or add records, not this page.")
    return "\n".join(lines) + "\n"
