"""Does the picture of fewer labels show the record's curves, legibly, and only where there are any?"""

from xml.etree import ElementTree as ET

import pytest
from picture_laws import assert_legible
from record_toys import METHODS, SONG, SPEECH, pair_record

from emobench.views.drawing import drawing
from emobench.views.label_curve import label_curve, label_figure, points

PARTS = (0.1, 0.25, 0.5, 1.0)
RECORDS = {
    "one": pair_record(attribute="valence", people=4, methods=("frozen",), fractions=PARTS),
    "two": pair_record(methods=("frozen", "lora"), fractions=PARTS),
    "many": pair_record("hf:facebook/wav2vec2-base@random", fractions=PARTS, methods=(*METHODS, "lora+weighted_sum")),
}


def test_no_fractions_no_picture():
    """A record that learned from all clips only has no label curve."""
    assert label_curve(pair_record()) is None


@pytest.mark.parametrize("name", RECORDS)
def test_the_same_record_gives_the_same_bytes(name):
    """The picture is a function of the record, and well formed."""
    drawn = label_curve(RECORDS[name])
    assert drawn == label_curve(RECORDS[name])
    words = set(ET.fromstring(drawn).itertext())
    assert {f"{SPEECH} to {SONG}", f"{SONG} to {SPEECH}", f"training clips of {SONG}", "chance"} <= words


def test_points_are_those_of_the_record():
    """A curve has the score of every fraction, the whole too, over its number of clips, with its interval."""
    record = RECORDS["two"]
    wanted = []
    for part in PARTS:
        same = [
            row
            for row in record.found.scores
            if (row.method, row.target, row.fraction, row.fold, row.layer) == ("lora", SONG, part, None, None)
        ]
        (score,) = [row for row in same if row.metric == "uar" and row.condition == "two_stage"]
        (clips,) = [row.value for row in same if row.metric == "training_clips"]
        wanted.append((clips, score.value, score.low, score.high))
    assert points(record, "two_stage", "lora", SONG) == wanted
    with drawing(record):
        axes = label_figure(record).axes[0]
    assert axes.get_xscale() == "log"
    curves = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert curves["lora, two stage"] == [value for _, value, _, _ in wanted]


def test_few_methods_share_a_panel_and_many_do_not():
    """One or two methods are told apart by colour in one panel a direction; more have a row of panels each."""
    for name, panels in (("one", 2), ("two", 2), ("many", 2 * 6)):
        with drawing(RECORDS[name]):
            figure = label_figure(RECORDS[name])
        assert len(figure.axes) == panels
        for axes in figure.axes:
            drawn = [(line.get_color(), line.get_linestyle()) for line in axes.lines]
            assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("name", RECORDS)
def test_no_text_is_cut_or_covered(name):
    """Every text lies inside the picture, and no two lie over each other."""
    with drawing(RECORDS[name]):
        assert_legible(label_figure(RECORDS[name]))
