"""Is a picture legible? Every text inside it, and none over another."""

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def text_boxes(figure):
    """Every visible text of a figure with its box in pixels."""
    FigureCanvasAgg(figure).draw()
    hidden = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in _outside(axis)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text, text.get_window_extent()) for text in texts if text not in hidden]


def _outside(axis):
    """Labels of ticks beyond the ends of an axis, which exist and are not drawn."""
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]


def assert_legible(figure):
    """No text is cut off by the edge of the picture, and no two lie over each other."""
    texts = text_boxes(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in texts:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= -1, text
    for (first, one), (second, other) in itertools.combinations(texts, 2):
        assert not one.padded(-1).overlaps(other.padded(-1)), (first, second)
