"""How is a picture of a record drawn? The same record gives the same bytes, whatever stands in its names."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emobench.domain.record import Record, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@contextmanager
def drawing(record: Record) -> Iterator[None]:
    """Settings under which a record is drawn; a dollar in a name is a dollar."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": record.key, "svg.fonttype": "none", "font.size": 9, "text.parse_math": False}):
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
