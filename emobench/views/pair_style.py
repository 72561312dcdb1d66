"""How do pictures of `cross_domain` records look alike? One colour a condition, one way to write an SVG."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emobench.domain.record import Record, Score
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, TWO_STAGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito (2008): told apart by colour-blind readers; shapes differ as well.
COLOURS: Mapping[str, str] = {DIRECT: "#e69f00", ALIGNED: "#009e73", TARGET_ONLY: "#5c5c5c", TWO_STAGE: "#0072b2"}
MARKERS: Mapping[str, str] = {DIRECT: "v", ALIGNED: "^", TARGET_ONLY: "s", TWO_STAGE: "o"}
METHOD_COLOURS = ("#0072b2", "#d55e00")
LIGHT = "#e4e4e4"


@contextmanager
def drawing(record: Record) -> Iterator[None]:
    """Settings under which a record is drawn: the same record gives the same bytes."""
    import matplotlib as mpl

    settings = {"svg.hashsalt": record.key, "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}
    with mpl.rc_context(settings):
        yield


def written(figure: "Figure") -> bytes:
    """The figure as an SVG without a date."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "emobench"})
    return buffer.getvalue()


def bare(axes: "Axes") -> None:
    """Take away what frames nothing."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def ends(row: Score) -> tuple[float, float] | None:
    """How far the interval of a row reaches below and above its value; None without an interval."""
    if row.value is None or row.low is None or row.high is None:
        return None
    return max(row.value - row.low, 0.0), max(row.high - row.value, 0.0)
