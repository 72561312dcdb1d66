"""Is a gain what it says: paired, over people, with an interval that holds it and a p that nobody can shop for?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import recall_score

from emobench.domain.cards import Attribute
from emobench.metrics.significance import holm, paired_sign_flip
from emobench.tasks.gains import Gain, adjusted, gain

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "happy"))
AROUSAL = Attribute(name="arousal", low=-1, high=1)


def predictions(seed, people=12, clips=9, seeds=2, right=(0.5, 0.8)):
    """Truth, people, and two conditions that are right with two probabilities."""
    generator = np.random.default_rng(seed)
    truth = np.tile(np.arange(3), people * clips // 3)
    groups = [f"p{person:02}" for person in range(people) for _ in range(clips)]
    runs = []
    for chance in right:
        hit = generator.random((seeds, len(truth))) < chance
        runs.append(np.where(hit, truth, (truth + generator.integers(1, 3, hit.shape)) % 3))
    return truth, groups, *runs


def uar(truth, run):
    return recall_score(truth, run, average="macro")


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(1, 3))
def test_the_value_is_the_difference_of_mean_scores(seed, seeds):
    """Second minus first, each the mean over seeds of the UAR of all clips; so is every class's gain in recall."""
    truth, groups, first, second = predictions(seed, seeds=seeds)
    found = gain(EMOTION, truth, groups, first, second)
    expected = np.mean([uar(truth, run) for run in second]) - np.mean([uar(truth, run) for run in first])
    assert found.value == pytest.approx(expected, abs=1e-12)
    per_class = np.mean([recall_score(truth, run, average=None) for run in second], axis=0) - np.mean(
        [recall_score(truth, run, average=None) for run in first], axis=0
    )
    assert [value for value, _, _ in found.classes] == pytest.approx(per_class.tolist())


def test_people_are_what_is_tested():
    """The p is that of the sign-flip test over one difference a person, seeds averaged first."""
    truth, groups, first, second = predictions(3)
    found = gain(EMOTION, truth, groups, first, second)
    people = np.array(groups)
    differences = np.array(
        [
            np.mean([uar(truth[people == one], run[people == one]) for run in second])
            - np.mean([uar(truth[people == one], run[people == one]) for run in first])
            for one in sorted(set(groups))
        ]
    )
    assert found.p == pytest.approx(paired_sign_flip(differences))
    assert found.people == 12
    reach = (1.959964 + 0.841621) * differences.std(ddof=1) / 12**0.5
    assert found.detectable == pytest.approx(reach, rel=1e-5)


def test_more_seeds_are_no_more_people():
    """The same runs ten times over give the same gain, interval and p."""
    truth, groups, first, second = predictions(4, seeds=1)
    once = gain(EMOTION, truth, groups, first, second)
    again = gain(EMOTION, truth, groups, np.repeat(first, 10, axis=0), np.repeat(second, 10, axis=0))
    assert (once.value, once.p, once.detectable) == pytest.approx((again.value, again.p, again.detectable))
    assert (once.low, once.high) == pytest.approx((again.low, again.high))


def test_the_interval_holds_the_value_and_the_other_way_round_it_turns():
    """The value lies inside; exchanging the conditions changes signs and nothing else."""
    truth, groups, first, second = predictions(5)
    there, back = gain(EMOTION, truth, groups, first, second), gain(EMOTION, truth, groups, second, first)
    assert there.low <= there.value <= there.high
    assert there.low > 0
    assert (back.value, back.p) == pytest.approx((-there.value, there.p))
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=1e-12)


def test_no_difference_is_no_gain():
    """The same predictions twice: 0, an interval of 0, p = 1, and nothing smaller could have been found."""
    truth, groups, first, _ = predictions(6)
    found = gain(EMOTION, truth, groups, first, first)
    assert (found.value, found.low, found.high, found.p, found.detectable) == (0, 0, 0, 1, 0)


def test_few_people_have_no_interval():
    """Below eight people there is a value and a p, and no interval is made up."""
    found = gain(EMOTION, *predictions(7, people=5))
    assert (found.low, found.high) == (None, None)
    assert all(low is None for _, low, _ in found.classes)


def test_folds_that_were_not_run_take_no_part():
    """Clips without a prediction under either condition are left out, and so are people who have none."""
    truth, groups, first, second = predictions(8)
    ran = np.array(groups) < "p09"
    part = [np.where(ran, run, -1) for run in (first, second)]
    found = gain(EMOTION, truth, groups, *part)
    kept = [group for group in groups if group < "p09"]
    alone = gain(EMOTION, truth[ran], kept, first[:, ran], second[:, ran])
    assert found == alone
    assert found.people == 9


def test_dimensions_gain_in_ccc():
    """For a dimension the gain is in CCC, and there are no classes."""
    generator = np.random.default_rng(0)
    truth = generator.uniform(-1, 1, 120).astype(np.float32)
    groups = [f"p{clip % 10}" for clip in range(120)]
    near = (truth + generator.normal(0, 0.2, (1, 120))).astype(np.float32)
    far = generator.uniform(-1, 1, (1, 120)).astype(np.float32)
    found = gain(AROUSAL, truth, groups, far, near)
    assert found.value > 0.5
    assert found.p < 0.05
    assert found.classes == ()


def test_running_less_gains_nothing():
    """Holm's adjustment is over the protocol's fixed set: what was not run counts as p = 1."""
    gains = [Gain(0.1, None, None, p, None, 12) for p in (0.001, 0.02)]
    assert [one.p for one in adjusted(gains, 8)] == pytest.approx(holm(np.array([0.001, 0.02] + [1.0] * 6))[:2])
    assert adjusted(gains[:1], 8)[0].p == pytest.approx(0.008)
    with pytest.raises(ValueError, match="fixed set"):
        adjusted(gains, 1)
