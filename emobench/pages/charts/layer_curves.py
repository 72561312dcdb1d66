"""How does a score, or an emotion bias, change from layer to layer? One curve a record, on one axis."""

from collections.abc import Sequence

from emobench.domain.record import Record
from emobench.pages.chart import Chart
from emobench.pages.charts.curve_chart import Curve, curves_spec
from emobench.pages.charts.series import Level, metric_of, series_of
from emobench.tasks.emotion_distances import ALIGNED
from emobench.views.bias_rows import find, layers
from emobench.views.layer_curve import curve

DEPTHS = (
    " Models whose layers differ share the axis by relative depth; a model with one layer is a line across. "
    "A click on a name in the legend hides or shows its curve."
)


def layer_curves(records: Sequence[Record], id_: str) -> Chart:
    """The headline metric of `layerwise` over the layers: bands are 95 % over people, controls are dashed."""
    first = records[0].found.headline
    metric = metric_of(records[0])
    curves = [Curve(one, curve(record)) for one, record in zip(series_of(records), records, strict=True)]
    return Chart(
        id=id_,
        title=f"{metric} of every layer",
        description=f"{metric} of a probe on each layer by itself, on clips of people it has not heard. Bands: 95 % "
        "over people. Controls are grey and dashed. The headline chooses a layer for every fold and is another "
        "number than the best of a curve." + DEPTHS,
        spec=curves_spec(curves, metric, [Level(first.chance, "chance")]),
    )


def bias_curves(records: Sequence[Record], id_: str, geometry: str = ALIGNED) -> Chart:
    """The emotion bias of `fad_bias` over the layers, in one geometry; 0 is no difference between emotions."""
    curves = []
    for one, record in zip(series_of(records), records, strict=True):
        rows = [find(record, "emotion_bias", geometry=geometry, layer=layer) for layer in layers(record)]
        curves.append(Curve(one, [row for row in rows if row is not None]))
    return Chart(
        id=id_,
        title=f"Emotion bias of every layer ({geometry})",
        description="How differently the emotions are treated: the standard deviation, over emotions, of the relative "
        "distance between both domains, its noise taken away. 0: all emotions are equally far apart. Bands: 95 % over "
        "people. Controls are grey and dashed." + DEPTHS,
        spec=curves_spec(curves, "emotion bias (relative distance)", [Level(0.0, "no bias")]),
    )
