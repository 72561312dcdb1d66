"""How do gains, or distances, of many rows look beside each other? Dots with intervals, out of a board's table."""

from collections.abc import Sequence

from emobench.leaderboard.table import BoardTable, Cell, Column
from emobench.pages.chart import Chart
from emobench.pages.charts.inks import inks
from emobench.pages.charts.interval_chart import Axis, Dot, intervals_spec
from emobench.pages.charts.series import Level, Series, short_names
from emobench.pages.table_html import NAME

ROWS = 40  # of a chart; the table has all
LETTERS = 36


def gains_of(table: BoardTable) -> Chart | None:
    """The gains of `cross_domain`: of both directions and their mean; None where the table has none."""
    columns = [column for column in table.columns if column.key == "gain" or column.key.startswith("gain_to")]
    return _dots(
        table,
        columns,
        ident=f"{table.key}-gains",
        title="What the other domain adds",
        description="The gain of two stages over the target alone: dots are gains, lines their 95 % intervals over "
        "people. A line that crosses 0 shows no gain.",
        axis=Axis("gain over target only", (Level(0.0, "no gain"),)),
    )


def emotions_of(table: BoardTable) -> Chart | None:
    """The distances of the same emotion of `fad_bias`; None where the table has none."""
    columns = [column for column in table.columns if column.key.startswith("emotion_")]
    return _dots(
        table,
        columns,
        ident=f"{table.key}-emotions",
        title="How far apart is the same emotion?",
        description="The distance between both domains in each emotion (aligned, mean over layers): 0 is the same, "
        "1 is as far as different emotions are. Lines are 95 % intervals over people.",
        axis=Axis("distance of the same emotion", (Level(0.0, "same"), Level(1.0, "different"))),
    )


def _dots(
    table: BoardTable, columns: Sequence[Column], *, ident: str, title: str, description: str, axis: Axis
) -> Chart | None:
    rows = [row for row in table.rows[:ROWS] if any(_known(row.cells.get(column.key)) for column in columns)]
    if not rows:
        return None
    names = short_names([row.cells[NAME].text if NAME in row.cells else "" for row in rows], LETTERS)
    kinds = short_names([column.title for column in columns], LETTERS)
    dots = [
        Dot(name, kind, cell.value, cell.low, cell.high)
        for row, name in zip(rows, names, strict=True)
        for column, kind in zip(columns, kinds, strict=True)
        if (cell := row.cells.get(column.key)) is not None and isinstance(cell.value, float)
    ]
    more = f" The first {ROWS} of {len(table.rows)} rows." if len(table.rows) > ROWS else ""
    series = [Series(kind, ink) for kind, ink in zip(kinds, inks([False] * len(kinds)), strict=True)]
    return Chart(ident, title, description + more, intervals_spec(dots, names, series, axis))


def _known(cell: Cell | None) -> bool:
    return cell is not None and isinstance(cell.value, float)
