"""Does the picture of the gains show every method and direction, legibly, and the same each time?"""

from xml.etree import ElementTree as ET

import pytest
from picture_laws import assert_legible, text_boxes
from record_toys import METHODS, SONG, SPEECH, pair_record

from emobench.views.drawing import drawing
from emobench.views.gain_plot import gain_figure, gain_plot

MANY = ("frozen", "weighted_sum", "bitfit", "lora", "dora", "ia3", "bottleneck", "weight_gating+weighted_sum", "full")
RECORDS = {
    "preset": pair_record(half=0.05, gains={("lora", SONG): 0.2, ("frozen", SPEECH): -0.1}),
    "many": pair_record("hf:facebook/wav2vec2-base@random", methods=MANY, asked={"folds": [0]}),
    "few people": pair_record(attribute="valence", methods=("frozen",), people=4),
}


def test_the_same_record_gives_the_same_bytes():
    """The picture is a function of the record."""
    assert gain_plot(RECORDS["preset"]) == gain_plot(RECORDS["preset"]) != gain_plot(RECORDS["many"])


def test_methods_directions_and_p_are_written():
    """The SVG is well formed and names each method, both directions, the conditions, chance, and Holm's p."""
    root = ET.fromstring(gain_plot(RECORDS["preset"]))
    words = [text for text in root.itertext() if text.strip()]
    for name in (*METHODS, "chosen", "direct", "direct aligned", "target only", "two stage", "chance", "Holm p"):
        assert name in words
    assert {f"{SPEECH} to {SONG}", f"{SONG} to {SPEECH}", ".010 +", ".010 -", ".400"} <= set(words)


def test_a_first_look_is_told():
    """The title of a record of single folds says that it is a first look."""
    assert b"a first look (--folds)" in gain_plot(RECORDS["many"])
    assert b"first look" not in gain_plot(RECORDS["preset"])


@pytest.mark.parametrize("name", RECORDS)
def test_no_text_is_cut_or_covered(name):
    """Every text lies inside the picture, and no two lie over each other."""
    with drawing(RECORDS[name]):
        assert_legible(gain_figure(RECORDS[name]))


def test_p_stands_beside_the_panel():
    """Holm's p is written right of the axes, where no interval reaches."""
    with drawing(RECORDS["preset"]):
        figure = gain_figure(RECORDS["preset"])
        texts = text_boxes(figure)
    for axes in figure.axes[:2]:
        own = [box for text, box in texts if text.axes is axes and text.get_text().startswith(".")]
        assert len(own) == len(METHODS)
        assert all(box.x0 >= axes.get_window_extent().x1 for box in own)


def test_marks_stand_where_the_record_says():
    """The point of a gain and the ends of its band lie at the record's gain and at its smallest detectable one."""
    record = RECORDS["preset"]
    rows = {
        (row.metric, row.method): row.value
        for row in record.found.scores
        if row.target == SONG and row.view == "over_target_only" and row.class_ is None
    }
    with drawing(record):
        axes = gain_figure(record).axes[0]
    points = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"]
    assert points == pytest.approx([rows["gain_uar", name] for name in (*METHODS, "chosen")])
    bands = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    reach = rows["detectable_gain_uar", "lora"]
    assert bands[2] == pytest.approx((-reach, reach))
