"""What is written for a board? Its page, its CSV and its JSON; and the page above all boards."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emobench.leaderboard.flat_files import as_csv, as_json
from emobench.leaderboard.markdown import board_page, overview_page
from emobench.leaderboard.overview import BoardOfTables, overview


def files_of(boards: Path, read: Sequence[BoardOfTables]) -> dict[Path, bytes]:
    """What ``emobench leaderboard build`` writes, without writing it: the same records give the same bytes.

    Args:
        boards: the folder that holds them.
        read: all of them.
    """
    files = dict(_pages(read))
    page = overview_page(boards, [(one.folder, one.board) for one in read], overview(read))
    files[boards / "README.md"] = page.encode()
    return files


def _pages(read: Sequence[BoardOfTables]) -> Iterator[tuple[Path, bytes]]:
    for one in read:
        yield one.folder / "README.md", board_page(one.folder, one.board, one.tables).encode()
        yield one.folder / "table.csv", as_csv(one.folder, one.tables)
        yield one.folder / "table.json", as_json(one.folder, one.board, one.tables)
