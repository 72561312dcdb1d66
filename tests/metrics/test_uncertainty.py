"""Are intervals over people what a bootstrap over people gives?"""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score

from emobench.metrics import uncertainty
from emobench.metrics.classification import accuracy, confusion_by_group, uar
from emobench.metrics.regression import ccc, moments_by_group
from emobench.metrics.uncertainty import Interval, people_draws, people_interval, people_intervals

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
PEOPLE, CLASSES, CLIPS_OF_A_CLASS = 24, 4, 6


def a_study(seed: int, spread: float = 0.15, people: int = PEOPLE) -> tuple[Integers, Integers, Integers]:
    """Truth, prediction and person of clips; people differ in how well they are recognised (0.6 on average)."""
    generator = np.random.default_rng(seed)
    skill = np.clip(0.6 + spread * generator.uniform(-1.7, 1.7, people), 0, 1)
    person = np.repeat(np.arange(people), CLASSES * CLIPS_OF_A_CLASS)
    truth = np.tile(np.repeat(np.arange(CLASSES), CLIPS_OF_A_CLASS), people)
    wrong = (truth + generator.integers(1, CLASSES, len(truth))) % CLASSES
    return truth, np.where(generator.random(len(truth)) < skill[person], truth, wrong), person


def test_draws_are_people_with_replacement() -> None:
    """A resample draws as many people as there are, each once on average, some twice and some never."""
    draws = people_draws(24, resamples=4000, seed=3)
    assert draws.shape == (4000, 24)
    assert (draws.sum(1) == 24).all()
    assert draws.mean(0) == pytest.approx(np.ones(24), abs=0.1)
    assert np.mean(draws == 0) == pytest.approx((1 - 1 / 24) ** 24, abs=0.01)


def test_draws_belong_to_their_seed() -> None:
    """The same seed gives the same draws, another seed others."""
    assert np.array_equal(people_draws(10, 50, seed=1), people_draws(10, 50, seed=1))
    assert not np.array_equal(people_draws(10, 50, seed=1), people_draws(10, 50, seed=2))


def test_interval_is_that_of_clips_drawn_person_by_person() -> None:
    """Weighted confusions give the very interval of drawing people's clips anew and scoring them in a loop."""
    truth, prediction, person = a_study(0, people=9)
    scores = []
    for draw in people_draws(9, resamples=60, seed=5):
        clips = np.concatenate([np.flatnonzero(person == one) for one in np.repeat(np.arange(9), draw)])
        scores.append(balanced_accuracy_score(truth[clips], prediction[clips]))
    found = people_interval(confusion_by_group(truth, prediction, person, CLASSES, 9), uar, resamples=60, seed=5)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(scores, [2.5, 97.5])), abs=1e-12)


def test_intervals_of_sums_are_those_of_clips() -> None:
    """The interval of CCC from six sums a person is that of its clips drawn anew."""
    generator = np.random.default_rng(2)
    truth, person = generator.normal(size=90), np.arange(90) % 9
    prediction = truth + generator.normal(size=90)
    scores = []
    for draw in people_draws(9, resamples=60):
        clips = np.concatenate([np.flatnonzero(person == one) for one in np.repeat(np.arange(9), draw)])
        t, p = truth[clips], prediction[clips]
        scores.append(2 * np.cov(t, p, ddof=0)[0, 1] / (t.var() + p.var() + (t.mean() - p.mean()) ** 2))
    found = people_interval(moments_by_group(truth, prediction, person, 9), ccc, resamples=60)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(scores, [2.5, 97.5])), abs=1e-10)


def test_intervals_cover_the_truth() -> None:
    """Over 300 studies of 24 people, the 95 % interval holds the population's UAR in 88 to 99 % of them."""
    covered = 0
    for study in range(300):
        truth, prediction, person = a_study(study)
        found = people_interval(confusion_by_group(truth, prediction, person, CLASSES, PEOPLE), uar, resamples=500)
        assert found is not None
        covered += found.low <= 0.6 <= found.high
    assert 0.88 <= covered / 300 <= 0.99


def test_people_who_differ_widen_the_interval() -> None:
    """The interval grows with the differences between people; one over clips would not notice them."""
    widths = []
    for spread in (0.0, 0.2):
        statistics = confusion_by_group(*a_study(1, spread), CLASSES, PEOPLE)
        found = people_interval(statistics, uar)
        assert found is not None
        widths.append(found.high - found.low)
    assert widths[1] > 1.5 * widths[0]


def test_many_scores_share_their_resamples() -> None:
    """Intervals of many layers at once equal those of each layer alone."""
    layers = np.stack([confusion_by_group(*a_study(seed), CLASSES, PEOPLE) for seed in range(3)], axis=1)
    together = people_intervals(layers, uar, resamples=200, seed=4)
    assert together == tuple(people_interval(layers[:, one], uar, resamples=200, seed=4) for one in range(3))


def test_a_difference_is_one_score() -> None:
    """The gain of a condition over itself is exactly 0 in every resample."""
    statistics = confusion_by_group(*a_study(2), CLASSES, PEOPLE)
    both = np.stack([statistics, statistics], axis=1)
    gain = people_interval(both, lambda sums: uar(sums[:, 1]) - uar(sums[:, 0]), resamples=100)
    assert gain == Interval(0.0, 0.0)


def test_memory_is_bounded_without_changing_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into small pieces, resamples give the same interval."""
    statistics = confusion_by_group(*a_study(3), CLASSES, PEOPLE)
    whole = people_interval(statistics, uar, resamples=300)
    sizes: list[int] = []

    def watched(sums: Array) -> Array:
        sizes.append(len(sums))
        return uar(sums)

    monkeypatch.setattr(uncertainty, "CHUNK", 7 * CLASSES**2)
    assert people_interval(statistics, watched, resamples=300) == whole
    assert max(sizes) == 7
    assert sum(sizes) == 300


def test_eight_people_are_the_fewest() -> None:
    """Below eight people there is no interval, for one score or for many."""
    statistics = confusion_by_group(*a_study(4, people=8), CLASSES, 8)
    assert people_interval(statistics, accuracy, resamples=50) is not None
    assert people_interval(statistics[:7], accuracy, resamples=50) is None
    assert people_intervals(np.stack([statistics, statistics], axis=1)[:7], accuracy, resamples=50) == (None, None)


@pytest.mark.parametrize(("undefined", "given"), [(5, True), (6, False), (100, False)])
def test_undefined_resamples(undefined: int, given: bool) -> None:
    """Up to 5 % of undefined resamples are left out; with more there is no interval."""
    scores = np.arange(100.0)
    scores[:undefined] = np.nan
    found = people_interval(np.ones((10, 1)), lambda _: scores, resamples=100)
    assert (found is not None) == given
    if found is not None:
        assert (found.low, found.high) == pytest.approx(tuple(np.percentile(scores[undefined:], [2.5, 97.5])))


def test_the_level_widens_the_interval() -> None:
    """A 99 % interval holds the 80 % interval."""
    statistics = confusion_by_group(*a_study(5), CLASSES, PEOPLE)
    wide, narrow = (people_interval(statistics, uar, level=level) for level in (0.99, 0.8))
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_score_of_the_wrong_shape_is_refused() -> None:
    """A score that does not give one number a resample is an error."""
    with pytest.raises(ValueError, match="for 20 resamples of 2 statistics"):
        people_intervals(np.ones((10, 2, 3)), lambda sums: sums[:, 0, 0], resamples=20)
