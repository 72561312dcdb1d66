"""What is a chart on a page? A Vega-Lite specification with a heading and a sentence that says what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chart:
    """What is drawn in one figure.

    Attributes:
        id: unique on its page: letters, digits, ``-``.
        title: heading.
        description: what the chart shows, in sentences that are read beside it and instead of it.
        spec: plain Vega-Lite, with its data inside. Without a ``width`` it takes the width of the page. Colours of
            the text, the axes and of categories without a ``range`` come from the page, for light and for dark; those
            of `inks.COLOURS` and `inks.GREYS` become their partners of the dark page. ``usermeta.series`` names what
            checkboxes show and hide: values of the field ``series``.
        curves: what a script puts into ``spec`` as it is chosen, by `curves_of_layers.overlay`; None for other charts.
    """

    id: str
    title: str
    description: str
    spec: Mapping[str, Any]
    curves: Mapping[str, Any] | None = None
