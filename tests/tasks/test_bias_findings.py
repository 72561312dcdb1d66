"""Do the scores of `fad_bias` find what was planted, and stay silent where there is nothing or not enough?"""

import math

import numpy as np
import pytest
from bias_toys import EMOTIONS, distances

from emobench.tasks.fad_bias_scores import score


def rows_of(found, metric, geometry="aligned", layer=None):
    rows = [r for r in found.scores if (r.metric, r.geometry, r.layer, r.view) == (metric, geometry, layer, "clips")]
    return [row for row in rows if row.class_b is None]


@pytest.mark.parametrize("geometry", ["raw", "aligned"])
def test_a_moved_emotion_is_found_far_and_the_others_not(geometry):
    """An emotion that differs more between the datasets than emotions do is far, surely, and no other is."""
    found = score(distances(moved=("sad",), far=1.5, people=20))
    far = [row.class_ for row in rows_of(found, "deviation", geometry) if row.value > 0 and row.p < 0.05]
    shared = [row.class_ for row in rows_of(found, "nearer", geometry) if row.value > 0 and row.p < 0.05]
    assert (far, shared) == (["sad"], ["calm", "angry", "happy"])
    (bias,) = rows_of(found, "emotion_bias", geometry)
    assert bias.low > 0
    assert bias.p < 0.05


def test_equal_distances_have_a_bias_whose_interval_holds_0():
    """Where emotions are equally far in truth, about one interval in forty misses a bias of 0."""
    founds = [rows_of(score(distances(seed=seed, draws=2)), "emotion_bias")[0] for seed in range(30)]
    assert sum(row.low == 0 for row in founds) >= 27


def test_the_mean_of_one_layer_is_that_layer():
    """With a single layer, rows of the mean over layers are its rows."""
    found = score(distances(layers=1))

    def plain(layer):
        named = {"emotion_bias", "emotion_bias_null", "relative_mmd", "nearer", "deviation", "correspondence"}
        named |= {"nearest", "retrieval", "fad_correspondence"}
        rows = [r for r in found.scores if r.layer == layer and r.class_b is None and r.metric in named]
        return [row.model_copy(update={"layer": None}) for row in rows]

    assert len(plain(None)) == 2 * (2 + 3 * len(EMOTIONS) + 6)
    assert plain(None) == plain("0")


def test_layers_that_do_not_vary_say_nothing_and_are_not_averaged():
    """They have null values and a note, and the mean over layers is that of the others."""
    found = score(distances(layers=3, constant=(0, 2)))
    for metric in ("emotion_bias", "relative_mmd", "nearer", "correspondence", "nearest", "retrieval", "mmd"):
        rows = rows_of(found, metric, layer="0")
        assert {(row.value, row.low, row.high, row.p) for row in rows} == {(None,) * 4}
    for metric in ("emotion_bias", "relative_mmd", "nearest", "retrieval", "fad_correspondence"):
        mean, other = (rows_of(found, metric, layer=layer) for layer in (None, "1"))
        assert [row.model_copy(update={"layer": "1"}) for row in mean] == other
    assert any("layers 0, 2: features do not vary" in note for note in found.notes)


def test_where_no_layer_varies_there_is_no_bias():
    """The headline says 0 for want of a number, and a note says so."""
    found = score(distances(layers=1, constant=(0,)))
    assert (found.headline.value, found.scores[0].value) == (0.0, None)
    assert "emotion_bias is undefined: it stands as 0 in the headline" in found.notes


@pytest.mark.parametrize(
    ("toy", "said"),
    [
        ({"people": 7}, "7 people in both talk and song"),
        ({"only_first": 1}, "1 people in talk only"),
        ({"people": 5, "shared": False}, "5 people in song only"),
    ],
    ids=str,
)
def test_below_eight_people_of_a_kind_there_are_no_intervals(toy, said):
    """Neither intervals nor p by people left out; the bias itself and exact p stay, and a note says why."""
    found = score(distances(**toy))
    for row in found.scores:
        if row.metric != "retrieval":
            assert (row.low, row.high) == (None, None)
    assert {row.p for row in rows_of(found, "nearer")} == {None}
    assert rows_of(found, "emotion_bias")[0].value is not None
    assert rows_of(found, "correspondence")[0].p is not None
    assert any(said in note and "at least 8" in note for note in found.notes)


def test_an_undefined_left_out_value_costs_the_interval_and_no_more():
    """Values with everybody stay; what rests on the missing value has no interval and no p; a note names the layer."""
    toy = distances()
    mmd = np.array(toy.arrays["1"]["aligned.mmd"])
    mmd[3, 2, 2] = np.nan
    broken = {**toy.arrays, "1": {**toy.arrays["1"], "aligned.mmd": mmd}}
    found, whole = score(type(toy)(**{**vars(toy), "arrays": broken})), score(toy)
    for metric in ("mmd", "relative_mmd", "nearer", "deviation"):
        rows = rows_of(found, metric, layer="1")
        assert [row.value for row in rows] == [row.value for row in rows_of(whole, metric, layer="1")]
        assert [row.low is None for row in rows] == [metric == "deviation" or row.class_ == "happy" for row in rows]
    assert {row.p for row in rows_of(found, "nearer", layer="1")} == {None}
    assert rows_of(found, "emotion_bias", layer="1")[0].value is None
    assert rows_of(found, "relative_mmd", layer="0") == rows_of(whole, "relative_mmd", layer="0")
    assert any(note.startswith("aligned, layer 1: without some block") for note in found.notes)


@pytest.mark.parametrize("toy", [{}, {"constant": (0, 1)}, {"people": 3}, {"frames": True}], ids=str)
def test_no_row_holds_nan(toy):
    """What is undefined is null."""
    for row in score(distances(**toy)).scores:
        numbers = [number for number in (row.value, row.low, row.high, row.p) if number is not None]
        assert all(math.isfinite(number) for number in numbers)


def test_emotions_that_are_not_apart_make_nothing_relative():
    """A layer whose different emotions are at no distance has no relative values, a note, and no part in the mean."""
    toy = distances()
    flat = {**toy.arrays["0"], "aligned.mmd": -np.abs(toy.arrays["0"]["aligned.mmd"])}
    found = score(type(toy)(**{**vars(toy), "arrays": {**toy.arrays, "0": flat}}))
    assert {row.value for row in rows_of(found, "relative_mmd", layer="0")} == {None}
    assert None not in {row.value for row in rows_of(found, "mmd", layer="0")}
    other = [row.value for row in rows_of(found, "relative_mmd", layer="1")]
    assert [row.value for row in rows_of(found, "relative_mmd")] == other
    assert any(note.startswith("aligned, layer 0: different emotions are no distance apart") for note in found.notes)


def test_notes_say_what_few_clips_do_to_frechet_distances():
    """FAD-inf is null with how many clips there are; singular covariances are named with what cancels their bias."""
    toy = distances(layers=2)
    least, most = toy.clips.min(), toy.clips.max()
    told = score(toy, ["first"]).notes
    assert told[0] == "first"
    assert any("FAD-inf is null" in note and f"{least} to {most} clips" in note for note in told)
    assert not any("singular" in note for note in told)
    wide = score(type(toy)(**{**vars(toy), "widths": (8, int(least))})).notes
    assert any("1 of 2 layers" in note and "singular" in note and "fad_excess" in note for note in wide)
