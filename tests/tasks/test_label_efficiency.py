"""Is what the other domain is worth in clips read off the curve of target_only, and never beyond its ends?"""

import math

import naive_pair as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pair_toys import AROUSAL, DATASETS, Toy, predictions

from emobench.metrics.uncertainty import people_draws
from emobench.tasks.cross_domain_scores import score
from emobench.tasks.label_efficiency import extra_clips, training_clips

CLIPS = np.array([10.0, 20.0, 40.0, 80.0])
HALVES = st.integers(0, 20).map(lambda step: step / 20)


def naive_extra(clips, alone, helped):
    """Walk along the rising curve in small steps of log clips until it is high enough."""
    curve, top = [], -np.inf
    for value in alone:
        top = max(top, value)
        curve.append(top)
    found = []
    for start, wanted in zip(clips, helped, strict=True):
        if wanted < curve[0]:
            found.append(-np.inf)
        elif wanted > curve[-1]:
            found.append(np.inf)
        else:
            steps = np.linspace(np.log(clips[0]), np.log(clips[-1]), 30_001)
            high = np.interp(steps, np.log(clips), curve)
            found.append(np.exp(steps[np.argmax(high >= wanted - 1e-12)]) - start)
    return np.array(found)


@given(st.lists(HALVES, min_size=4, max_size=4), st.lists(HALVES, min_size=4, max_size=4))
def test_the_curve_is_read_where_it_first_gets_there(alone, helped):
    """The fewest clips at which the rising curve, straight over log clips, reaches the score; infinite beyond it."""
    found = extra_clips(CLIPS, np.array(alone), np.array(helped))
    assert found == pytest.approx(naive_extra(CLIPS, alone, helped), abs=0.02)


def test_worth_by_hand():
    """Halfway up in score is halfway in log clips; the same score is worth nothing; a dip does not count."""
    alone = np.array([0.4, 0.6, 0.5, 0.8])
    found = extra_clips(CLIPS, alone, np.array([0.5, 0.6, 0.6, 0.8]))
    assert found[0] == pytest.approx(math.sqrt(10 * 20) - 10)
    assert found[1:].tolist() == [0.0, -20.0, 0.0]
    assert extra_clips(CLIPS, alone, np.array([0.3, 0.9, 0.4, np.nan]))[:3].tolist() == [-np.inf, np.inf, -30.0]
    assert np.isnan(extra_clips(CLIPS, alone, np.array([0.3, 0.9, 0.4, np.nan]))[3])


def test_many_curves_at_once_are_each_their_own():
    """Resamples along the first axis give what each gives alone."""
    drawn = np.random.default_rng(0).random((2, 50, 4))
    whole = extra_clips(CLIPS, *drawn)
    for one, alone, helped in zip(whole, *drawn, strict=True):
        np.testing.assert_array_equal(one, extra_clips(CLIPS, alone, helped))


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 1.0])
def test_training_clips_are_those_of_neither_the_test_nor_the_next_fold(fraction):
    """Per class the fraction is rounded up, and folds are averaged."""
    p = predictions(Toy(people=9, clips=7))
    side, counts = p.sides[1], []
    for fold in (0, 2):
        learning = [truth for truth, own in zip(side.truth, side.fold, strict=True) if own not in {fold, fold + 1}]
        counts.append(sum(math.ceil(fraction * learning.count(place)) for place in range(3)))
    assert training_clips(p.attribute, side, 4, [0, 2], fraction) == np.mean(counts)


@pytest.fixture(scope="module", params=["categories", "dimension"])
def scored(request):
    """A pair with fewer labels, where the source is worth something that the curve can tell."""
    more = {"attribute": AROUSAL} if request.param == "dimension" else {}
    right = (("direct", 0.4), ("target_only", 0.7), ("two_stage", 0.72))
    p = predictions(
        Toy(fractions=(0.1, 0.3, 1.0), methods=(("lora", 9), ("frozen", 3)), people=12, right=right, **more), seed=5
    )
    return p, score(p)


def found_row(found, **wanted):
    (one,) = [
        row
        for row in found.scores
        if row.layer is None and row.fold is None and row.seed is None
        and all(getattr(row, key) == value for key, value in wanted.items())
    ]  # fmt: skip
    return one


def test_fewer_labels_have_scores_and_gains(scored):
    """At every fraction both conditions and the gain between them are scored as with all clips, without a p."""
    p, found = scored
    metric = "uar" if p.attribute.classes else "ccc"
    for method in ("lora", "frozen", "chosen"):
        for target in DATASETS:
            for fraction in (0.1, 0.3):
                key = {"method": method, "target": target, "fraction": fraction}
                scores = [
                    naive.score(p, target, naive.predictions(p, method, condition, target, fraction))
                    for condition in ("target_only", "two_stage")
                ]
                for condition, value in zip(("target_only", "two_stage"), scores, strict=True):
                    told = found_row(found, **key, metric=metric, condition=condition)
                    assert told.value == pytest.approx(value, abs=1e-9)
                gain = found_row(found, **key, metric=f"gain_{metric}", view="over_target_only")
                assert (gain.value, gain.p) == (pytest.approx(scores[1] - scores[0], abs=1e-9), None)


def test_worth_and_its_interval_are_recomputed(scored):
    """Value and ends draw people anew for both curves at once; what lies beyond the curve is null and noted."""
    p, found = scored
    parts, known = (0.1, 0.3, 1.0), 0
    for target in DATASETS:
        side = p.side(target)
        names = sorted(set(side.groups))
        draws = people_draws(len(names))
        for method in ("frozen", "chosen"):
            clips = [
                found_row(found, metric="training_clips", target=target, method=method, fraction=part).value
                for part in parts
            ]
            runs = [
                [naive.predictions(p, method, c, target, part) for part in parts] for c in ("target_only", "two_stage")
            ]
            alone, helped = ([naive.score(p, target, run) for run in each] for each in runs)
            values = naive_extra(clips, alone, helped)
            drawn = []
            for draw in draws[:: 1 if method == "frozen" else 2000]:
                weights = dict(zip(names, draw, strict=True))
                curves = [[naive.score(p, target, run, weights=weights) for run in each] for each in runs]
                drawn.append(extra_clips(np.array(clips), *map(np.array, curves)))
            for place, part in enumerate(parts):
                key = {"target": target, "method": method, "fraction": part, "condition": "two_stage"}
                told = found_row(found, **key, metric="worth_clips")
                assert told.value == (pytest.approx(values[place], abs=0.05) if np.isfinite(values[place]) else None)
                noted = [
                    n for n in found.notes if f"to {target}, {method}: worth" in n and f"at fraction {part:g}" in n
                ]
                assert len(noted) == (told.value is None)
                if method == "frozen":
                    ordered = np.sort(np.array(drawn)[:, place])
                    for end, at in ((told.low, 0.025), (told.high, 0.975)):
                        near = ordered[int(at * 1999) : int(at * 1999) + 2]
                        if np.isfinite(near).all():
                            known += 1
                            assert near[0] - 1e-6 <= end <= near[1] + 1e-6
                        else:
                            assert end is None
    assert known > 2
