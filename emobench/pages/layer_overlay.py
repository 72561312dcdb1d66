"""How are layer curves of chosen backbones laid over each other? A specification that a script fills with curves."""

from collections.abc import Mapping
from typing import Any

from emobench.pages.chart import Chart

HEIGHT = 340
LEGEND = {"title": None, "orient": "bottom", "columns": 2, "symbolOpacity": 1, "symbolStrokeWidth": 2.2}


def overlay_chart(ident: str, curves: Mapping[str, Any]) -> Chart:
    """The chart for the curves of ``curves_of_layers.overlay``; ``overlay.js`` puts in those that are chosen."""
    chance = curves["chance"]
    level = "" if chance is None else " The dotted line is chance."
    return Chart(
        id=ident,
        title=f"{curves['metric']} of every layer",
        description="Each line is a backbone, each point one of its layers. Bands are 95 % intervals over people. "
        f"A backbone with one layer is a line across.{level}",
        spec=_spec(str(curves["metric"]), chance),
    )


def _spec(metric: str, chance: float | None) -> Mapping[str, Any]:
    name = {"field": "name", "type": "nominal", "legend": LEGEND}
    across = {"field": "x", "type": "quantitative", "title": "relative depth", "scale": {"nice": False, "zero": False}}
    up = {"field": "value", "type": "quantitative", "title": metric, "scale": {"zero": False}}
    tooltip = [
        {"field": "name", "title": "backbone"},
        {"field": "layer", "title": "layer"},
        {"field": "value", "type": "quantitative", "format": ".3f", "title": metric},
        {"field": "between", "title": "95 %"},
    ]
    layers: list[Mapping[str, Any]] = [
        {
            "mark": {"type": "area", "opacity": 0.14, "tooltip": None},
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
            "encoding": {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"}, "color": name},
        },
        {
            "mark": {"type": "line", "strokeWidth": 2.2},
            "encoding": {"x": across, "y": up, "color": name, "strokeDash": name},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "transform": [{"filter": "!datum.across"}],
            "encoding": {"x": across, "y": up, "color": name, "shape": name, "tooltip": tooltip},
        },
    ]
    if chance is not None:
        line = {"data": {"values": [{"chance": chance}]}, "mark": {"type": "rule", "strokeDash": [2, 3]}}
        height = {"y": {"field": "chance", "type": "quantitative"}}
        layers.append({**line, "encoding": height})
        text = {"type": "text", "text": "chance", "align": "right", "baseline": "bottom", "dy": -3, "fontSize": 11}
        layers.append({"data": line["data"], "mark": text, "encoding": {**height, "x": {"value": "width"}}})
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": []},
        "height": HEIGHT,
        "layer": layers,
    }
