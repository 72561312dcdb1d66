"""What holds for every chart? It draws, it is the same every time, and names are data in it, never expressions."""

import altair as alt
import vl_convert

EXPRESSIONS = ("signal", "expr", "test", "update", "filter")


def holds(chart, *, hostile=()):
    """The laws of one chart; `hostile` are texts that must stand in no expression."""
    assert chart.id.replace("-", "").isalnum()
    assert chart.description.strip()
    spec = dict(chart.spec)
    alt.Chart.from_dict(spec)  # valid Vega-Lite, by its schema
    assert spec["width"] == "container"
    vega = vl_convert.vegalite_to_vega(spec)  # compiles
    for expression in _expressions(vega):
        for text in hostile:
            assert text not in expression


def drawn(chart):
    """The chart as an SVG, for what must be seen in it."""
    return vl_convert.vegalite_to_svg({**chart.spec, "width": 500})


def rows_of(chart):
    """The data of a chart that are about records: those with a series or a cell."""
    found = [row for rows in chart.spec["datasets"].values() for row in rows]
    return [row for row in found if "series" in row or "down" in row]


def _expressions(value, inside=False):
    if isinstance(value, str):
        if inside:
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _expressions(inner, inside or key in EXPRESSIONS)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions(inner, inside)
