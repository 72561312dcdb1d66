"""Do the scores of `fad_bias` find what was planted, and stay silent where there is nothing or not enough?"""

import naive_bias as naive
import numpy as np
import pytest
from bias_toys import EMOTIONS, distances, replaced, without

from emobench.tasks.fad_bias_scores import score


def rows_of(found, metric, geometry="aligned", layer=None):
    rows = [r for r in found.scores if (r.metric, r.geometry, r.layer, r.view) == (metric, geometry, layer, "clips")]
    return [row for row in rows if row.class_b is None]


def numbers(row):
    return (row.value, row.low, row.high, row.p)


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


@pytest.mark.parametrize("toy", [{}, {"people": 20, "scatter": 0.05}, {"people": 9, "shared": False}], ids=str)
def test_equal_distances_have_no_bias(toy):
    """Where emotions are equally far in truth, one study in twenty has a p below .05, one in forty a low above 0."""
    founds = [rows_of(score(distances(seed=seed, draws=2, **toy)), "emotion_bias")[0] for seed in range(40)]
    assert sum(row.p < 0.05 for row in founds) <= 4
    assert sum(row.low > 0 for row in founds) <= 3
    assert 0.3 < np.mean([row.p for row in founds]) < 0.7


def test_a_moved_emotion_has_a_bias_in_every_study():
    """The p of the bias is small and its interval above 0 in all studies of few people, in every layer and geometry."""
    for seed in range(20):
        found = score(distances(seed=seed, draws=2, moved=("sad",), far=1.5, people=8))
        rows = [row for row in found.scores if row.metric == "emotion_bias"]
        assert len(rows) == 6
        assert max(row.p for row in rows) < 0.01
        assert min(row.low for row in rows) > 0


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
    """The headline has no value, as the row that it repeats."""
    found = score(distances(layers=1, constant=(0,)))
    headline = found.headline
    assert (headline.value, headline.low, headline.high, found.scores[0].value) == (None,) * 4
    assert not any("headline" in note for note in found.notes)


@pytest.mark.parametrize(
    ("toy", "said"),
    [
        ({"people": 7}, "in both talk and song: 7,"),
        ({"people": 7, "only_first": 9}, "in both talk and song: 7,"),
        ({"people": 5, "shared": False}, "in song only: 5,"),
    ],
    ids=str,
)
def test_below_eight_people_of_a_kind_there_are_no_intervals(toy, said):
    """Neither intervals nor p by people left out; the bias itself and exact p stay, and a note says why."""
    found = score(distances(**toy))
    for row in found.scores:
        if row.metric != "retrieval":
            assert (row.low, row.high) == (None, None)
    assert {row.p for row in rows_of(found, "nearer") + rows_of(found, "emotion_bias")} == {None}
    assert rows_of(found, "emotion_bias")[0].value is not None
    for metric in ("correspondence", "emotion_bias_null"):
        assert rows_of(found, metric)[0].p is not None
    assert any(said in note and "at least 8" in note for note in found.notes)


def test_a_few_people_of_one_dataset_cost_no_interval():
    """With enough people in both datasets, one who is in the first alone leaves intervals, and no note."""
    found = score(distances(only_first=1))
    for metric in ("relative_mmd", "nearer", "deviation", "emotion_bias"):
        assert all(row.low is not None for row in rows_of(found, metric))
    assert not any("at least 8" in note for note in found.notes)


def test_an_undefined_left_out_value_costs_the_interval_and_no_more():
    """Values with everybody stay; what rests on the missing value has no interval and no p; a note names the layer."""
    toy = distances()
    mmd = np.array(toy.arrays["1"]["aligned.mmd"])
    mmd[3, 2, 2] = np.nan
    found, whole = score(replaced(toy, "1", mmd=mmd)), score(toy)
    for metric in ("mmd", "relative_mmd", "nearer", "deviation"):
        rows = rows_of(found, metric, layer="1")
        assert [row.value for row in rows] == [row.value for row in rows_of(whole, metric, layer="1")]
        assert [row.low is None for row in rows] == [metric == "deviation" or row.class_ == "happy" for row in rows]
    assert {row.p for row in rows_of(found, "nearer", layer="1")} == {None}
    for metric in ("emotion_bias", "emotion_bias_null"):
        assert numbers(rows_of(found, metric, layer="1")[0]) == (None,) * 4
    assert rows_of(found, "relative_mmd", layer="0") == rows_of(whole, "relative_mmd", layer="0")
    assert any(note.startswith("aligned, layer 1: a kernel distance is undefined") for note in found.notes)


@pytest.mark.parametrize("place", [(0, 1, 2), (4, 1, 1), (10, 3, 0)])
def test_one_undefined_distance_leaves_the_headline_to_the_other_layers(place):
    """A nan in one cell of one layer, with everybody or without a block, takes that layer out of the mean, no more."""
    toy = distances(layers=3, moved=("sad",))
    mmd = np.array(toy.arrays["1"]["aligned.mmd"])
    mmd[place] = np.nan
    found, others = score(replaced(toy, "1", mmd=mmd)), score(without(toy, "1"))
    assert found.headline == others.headline
    assert found.headline.value > 0
    for metric in (
        "emotion_bias_null",
        "relative_mmd",
        "nearer",
        "deviation",
        "correspondence",
        "nearest",
        "retrieval",
    ):
        assert rows_of(found, metric) == rows_of(others, metric)
    (named,) = [note for note in found.notes if "undefined" in note]
    assert named.startswith("aligned, layer 1: ")
    assert "no part in the mean over layers" in named


def test_a_layer_whose_emotions_are_hardly_apart_does_not_move_the_headline():
    """Distances near 0 in one layer, with huge quotients, leave bias, interval and p to the layers with large ones."""
    toy = distances(layers=2, moved=("sad",))
    weak = 1e-5 * np.array(toy.arrays["1"]["aligned.mmd"])
    weak[:, 0, 0] = 1e-4
    found, alone = score(replaced(toy, "1", mmd=weak)), score(without(toy, "1"))
    assert rows_of(found, "relative_mmd", layer="1")[0].value > 50
    for metric in ("emotion_bias", "relative_mmd", "nearer", "deviation"):
        for row, other in zip(rows_of(found, metric), rows_of(alone, metric), strict=True):
            assert numbers(row)[:3] == pytest.approx(numbers(other)[:3], abs=0.005)


def test_two_emotions_have_no_bias_when_aligned():
    """Both are equally far by construction: no bias and no null in any layer, a note; raw ones have theirs."""
    found = score(distances(emotions=EMOTIONS[:2]))
    for metric in ("emotion_bias", "emotion_bias_null"):
        for layer in (None, "0", "1"):
            (row,), (raw,) = (rows_of(found, metric, geometry, layer) for geometry in ("aligned", "raw"))
            assert numbers(row) == (None,) * 4
            assert None not in (raw.value, raw.p)
    assert (found.headline.value, found.headline.low) == (None, None)
    assert all(row.value is not None for row in rows_of(found, "relative_mmd"))
    assert any(note.startswith("aligned: two emotions lie equally far") for note in found.notes)
    assert not any("by construction" in note for note in score(distances(emotions=EMOTIONS[:3])).notes)


@pytest.mark.parametrize(("single", "silent"), [(10, True), (6, True), (5, False), (0, False)])
def test_labels_that_cannot_move_say_nothing(single, silent):
    """Where people of most clips of a dataset have one emotion, permuted labels give no null; the bias stays."""
    toy = distances()
    clips_of = np.full_like(toy.clips_of, 3)
    for person in range(single):
        clips_of[1, person] = [12 * (emotion == person % 4) for emotion in range(4)]
    found, whole = score(type(toy)(**{**vars(toy), "clips_of": clips_of})), score(toy)
    for geometry in ("raw", "aligned"):
        for layer in (None, "0", "1"):
            (row,), (plain,) = (rows_of(one, "emotion_bias_null", geometry, layer) for one in (found, whole))
            assert numbers(row) == ((None,) * 4 if silent else numbers(plain))
            (row,), (plain,) = (rows_of(one, "emotion_bias", geometry, layer) for one in (found, whole))
            assert numbers(row) == numbers(plain)
    told = [note for note in found.notes if "permuted" in note]
    assert len(told) == silent
    assert all(note.startswith(f"song: the labels of {10 * (10 - single)}% of the clips") for note in told)


@pytest.mark.parametrize("distance", [-1, 0.2])
def test_emotions_that_are_not_surely_apart_make_nothing_relative(distance):
    """Below 0 or near it against its noise, a layer has no relative values, and a note; its distances stay."""
    toy = distances(layers=3)
    mmd = np.array(toy.arrays["0"]["aligned.mmd"])
    off = mmd.mean(axis=(1, 2))[1:]
    mmd += distance * np.std(off) * len(off) - mmd[0, ~np.eye(4, dtype=bool)].mean()
    changed = replaced(toy, "0", mmd=mmd)
    found = score(changed)
    for metric in ("relative_mmd", "nearer", "deviation", "emotion_bias", "emotion_bias_null", "correspondence"):
        assert {numbers(row) for row in rows_of(found, metric, layer="0")} == {(None,) * 4}
        assert None not in {row.value for row in rows_of(found, metric)}
    assert None not in {row.value for row in rows_of(found, "mmd", layer="0")}
    (told,) = [note for note in found.notes if "surely" in note]
    assert told.startswith("aligned, layer 0: different emotions are not surely apart")
    expected = naive.diagonal(naive.matrices(changed, "aligned", None, 0))
    assert [row.value for row in rows_of(found, "relative_mmd")] == pytest.approx(expected)


@pytest.mark.parametrize("emotions", [2, 3, 4])
def test_a_p_that_cannot_be_small_is_named(emotions):
    """With so few emotions that one of all ways to match them is more than 5 %, a note says the least p."""
    told = [n for n in score(distances(emotions=EMOTIONS[:emotions])).notes if n.startswith("correspondence: ")]
    least = {2: "1/2", 3: "1/6", 4: None}[emotions]
    assert told == ([] if least is None else [f"correspondence: of {emotions} emotions its p is {least} at best"])


@pytest.mark.parametrize("index", [0, 1])
def test_a_missing_excess_is_named(index):
    """Where halves are too few for Frechet distances fad_excess is null, and a note says why; of blocks none does."""
    toy = distances()
    signal = np.array(toy.arrays["1"]["aligned.fad_signal"])
    signal[index, 2] = np.nan
    found = score(replaced(toy, "1", fad_signal=signal))
    values = [row.value is None for row in rows_of(found, "fad_excess", layer="1")]
    assert values == [False, False, index == 0, False]
    assert rows_of(found, "fad_excess", layer="1")[2].low is None
    assert sum("fad_excess is null" in note for note in found.notes) == (index == 0)


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
