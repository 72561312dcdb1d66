"""Is a gain held against another person by person, as loops over people do it?"""

from itertools import product

import numpy as np
import pytest

from emobench.domain.cards import Attribute
from emobench.metrics.significance import smallest_detectable
from emobench.metrics.uncertainty import people_draws
from emobench.tasks.gains import Compared, Contrasted, contrast, mean_gain

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "sad"))
MORE_GAIN = (1, -1, -1, 1)


def drawn(seed, people=9, clips=8, seeds=2):
    """A target on which four conditions were tested, the second and fourth the better ones."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(people * clips) % 3)
    groups = [f"p{clip % people}" for clip in range(len(truth))]
    runs = [
        np.where(rng.random((seeds, len(truth))) < right, truth, rng.integers(0, 3, (seeds, len(truth))))
        for right in (0.3, 0.5, 0.3, 0.8)
    ]
    return Contrasted(truth, groups, runs)


def uar(truth, said, weight):
    recalls = []
    for name in range(3):
        clips = [clip for clip in range(len(truth)) if truth[clip] == name and weight[clip]]
        if clips:
            recalls.append(sum(weight[c] * (said[c] == name) for c in clips) / sum(weight[c] for c in clips))
    return float(np.mean(recalls))


def more_gain(targets, weight_of):
    """The fourth over the third, less the second over the first: mean over seeds, then over targets."""
    found = []
    for target in targets:
        weight = [weight_of.get(group, 0) for group in target.groups]
        if any(weight):
            scores = [np.mean([uar(target.truth, run, weight) for run in runs]) for runs in target.conditions]
            found.append((scores[3] - scores[2]) - (scores[1] - scores[0]))
    return float(np.mean(found))


@pytest.mark.parametrize("targets", [[drawn(1)], [drawn(2), drawn(3)]])
def test_a_gain_against_a_gain(targets):
    """Value, p, reach and interval are those of differences of differences, a person being one whatever the target."""
    found = contrast(EMOTION, targets, MORE_GAIN)
    people = sorted({group for target in targets for group in target.groups})
    own = np.array([more_gain(targets, {who: 1}) for who in people])
    assert found.value == pytest.approx(more_gain(targets, dict.fromkeys(people, 1)))
    sums = [abs(float(np.dot(signs, own))) for signs in product((1, -1), repeat=len(own))]
    assert found.p == pytest.approx(np.mean(np.array(sums) >= abs(own.sum()) - 1e-9))
    assert found.detectable == pytest.approx(smallest_detectable(own))
    resampled = [
        more_gain(targets, dict(zip(people, draw.tolist(), strict=True))) for draw in people_draws(len(people))[:300]
    ]
    ends = np.quantile(resampled, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(ends), abs=0.06), "300 of the 2000 resamples"


def test_two_conditions_are_a_gain():
    """With weights (-1, 1) a contrast is the gain of the second condition, in every field."""
    target = drawn(4)
    first, second = target.conditions[:2]
    two = Contrasted(target.truth, target.groups, (first, second))
    assert contrast(EMOTION, [two], (-1, 1)) == mean_gain(
        EMOTION, [Compared(target.truth, target.groups, first, second)]
    )


def test_one_seed_stands_beside_all():
    """A condition that was not drawn is the same in every seed of the others."""
    target = drawn(5)
    once = Contrasted(target.truth, target.groups, (*target.conditions[:3], target.conditions[3][:1]))
    every = np.repeat(target.conditions[3][:1], 2, axis=0)
    repeated = Contrasted(target.truth, target.groups, (*target.conditions[:3], every))
    assert contrast(EMOTION, [once], MORE_GAIN) == contrast(EMOTION, [repeated], MORE_GAIN)
