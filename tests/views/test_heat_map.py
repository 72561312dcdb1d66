"""Do the matrices of a `fad_bias` picture hold what the record says, in colours that everybody can read?"""

import functools
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from bias_record_toys import SIX, bias_record, changed
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from picture_laws import assert_legible

from emobench.views.bias_rows import cells
from emobench.views.drawing import drawing
from emobench.views.heat_map import heat_figure, heat_map, nearest

PANELS = (
    ("relative_mmd", "raw"), ("relative_mmd", "aligned"), ("relative_fad", "raw"), ("relative_fad", "aligned"),
)  # fmt: skip
LONG = ("an emotion with a very long name one", "an emotion with a very long name two", "x", "calm and collected")
RECORDS = {
    "six": bias_record(layers=13, scatter=0.1),
    "one layer": bias_record(layers=1, emotions=("happy", "sad"), people=5),
    "long names": bias_record(
        "hf:some-organisation/a-very-long-name-of-a-model-large@random", emotions=LONG, asked={"limit": 8},
        names=("a-dataset-of-speech-with-a-long-name", "a-dataset-of-music-with-a-long-name"),
    ),
    "many": bias_record(emotions=tuple(f"emotion {place}" for place in range(10))),
    "nothing": bias_record(layers=1, constant=(0,)),
}  # fmt: skip
# Machado et al. 2009, https://doi.org/10.1109/TVCG.2009.113: how linear red, green and blue look without one cone.
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@functools.cache
def figure_of(name):
    """The picture of a record."""
    with drawing(RECORDS[name]):
        return heat_figure(RECORDS[name])


def panels(name):
    """The four matrices of the picture, with the metric and geometry of each."""
    return list(zip(PANELS, figure_of(name).axes[:4], strict=True))


def linear(colour):
    """Red, green and blue as amounts of light."""
    return np.array([part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)])


def contrast(one, other):
    """The contrast of two colours after WCAG 2.1, 1 to 21."""
    light, dark = sorted((float(linear(each) @ [0.2126, 0.7152, 0.0722]) + 0.05 for each in (one, other)), reverse=True)
    return light / dark


def test_the_same_record_gives_the_same_bytes():
    """The picture is a function of the record."""
    assert heat_map(RECORDS["one layer"]) == heat_map(RECORDS["one layer"]) != heat_map(RECORDS["nothing"])


def test_every_cell_bears_its_number():
    """Each matrix has the record's number of every pair of emotions, first dataset down, second across."""
    record = RECORDS["six"]
    for (metric, geometry), axes in panels("six"):
        written = {text.get_position(): float(text.get_text()) for text in axes.texts}
        rows = [
            row for row in record.found.scores
            if (row.metric, row.geometry, row.layer) == (metric, geometry, None) and row.class_b is not None
        ]  # fmt: skip
        assert len(rows) == len(written) == 36
        for row in rows:
            assert written[SIX.index(row.class_b), SIX.index(row.class_)] == pytest.approx(row.value, abs=6e-4)
        assert axes.get_title() == f"{geometry}, {'kernel' if metric == 'relative_mmd' else 'Frechet'} distance"


def test_the_nearest_cell_of_every_row_is_framed():
    """Every row has one frame, around its smallest number."""
    for (metric, geometry), axes in panels("six"):
        frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        framed = {(round(frame.get_center()[1]), round(frame.get_center()[0])) for frame in frames}
        smallest = set()
        for down, row in enumerate(cells(RECORDS["six"], metric, geometry).tolist()):
            smallest.add((down, row.index(min(row))))
        assert framed == smallest
        assert len(frames) == 6


def test_a_row_without_numbers_has_no_nearest():
    """What was not measured is written as none and framed nowhere; a gap in a row hides none of its other cells."""
    for _, axes in panels("nothing")[:2]:
        assert {text.get_text() for text in axes.texts} == {"none"}
        assert not axes.patches
    assert nearest(np.array([[np.nan, 0.5, 0.4], [np.nan, np.nan, np.nan]])) == [2, None]


@pytest.mark.parametrize("name", RECORDS)
def test_numbers_stand_out_from_their_colour(name):
    """The contrast of every number with its cell is at least 4.5, as WCAG 2.1 asks."""
    for _, axes in panels(name):
        image = axes.images[0]
        faces = image.cmap(image.norm(image.get_array()))
        for text in axes.texts:
            across, down = text.get_position()
            assert contrast(text.get_color(), faces[down, across]) >= 4.5


@pytest.mark.parametrize("blindness", BLIND)
def test_near_and_far_differ_for_colour_blind_readers(blindness):
    """Without one kind of cone, near, alike and far still are three colours, and white stays the mean of others."""
    image = panels("six")[1][1].images[0]
    low, high = image.norm.vmin, image.norm.vmax
    assert image.cmap(image.norm(1.0))[:3] == pytest.approx((1, 1, 1), abs=0.01)
    near, same, far = (np.array(BLIND[blindness]) @ linear(image.cmap(image.norm(value))) for value in (low, 1, high))
    assert min(np.linalg.norm(near - far), np.linalg.norm(near - same), np.linalg.norm(far - same)) > 0.3
    assert low + high == pytest.approx(2)


@pytest.mark.parametrize("name", RECORDS)
def test_no_text_is_cut_or_covered(name):
    """Every text lies inside the picture, and no two lie over each other."""
    with drawing(RECORDS[name]):
        assert_legible(figure_of(name))


def test_large_numbers_fit_their_cells():
    """Distances a hundred times those of other emotions still lie beside each other."""
    far = {("relative_mmd", "raw", None, down, across): {"value": 123.456} for down in SIX for across in SIX[:3]}
    record = changed(RECORDS["six"], far)
    with drawing(record):
        assert_legible(heat_figure(record))


def test_emotions_and_domains_are_named():
    """The SVG is well formed and names every emotion, which domain is down and which across, and what a frame is."""
    words = " ".join(" ".join(ET.fromstring(heat_map(RECORDS["six"])).itertext()).split())
    for name in (*SIX, "speech", "music", "talk and song", "mean over 13 layers", "Framed: the nearest"):
        assert name in words


def test_a_first_look_is_told():
    """The title of a record of few clips says that it is a first look."""
    assert b"a first look (--limit)" in heat_map(RECORDS["long names"])
    assert b"first look" not in heat_map(RECORDS["one layer"])
