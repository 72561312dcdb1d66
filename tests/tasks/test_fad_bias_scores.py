"""Are the scores of `fad_bias` what anybody gets who computes them one by one from the distances?"""

import math

import naive_bias as naive
import numpy as np
import pytest
from bias_toys import DATASETS, EMOTIONS, distances

from emobench.domain.record import Headline, Record, make_record, record_bytes
from emobench.metrics.spread import spread
from emobench.metrics.uncertainty import people_interval
from emobench.tasks.bias_table import from_table, to_table
from emobench.tasks.fad_bias_scores import score

SPEECH, MUSIC = DATASETS
NUMBERS = {"value", "low", "high", "p", "n_clips", "n_groups"}
TOYS = {
    "shared": {"frames": True, "moved": ("sad",)},
    "mixed": {"only_first": 9, "emotions": ("calm", "angry", "happy"), "seed": 3},
    "few": {"only_first": 3, "emotions": ("calm", "sad"), "seed": 4},
    "apart": {"shared": False, "blocks": 8, "people": 17, "seed": 5, "layers": 1},
}


@pytest.fixture(scope="module", params=TOYS, ids=str)
def toy(request):
    d = distances(**TOYS[request.param])
    return d, score(d, ["a note"])


def rows_of(found, metric, **fields):
    """Rows of a metric; the view is that of clips, and cells have a ``class_b``."""
    wanted = {"view": "clips", "class_b": None, **fields}
    rows = [r for r in found.scores if r.metric == metric and all(getattr(r, k) == v for k, v in wanted.items())]
    assert rows, (metric, fields)
    return rows


def numbers(row):
    return (row.value, row.low, row.high, row.p)


def places(d):
    """Every geometry with every layer, and with the mean over them."""
    return [(geometry, layer) for geometry in ("raw", "aligned") for layer in (None, *d.layers)]


@pytest.mark.parametrize("metric", ["relative_mmd", "nearer", "deviation"])
def test_relative_distances_are_those_of_loops(toy, metric):
    """Relative distances, how much nearer and how deviant emotions are, with t intervals and p after Holm."""
    d, found = toy
    statistic = {"relative_mmd": naive.diagonal, "nearer": naive.nearer, "deviation": naive.deviation}[metric]
    for geometry, layer in places(d):
        expected = naive.of_emotions(d, geometry, layer, statistic)
        expected = [one[:3] for one in expected] if metric == "relative_mmd" else naive.holm(expected)
        rows = rows_of(found, metric, geometry=geometry, layer=layer)
        assert [row.class_ for row in rows] == list(d.attribute.classes)
        for row, one in zip(rows, expected, strict=True):
            assert numbers(row)[: len(one)] == pytest.approx(one, rel=1e-6, abs=1e-9)
            assert len(one) == 4 or row.p is None


def test_the_bias_is_that_of_loops(toy):
    """The emotion bias is the spread less what people's noise spreads, with the interval and p of that noise."""
    d, found = toy
    for geometry, layer in places(d):
        value = naive.bias(d, geometry, layer)
        (row,) = rows_of(found, "emotion_bias", geometry=geometry, layer=layer)
        if value is None:
            assert numbers(row) == naive.NOTHING
            continue
        assert row.value == pytest.approx(value, abs=1e-9)
        own = np.array(naive.diagonal(naive.matrices(d, geometry, layer, 0)))
        one = spread(own, naive.noise(d, geometry, layer)[1], naive.freedom(naive.strata(d)))
        assert (row.low, row.high, row.p) == pytest.approx((one.low, one.high, one.p), abs=1e-6)


def test_the_bias_by_chance_is_that_of_loops(toy):
    """Its null is the spread under permuted labels with nothing taken away, p how often that is as large as found."""
    d, found = toy
    for geometry, layer in places(d):
        (row,) = rows_of(found, "emotion_bias_null", geometry=geometry, layer=layer)
        assert numbers(row) == pytest.approx(naive.bias_by_chance(d, geometry, layer), abs=1e-9)


def test_correspondences_are_those_of_loops(toy):
    """Who goes with whom is counted over all permutations, in both directions where they differ."""
    d, found = toy
    for geometry, layer in places(d):
        matrix = naive.matrices(d, geometry, layer, 0)
        turned = [list(line) for line in zip(*matrix, strict=True)]
        fad = naive.frechet(d, geometry, layer, "fad_equal")
        where = {"geometry": geometry, "layer": layer}
        there, back = {"source": SPEECH, "target": MUSIC}, {"source": MUSIC, "target": SPEECH}
        for metric, direction, expected in (
            ("correspondence", there, naive.correspondence(matrix)),
            ("nearest", there, naive.nearest(matrix)),
            ("nearest", back, naive.nearest(turned)),
            ("fad_correspondence", there, naive.correspondence(fad)),
        ):
            (row,) = rows_of(found, metric, **where, **direction)
            assert (row.value, row.p) == pytest.approx(expected, abs=1e-9)
        for query, direction in enumerate((there, back)):
            (row,) = rows_of(found, "retrieval", **where, **direction)
            assert row.value == pytest.approx(naive.retrieval(d, geometry, layer, query))
            assert row.low <= row.value <= row.high


def test_the_interval_of_retrieval_draws_people():
    """A person is drawn with all emotions they were asked for; who was not asked is not drawn."""
    d = distances(layers=1, shared=False)
    said = d.arrays["0"]["aligned.retrieved"][0]
    sums = np.array([[np.sum(one == np.arange(4)), 4] for one in said if (one >= 0).any()])
    assert len(sums) == 10
    expected = people_interval(sums, lambda drawn: drawn[:, 0] / drawn[:, 1])
    (row,) = rows_of(score(d), "retrieval", geometry="aligned", layer="0", source=SPEECH)
    assert (row.low, row.high) == (expected.low, expected.high)


def test_distances_of_layers_are_those_measured(toy):
    """Per layer stands what was measured, aligned mmd less its bias; intervals where blocks were left out."""
    d, found = toy
    for geometry in ("raw", "aligned"):
        for layer in d.layers:
            a = {name.split(".")[1]: x for name, x in d.arrays[layer].items() if name.startswith(geometry)}
            mmd = naive.unbiased(d, geometry, a["mmd"])
            excess = a["fad_signal"] - a["fad_floor"]
            pairs = {
                "fad": (np.diag(a["fad"]), a["fad_left_out"]),
                "fad_excess": (excess[0], excess[1:]),
                "mmd": (np.diag(mmd[0]), [np.diag(one) for one in mmd[1:]]),
            }
            for metric, (values, left_out) in pairs.items():
                for e, row in enumerate(rows_of(found, metric, geometry=geometry, layer=layer)):
                    expected = naive.interval(d, values[e], [one[e] for one in left_out])[:3]
                    assert numbers(row)[:3] == pytest.approx(expected, rel=1e-9)
                    assert row.p is None
            for metric in ("fad_signal", "fad_floor", "mmd_signal", "mmd_floor"):
                for e, row in enumerate(rows_of(found, metric, geometry=geometry, layer=layer)):
                    assert numbers(row) == (a[metric][0][e], None, None, None)
            assert {row.value for row in rows_of(found, "fad_inf", geometry=geometry, layer=layer)} == {None}


def no_intervals(found, geometry):
    """Whether the mean over layers has no intervals: too few people, or an undefined left-out value."""
    rows = rows_of(found, "nearer", geometry=geometry, layer=None)
    return all(row.low is None for row in rows)


@pytest.mark.parametrize("metric", ["relative_mmd", "relative_fad"])
def test_cells_are_those_of_loops(toy, metric):
    """Every emotion of one against every one of the other, in the mean over layers; of kernels with intervals."""
    d, found = toy
    names = d.attribute.classes
    for view, field in (("clips", "arrays"), ("frames", "frames")):
        if not getattr(d, field) or (view, metric) == ("frames", "relative_mmd"):
            continue
        for geometry in ("raw", "aligned"):
            fad = metric == "relative_fad"
            matrix = naive.frechet(d, geometry, None, "fad", field) if fad else naive.matrices(d, geometry, None, 0)
            for e, f in np.ndindex(len(names), len(names)):
                where = {"geometry": geometry, "layer": None, "view": view, "class_": names[e], "class_b": names[f]}
                (row,) = rows_of(found, metric, **where)
                assert row.value == pytest.approx(matrix[e][f])
                if not fad and row.low is not None:
                    left_out = [naive.matrices(d, geometry, None, 1 + b)[e][f] for b in range(len(d.blocks))]
                    assert numbers(row)[:3] == pytest.approx(naive.interval(d, row.value, left_out)[:3])
                assert (row.low is None) == (fad or no_intervals(found, geometry))
                assert (row.n_clips, row.n_groups) == naive.counts(d, (e, f))


def test_frames_stand_beside_clips(toy):
    """With frames, every layer has their distances and what these tend to, null where nothing can be extrapolated."""
    d, found = toy
    if not d.frames:
        assert {row.view for row in found.scores} == {"clips"}
        return
    for layer in d.layers:
        for metric in ("fad_inf", "fad_inf_r2", "fad_inf_unreplaced", "fad_inf_unreplaced_r2"):
            values = [row.value for row in rows_of(found, metric, geometry="raw", layer=layer, view="frames")]
            expected = d.frames[layer][f"raw.{metric}"].tolist()
            assert values == [*expected[:-1], None]
        own = [row.value for row in rows_of(found, "fad", geometry="raw", layer=layer, view="frames")]
        assert own == np.diag(d.frames[layer]["raw.fad"]).tolist()


def test_counts_are_those_of_the_clips_a_row_is_about(toy):
    """An emotion's rows count its clips and people in both datasets, people once; others count everybody."""
    d, found = toy
    for row in found.scores:
        if row.class_b is None:
            place = None if row.class_ is None else (d.attribute.classes.index(row.class_),) * 2
            assert (row.n_clips, row.n_groups) == naive.counts(d, place)


def test_a_table_is_enough(toy):
    """Whoever reads the table beside a record gets the same scores and notes."""
    d, found = toy
    assert score(from_table(to_table(d), d.attribute), ["a note"]) == found


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


@pytest.mark.parametrize("toy", [{}, {"constant": (0, 1)}, {"people": 3}, {"frames": True}], ids=str)
def test_no_row_holds_nan(toy):
    """What is undefined is null."""
    for row in score(distances(**toy)).scores:
        numbers = [number for number in (row.value, row.low, row.high, row.p) if number is not None]
        assert all(math.isfinite(number) for number in numbers)


def test_rows_can_be_told_apart(toy):
    """No two rows are about the same thing."""
    _, found = toy
    keys = [tuple(row.model_dump(exclude=NUMBERS).values()) for row in found.scores]
    assert len(set(keys)) == len(keys)


def test_the_headline_describes_and_does_not_rank(toy):
    """It is the emotion bias, aligned, in the mean over layers, as a row says; a record keeps that it has no better."""
    _, found = toy
    (row,) = rows_of(found, "emotion_bias", geometry="aligned", layer=None)
    headline = Headline(
        metric="emotion_bias", value=row.value, low=row.low, high=row.high, chance=0.0, higher_is_better=None
    )
    assert (found.headline, found.scores[0]) == (headline, row)
    parts = {"asked": {}, "used": {}, "spent": {}, "where": {}, "predictions_digest": "0"}
    record = make_record(found=found, **parts)
    assert Record.model_validate_json(record_bytes(record)).found.headline.higher_is_better is None
