"""What stands on the page of a board? Its tables, layer curves of chosen backbones, gains or distances, files."""

from collections.abc import Mapping
from pathlib import Path

from emobench.leaderboard.table import BoardTable
from emobench.pages.addresses import UP, board_page, file_place
from emobench.pages.board_shown import ShownBoard
from emobench.pages.chart import Chart
from emobench.pages.charts.layer_curves import layer_curves
from emobench.pages.dots import emotions_of, gains_of
from emobench.pages.shell import page
from emobench.pages.table_html import leads_from, table_html
from emobench.pages.written import address

SCORES = "table.parquet"  # the score rows of all its records over all folds and seeds


def board_html(shown: ShownBoard) -> str:
    """The page of a board."""
    leads = leads_from(shown.folder, UP)
    tables = [(table, table_html(table, leads), _charts(table)) for table in shown.tables]
    return page(
        "board.html.jinja",
        title=f"{shown.board.title} · emobench",
        inline=False,
        root=UP,
        board=shown.board,
        about=paragraphs(shown.board.about),
        tables=tables,
        files=_files(shown),
        here=board_page(shown.folder),
    )


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; line ends inside them are spaces."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def scores_place(board: Path) -> Path:
    """Where the score rows of all records of a board lie, as if they were in its folder."""
    return board / SCORES


def _files(shown: ShownBoard) -> Mapping[str, str]:
    kinds = {".csv": "tables (CSV)", ".json": "tables (JSON)"}
    files = {kinds[path.suffix]: path for path in shown.tables_on_disk()}
    files["score rows over all folds and seeds (Parquet)"] = scores_place(shown.folder)
    return {name: UP + address(file_place(shown.folder, path)) for name, path in files.items()}


def _charts(table: BoardTable) -> list[Chart]:
    records = [row.record for row in table.rows if row.record is not None]
    curves = layer_curves(records, f"{table.key}-layers")
    return [chart for chart in (gains_of(table), emotions_of(table), curves) if chart is not None]
