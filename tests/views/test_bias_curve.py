"""Does the curve of a `fad_bias` record show every layer, emotion and control where its numbers are?"""

import itertools
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from bias_record_toys import SIX, bias_record, changed
from matplotlib.container import ErrorbarContainer
from picture_laws import assert_legible

from emobench.views.bias_curve import COLOURS, MARKERS, bias_curve, bias_figure, places
from emobench.views.bias_rows import told_apart
from emobench.views.drawing import drawing

LONG = "hf:some-organisation/a-very-long-name-of-a-model-large"
CONTROLS = (bias_record("level-duration", layers=1, seed=1, moved=("sad",)), bias_record("byol-s@random", seed=2))
RECORDS = {
    "six": bias_record(layers=13, moved=("sad", "calm")),
    "one layer": bias_record(layers=1, emotions=("happy", "sad"), people=5),
    "long names": bias_record(
        f"{LONG}@random", layers=25, emotions=tuple(f"an emotion with a very long name {place}" for place in range(4)),
        names=("a-dataset-of-speech-with-a-long-name", "a-dataset-of-music-with-a-long-name"), asked={"limit": 8},
    ),
    "many": bias_record(layers=4, emotions=tuple(f"emotion {place}" for place in range(10))),
    "a gap": bias_record(layers=3, constant=(1,)),
    "nothing": bias_record(layers=1, constant=(0,)),
}  # fmt: skip


def figure_of(record, controls=()):
    with drawing(record):
        return bias_figure(record, controls)


def rows_of(record, metric, geometry="aligned", emotion=None):
    """The rows along the axis: layer by layer, then their mean."""
    rows = [
        row for row in record.found.scores
        if (row.metric, row.geometry, row.class_, row.class_b, row.view) == (metric, geometry, emotion, None, "clips")
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.layer is None, int(row.layer or 0)))


def points(axes):
    """(place, value, low, high) of every point by its label; ends None without an interval."""
    found = {}
    for container in axes.containers:
        assert isinstance(container, ErrorbarContainer)
        line, _, bars = container
        spans = (
            [segment[:, 1] for segment in bars[0].get_segments()] if bars else [(None, None)] * len(line.get_xdata())
        )
        found[container.get_label()] = [
            (round(place), value, *span)
            for place, value, span in zip(line.get_xdata(), line.get_ydata(), spans, strict=True)
        ]
    return found


def test_the_same_record_gives_the_same_bytes():
    """The picture is a function of the record and its controls."""
    one, other = RECORDS["a gap"], RECORDS["one layer"]
    assert bias_curve(one, CONTROLS) == bias_curve(one, CONTROLS)
    assert len({bias_curve(one, CONTROLS), bias_curve(one, ()), bias_curve(other, ())}) == 3


@pytest.mark.parametrize("emotion", SIX)
def test_emotions_stand_above_at_their_distances(emotion):
    """Every emotion has a point a layer and one for their mean, with its interval, at the record's aligned distance."""
    found = points(figure_of(RECORDS["six"]).axes[0])[emotion]
    rows = rows_of(RECORDS["six"], "relative_mmd", emotion=emotion)
    assert [point[0] for point in found] == list(range(14))
    for point, row in zip(found, rows, strict=True):
        assert point[1:] == pytest.approx((row.value, row.low, row.high))


@pytest.mark.parametrize("geometry", ["aligned", "raw"])
def test_the_bias_stands_below(geometry):
    """Both geometries have their emotion bias with its interval, beside the spread under permuted labels."""
    axes = figure_of(RECORDS["six"]).axes[1]
    for point, row in zip(points(axes)[geometry], rows_of(RECORDS["six"], "emotion_bias", geometry), strict=True):
        assert point[1:] == pytest.approx((row.value, row.low, row.high))
    (null,) = [lines for lines in axes.collections if lines.get_label() == f"{geometry}: spread, labels permuted"]
    rows = rows_of(RECORDS["six"], "emotion_bias_null", geometry)
    for segment, row in zip(null.get_segments(), rows, strict=True):
        assert segment[:, 1] == pytest.approx([row.value, row.value])


def test_controls_are_lines_at_their_headline():
    """Each control is a line of its own across the lower panel, at its headline; without controls there is none."""
    axes = figure_of(RECORDS["six"], CONTROLS).axes[1]
    drawn = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    for control in CONTROLS:
        line = drawn[f"{control.asked['backbone']}, aligned"]
        assert line.get_ydata() == pytest.approx([control.found.headline.value] * 2)
    assert len({drawn[f"{control.asked['backbone']}, aligned"].get_linestyle() for control in CONTROLS}) == 2
    assert not any(not line.get_label().startswith("_") for line in figure_of(RECORDS["six"]).axes[1].lines)


def test_one_layer_has_no_mean():
    """A single layer is its own mean: it stands alone, few people without bars."""
    record = RECORDS["one layer"]
    assert places(record) == ["0"]
    found = points(figure_of(record).axes[0])
    assert [(place, low, high) for ((place, _, low, high),) in found.values()] == [(0, None, None)] * 2


def test_an_undefined_layer_is_a_gap():
    """A layer whose features do not vary has its place and no points."""
    above, below = figure_of(RECORDS["a gap"]).axes
    assert [point[0] for point in points(above)["sad"]] == [0, 2, 3]
    assert [point[0] for point in points(below)["raw"]] == [0, 2, 3]
    assert [label.get_text() for label in below.get_xticklabels()] == ["0", "1", "2", "mean"]


def test_emotions_are_told_apart_by_colour_and_shape():
    """Up to seven emotions differ in colour and in shape, and up to fifty-six in one of both."""
    pairs = [(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]) for place in range(56)]
    assert len(set(pairs)) == 56
    for (colour, marker), (other, shape) in itertools.combinations(pairs[:7], 2):
        assert colour != other
        assert marker != shape


def test_shortened_names_differ():
    """Names that read the same when they are cut bear their number; short ones stay as they are."""
    names = ["happy", "an emotion of one kind", "an emotion of another kind"]
    short = told_apart(names, 12)
    assert short[0] == "happy"
    assert len(set(short)) == 3
    assert all(len(name) <= 12 for name in short)


def test_one_missing_interval_hides_no_other():
    """A layer without an interval has its point alone; the others keep their bars."""
    record = changed(RECORDS["six"], {("relative_mmd", "aligned", "3", "sad", None): {"low": None, "high": None}})
    (sad,) = [each for each in figure_of(record).axes[0].containers if each.get_label() == "sad"]
    bars = sad[2][0].get_segments()
    assert len(sad[0].get_xdata()) == len(bars) == 14
    assert [place for place, bar in enumerate(bars) if not np.isfinite(bar).any()] == [3]


@pytest.mark.parametrize("name", RECORDS)
def test_no_text_is_cut_or_covered(name):
    """Every text lies inside the picture, and no two lie over each other, with controls of long names too."""
    controls = [*CONTROLS, bias_record(f"{LONG}@random", layers=1)]
    with drawing(RECORDS[name]):
        assert_legible(bias_figure(RECORDS[name], controls))


def test_names_are_written_and_a_first_look_told():
    """The SVG is well formed and names emotions, geometries, controls and the mean; a first look is said to be one."""
    words = [text for text in ET.fromstring(bias_curve(RECORDS["six"], CONTROLS)).itertext() if text.strip()]
    for name in (
        *SIX,
        "aligned",
        "raw",
        "level-duration, aligned",
        "byol-s@random, aligned",
        "mean",
        "different emotions",
    ):
        assert name in words
    assert b"a first look (--limit)" in bias_curve(RECORDS["long names"], ())
    assert "first look" not in " ".join(words)
