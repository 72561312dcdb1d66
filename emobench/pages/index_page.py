"""What stands on the first page of the site? The boards, and what every backbone has been asked on them."""

from collections.abc import Sequence

from emobench.leaderboard.table import BoardTable
from emobench.pages.addresses import INDEX, backbone_page, board_page
from emobench.pages.board_shown import ShownBoard, ShownRecord
from emobench.pages.shell import page
from emobench.pages.table_html import table_html
from emobench.pages.written import address
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name

ENOUGH = 150  # characters of what a board says of itself; its page has all


def index_html(boards: Sequence[tuple[ShownBoard, Sequence[ShownRecord]]], overview: BoardTable) -> str:
    """The page: a list of the boards with their records, and the overview."""
    pages: dict[str, str] = {}
    for _, records in boards:
        for entry in records:
            name = shown_name(entry.record)
            where = address(backbone_page(str(entry.record.asked["backbone"])))
            pages[f"{name} (control)" if is_control(entry.record) else name] = where
    listed = [(one.board, address(board_page(one.folder)), _beginning(one.board.about), found) for one, found in boards]
    return page(
        "index.html.jinja",
        title="emobench: leaderboards",
        inline=False,
        here=INDEX,
        boards=listed,
        overview=overview,
        drawn_overview=table_html(overview, pages=pages, folded=False),
        backbones=len(set(pages.values())),
    )


def _beginning(about: str) -> str:
    """The first sentences of a text."""
    sentences = " ".join(about.split()).split(". ")
    told = ""
    while sentences and len(told) < ENOUGH:
        told = f"{told} {sentences.pop(0).rstrip('.')}.".strip()
    return told if len(told) > 1 else ""
