"""How do gains, or distances, of many rows look beside each other? Dots with intervals, out of a board's table."""

from collections.abc import Mapping, Sequence
from typing import Any

from emobench.domain.names import on_one_line
from emobench.leaderboard.table import BoardTable, Column
from emobench.pages.chart import Chart
from emobench.pages.table_html import NAME

ROWS = 40  # of a chart; the table has all
LETTERS = 36
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")


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
        axis="gain over target only",
        levels=[0.0],
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
        axis="distance of the same emotion",
        levels=[0.0, 1.0],
    )


def _dots(
    table: BoardTable,
    columns: Sequence[Column],
    *,
    ident: str,
    title: str,
    description: str,
    axis: str,
    levels: Sequence[float],
) -> Chart | None:
    values, names = _values(table, columns)
    if not values:
        return None
    more = f" The first {ROWS} of {len(table.rows)} rows." if len(table.rows) > ROWS else ""
    kinds = [_heading(one) for one in columns]
    return Chart(ident, title, description + more, _spec(values, names, kinds, axis, levels))


def _values(table: BoardTable, columns: Sequence[Column]) -> tuple[list[dict[str, Any]], list[str]]:
    values: list[dict[str, Any]] = []
    names: list[str] = []
    for row in table.rows[:ROWS]:
        name = on_one_line(row.cells[NAME].text)[:LETTERS] if NAME in row.cells else ""
        while name in names:
            name += "\u2032"  # a prime: two rows of one name are two rows
        found = [(column, row.cells[column.key]) for column in columns if column.key in row.cells]
        drawn = [
            {"row": name, "what": _heading(column), "value": cell.value, "low": cell.low, "high": cell.high}
            for column, cell in found
            if isinstance(cell.value, float)
        ]
        if drawn:
            values += drawn
            names.append(name)
    return values, names


def _heading(column: Column) -> str:
    return on_one_line(column.title)[:LETTERS]


def _spec(
    values: Sequence[Mapping[str, Any]], names: Sequence[str], kinds: Sequence[str], axis: str, levels: Sequence[float]
) -> Mapping[str, Any]:
    shared = {
        "y": {"field": "row", "type": "nominal", "sort": list(names), "title": None, "axis": {"labelLimit": 170}},
        "yOffset": {"field": "what", "type": "nominal", "sort": list(kinds), "scale": {"domain": list(kinds)}},
        "color": {"field": "what", "type": "nominal", "scale": {"domain": list(kinds)}, "legend": _LEGEND},
    }
    shape = {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [SHAPES[place % len(SHAPES)] for place in range(len(kinds))]},
        "legend": _LEGEND,
    }
    tooltip = [
        {"field": "row", "title": "backbone"},
        {"field": "what", "title": "of"},
        {"field": "value", "type": "quantitative", "format": ".3f"},
        {"field": "low", "type": "quantitative", "format": ".3f"},
        {"field": "high", "type": "quantitative", "format": ".3f"},
    ]
    across = {"field": "value", "type": "quantitative", "title": axis, "scale": {"zero": False}}
    ends = {"x": {**across, "field": "low"}, "x2": {"field": "high"}}
    lines = {"data": {"values": [{"level": level} for level in levels]}, "mark": {"type": "rule", "strokeDash": [4, 3]}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": list(values)},
        "height": len(names) * max(30, 13 * len(kinds)),
        "layer": [
            {**lines, "encoding": {"x": {"field": "level", "type": "quantitative"}}},
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**shared, **ends}},
            {
                "mark": {"type": "point", "filled": True, "size": 65, "opacity": 1},
                "encoding": {**shared, "x": across, "shape": shape, "tooltip": tooltip},
            },
        ],
    }


_LEGEND = {"title": None, "orient": "bottom", "columns": 2}
