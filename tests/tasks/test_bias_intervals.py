"""Are intervals of distances those of people left out, and missing where people are too few?"""

import numpy as np
import pytest
from bias_toys import distances
from scipy import stats

from emobench.tasks.bias_intervals import Jackknife, covariance, intervals, jackknife_of, p_after_holm


def estimates(people):
    """(1+B, k) means of everybody, and without each person."""
    total = people.sum(axis=0)
    return np.array([total / len(people), *((total - one) / (len(people) - 1) for one in people)])


def test_a_mean_has_the_interval_and_p_of_the_t_test():
    """For the mean of people's numbers this is Student's t; p are adjusted after Holm."""
    people = np.random.default_rng(0).normal(0.4, 1, (12, 2))
    jackknife, values = Jackknife(np.zeros(12, int), (12, 0, 0)), estimates(people)
    tests = [stats.ttest_1samp(column, 0) for column in people.T]
    for one, test in zip(intervals(jackknife, values), tests, strict=True):
        assert (one.low, one.high) == pytest.approx(tuple(test.confidence_interval()))
    small, large = sorted(test.pvalue for test in tests)
    assert sorted(p_after_holm(jackknife, values)) == pytest.approx([2 * small, max(2 * small, large)])
    np.testing.assert_allclose(covariance(jackknife, values), np.cov(people.T) / 12)


def test_people_are_counted_by_where_they_are_found():
    """Strata have their people, however these are dealt into blocks."""
    assert jackknife_of(distances(people=9, only_first=8, blocks=2)).people == (9, 8, 0)
    apart = jackknife_of(distances(people=9, shared=False))
    assert (apart.people, apart.few, apart.freedom) == ((0, 9, 9), (), 16)


@pytest.mark.parametrize(
    ("people", "only_first", "counts", "few"),
    [(8, 7, (15, 0, 0), ()), (8, 8, (8, 8, 0), ()), (7, 7, (7, 7, 0), (0, 1)), (7, 9, (7, 9, 0), (0,))],
)
def test_few_people_of_one_dataset_join_those_of_both(people, only_first, counts, few):
    """They are no stratum of their own and cost no interval, if those of both are enough; others stay apart."""
    toy = distances(people=people, only_first=only_first)
    found = jackknife_of(toy)
    assert (found.people, found.few) == (counts, few)
    assert found.stratum.tolist() == [0] * people + [0 if sum(counts) == counts[0] else 1] * only_first
    assert found.freedom == people + only_first - np.count_nonzero(counts)
    assert toy.stratum.tolist() == [0] * people + [1] * only_first


def test_few_people_of_either_dataset_join_together():
    """People of the first and of the second alone become one stratum with those of both; nobody joins without these."""
    few = distances(people=11, only_first=4)
    stratum = np.array([0] * 8 + [1] * 4 + [2] * 3)
    found = jackknife_of(type(few)(**{**vars(few), "stratum": stratum}))
    assert (found.people, found.few, found.freedom) == ((15, 0, 0), (), 14)
    apart = jackknife_of(distances(people=5, shared=False))
    assert (apart.people, apart.few) == ((0, 5, 5), (1, 2))


@pytest.mark.parametrize(("people", "few"), [((7, 0, 0), (0,)), ((20, 1, 8), (1,)), ((0, 8, 7), (2,)), ((8, 0, 8), ())])
def test_below_eight_people_of_a_kind_there_is_no_interval(people, few):
    """A stratum that exists and has fewer takes intervals and p from everything."""
    jackknife = Jackknife(np.repeat([0, 1, 2], people), people)
    values = estimates(np.random.default_rng(1).normal(size=(sum(people), 3)))
    assert jackknife.few == few
    assert [one is None for one in intervals(jackknife, values)] == [bool(few)] * 3
    assert [p is None for p in p_after_holm(jackknife, values)] == [bool(few)] * 3
    assert covariance(jackknife, values) is not None


def test_an_undefined_value_has_no_interval_and_spoils_all_p():
    """Holm is over a fixed set: with one p missing there are none; intervals of the others stay."""
    jackknife = Jackknife(np.zeros(9, int), (9, 0, 0))
    values = estimates(np.random.default_rng(2).normal(size=(9, 3)))
    values[4, 1] = np.nan
    assert [one is None for one in intervals(jackknife, values)] == [False, True, False]
    assert p_after_holm(jackknife, values) == [None] * 3
    assert covariance(jackknife, values) is None


def test_one_block_tells_nothing():
    """Where no stratum has two blocks, no covariance is made of nothing."""
    assert covariance(Jackknife(np.array([0, 1]), (9, 9, 0)), np.ones((3, 2))) is None
