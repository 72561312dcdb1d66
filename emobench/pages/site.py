"""What is the site? A first page, a page a board and a page a backbone, with all files, out of the boards' folder."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from emobench.leaderboard.overview import BoardOfTables, overview
from emobench.leaderboard.table import BoardTable
from emobench.pages.addresses import INDEX, backbone_page, board_page, file_place
from emobench.pages.assets_of_pages import assets
from emobench.pages.backbone_page import backbone_html
from emobench.pages.board_page import board_html, scores_place
from emobench.pages.board_shown import ShownBoard, ShownRecord, records_shown
from emobench.pages.index_page import index_html
from emobench.pages.scores_parquet import scores_parquet
from emobench.pages.site_folder import Content, fill

BoardRecords = tuple[ShownBoard, Sequence[ShownRecord]]


def write_site(read: Sequence[BoardOfTables], site: Path) -> list[Path]:
    """Write the site of boards; the same records give the same bytes.

    It opens from the disk: no page asks a server, or another page's script, for anything.

    Args:
        read: the boards with their tables (`read_boards`).
        site: a folder that is missing, empty, or holds an earlier site.

    Returns:
        Its files, the first page first.

    Raises:
        DataError: a folder with other files in it.
        StorageError: the disk is full, read-only or forbidden.
    """
    shown = [ShownBoard(one.board, one.folder, one.tables) for one in read]
    return fill(site, site_files(shown, overview(read)))


def site_files(shown: Sequence[ShownBoard], table: BoardTable) -> dict[PurePosixPath, Content]:
    """Every file of the site by its place: pages, most of them made when they are written, and files that are copied.

    Args:
        shown: the boards.
        table: what all of them say of every backbone.
    """
    found = [(one, records_shown(one)) for one in shown]
    files: dict[PurePosixPath, Content] = {PurePosixPath(INDEX): index_html(found, table).encode()}
    files |= {PurePosixPath("assets", one.name): one.text.encode() for one in assets().values()}
    for one, records in found:
        files[PurePosixPath(board_page(one.folder))] = partial(_page_of_board, one)
        files |= _files_of(one, records)
    for backbone, own in sorted(_by_backbone(found).items()):
        files[PurePosixPath(backbone_page(backbone))] = partial(_page_of_backbone, backbone, own)
    return files


def _page_of_board(one: ShownBoard) -> bytes:
    return board_html(one).encode()


def _page_of_backbone(backbone: str, boards: Sequence[BoardRecords]) -> bytes:
    return backbone_html(backbone, boards).encode()


def _files_of(one: ShownBoard, records: Sequence[ShownRecord]) -> dict[PurePosixPath, Content]:
    """What is copied of a board, and the one table that is made of all its scores."""
    copied = [*one.tables_on_disk(), *(path for entry in records for path in entry.files)]
    files: dict[PurePosixPath, Content] = {file_place(one.folder, path): path for path in copied}
    scores = scores_parquet([entry.record for entry in records])
    return {**files, file_place(one.folder, scores_place(one.folder)): scores}


def _by_backbone(found: Sequence[BoardRecords]) -> dict[str, list[BoardRecords]]:
    """Backbone -> the boards on which it stands, with its records alone."""
    own: dict[str, list[BoardRecords]] = {}
    for one, records in found:
        here: dict[str, list[ShownRecord]] = {}
        for entry in records:
            here.setdefault(str(entry.record.asked["backbone"]), []).append(entry)
        for backbone, entries in here.items():
            own.setdefault(backbone, []).append((one, entries))
    return own
