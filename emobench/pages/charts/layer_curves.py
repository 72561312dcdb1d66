"""How does a score, or an emotion bias, change from layer to layer? Curves of chosen records, laid over each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from emobench.domain.record import Record
from emobench.pages.chart import Chart
from emobench.pages.curves_of_layers import BEST, CONTROLS, overlay
from emobench.tasks.emotion_distances import ALIGNED

HEIGHT = 340
LEGEND = {"title": None, "orient": "bottom", "columns": 2, "symbolOpacity": 1, "symbolStrokeWidth": 2.2}
MEANING: Mapping[str, str] = {
    "layerwise": "The headline chooses a layer for every fold and is another number than the best of a curve. ",
    "fad_bias": "How differently the emotions are treated: the standard deviation, over emotions, of the relative "
    "distance between both domains, its noise taken away. 0: all emotions are equally far apart. ",
}


def layer_curves(
    records: Sequence[Record], id_: str, geometry: str = ALIGNED, *, best: int = BEST, controls: int = CONTROLS
) -> Chart | None:
    """The headline metric of every layer, for a script that lays chosen curves over each other.

    Args:
        records: of one question; a record of a pair has a curve for each direction.
        id_: of the chart.
        geometry: of distances.
        best: how many models are shown at first.
        controls: how many controls are.

    Returns:
        The chart; None where no record has scores of layers.
    """
    found = overlay(records, geometry, best=best, controls=controls)
    if found is None:
        return None
    metric, level = str(found["metric"]), found["level"]
    task = str(records[0].asked["task"])
    of = f" ({geometry})" if task == "fad_bias" else ""
    line = "" if level["value"] is None else f" The dotted line is {level['name']}."
    return Chart(
        id=id_,
        title=f"{metric[:1].upper()}{metric[1:]} of every layer{of}",
        description=f"{MEANING.get(task, '')}Each line is a backbone, each point one of its layers. Bands are 95 % "
        "intervals over people. Controls are grey and dashed. A backbone with one layer is a line across."
        f"{line} The boxes choose the curves.",
        spec=_spec(metric, level),
        curves=found,
    )


def _spec(metric: str, level: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ``overlay.js`` fills with the rows, names and inks of the chosen curves."""
    name = {"field": "series", "type": "nominal", "legend": LEGEND}
    across = {
        "field": "x",
        "type": "quantitative",
        "title": "relative depth",
        "scale": {"nice": False, "zero": False},
        "axis": {"tickCount": 6, "labelOverlap": True},
    }
    up = {"field": "value", "type": "quantitative", "title": metric, "scale": {"zero": False}}
    tooltip = [
        {"field": "series", "title": "backbone"},
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
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": []},
        "width": "container",
        "height": HEIGHT,
        "layer": [*layers, *([] if level["value"] is None else _level(level))],
    }


def _level(level: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The line of reference and its name."""
    data = {"values": [{"level": level["value"]}]}
    height = {"y": {"field": "level", "type": "quantitative"}}
    text = {"type": "text", "text": level["name"], "align": "right", "baseline": "bottom", "dy": -3, "fontSize": 11}
    return [
        {"data": data, "mark": {"type": "rule", "strokeDash": [2, 3]}, "encoding": height},
        {"data": data, "mark": text, "encoding": {**height, "x": {"value": "width"}}},
    ]
