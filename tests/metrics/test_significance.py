"""Do tests over people err as often as they say?"""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import permutation_test, ttest_1samp

from emobench.metrics import significance
from emobench.metrics.significance import holm, paired_sign_flip, smallest_detectable

Array = NDArray[np.float64]
# Eighths are exact in binary, so that ties are ties in any order of summation.
DIFFERENCES = st.lists(st.integers(-8, 8).map(lambda eighths: eighths / 8), max_size=9).map(np.array)
P_VALUES = st.lists(st.integers(0, 40).map(lambda forties: forties / 40), max_size=8)


def naive_sign_flip(differences: Array) -> float:
    """Every sign of every person, one after the other."""
    far = abs(float(differences.sum()))
    sums = [
        sum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return float(np.mean([abs(total) >= far for total in sums]))


def rejected_by_steps(p_values: list[float], alpha: float) -> list[bool]:
    """Holm's procedure as he wrote it: smallest first, alpha / (tests left), stop at the first that fails."""
    rejected = [False] * len(p_values)
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        if p_values[index] * (len(p_values) - step) > alpha:
            break
        rejected[index] = True
    return rejected


@given(DIFFERENCES)
def test_sign_flip_counts_all_signs(differences: Array) -> None:
    """The exact p is the share of all signs whose sum is at least as far from zero, ties included."""
    assert paired_sign_flip(differences) == pytest.approx(naive_sign_flip(differences), abs=1e-12)


def test_sign_flip_is_scipys_permutation_test() -> None:
    """For paired samples the exact p is that of scipy's permutation test."""
    differences = np.random.default_rng(0).normal(0.5, size=10)

    def total(a: Any, b: Any, axis: int) -> Any:
        return np.sum(a - b, axis=axis)

    pair = (differences, np.zeros(10))
    expected = permutation_test(pair, total, permutation_type="samples", vectorized=True, n_resamples=2**10)
    assert paired_sign_flip(differences) == pytest.approx(float(expected.pvalue), abs=1e-12)


@pytest.mark.parametrize("people", [1, 2, 8, 24, 28])
def test_people_who_all_agree_give_the_smallest_p(people: int) -> None:
    """When all differences have one sign, only that sign and its opposite are as extreme."""
    differences = np.random.default_rng(1).uniform(0.1, 1, people)
    assert paired_sign_flip(differences) == pytest.approx(2 / 2**people)
    assert paired_sign_flip(-differences) == pytest.approx(2 / 2**people)


@pytest.mark.parametrize("differences", [[], [0.0], [0.0] * 30, [0.1, -0.1], [0.1, 0.2, -0.3]])
def test_no_difference_has_p_one(differences: list[float]) -> None:
    """Nobody, zeros, and differences that cancel (but for rounding) give exactly 1."""
    assert paired_sign_flip(np.array(differences)) == 1.0


def test_sampled_signs_agree_with_all_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the exact range, sampled signs give nearly the same p, reproducibly, and never 0."""
    differences = np.random.default_rng(3).normal(0.25, 1, 24)
    exact = paired_sign_flip(differences)
    monkeypatch.setattr(significance, "EXACT_PEOPLE", 8)
    sampled = paired_sign_flip(differences, resamples=20_000, seed=1)
    assert 0.05 < exact < 0.95
    assert sampled == pytest.approx(exact, abs=0.015)
    assert sampled == paired_sign_flip(differences, resamples=20_000, seed=1)
    assert sampled != paired_sign_flip(differences, resamples=20_000, seed=2)
    monkeypatch.setattr(significance, "CHUNK", 1000)
    assert sampled == paired_sign_flip(differences, resamples=20_000, seed=1)
    assert paired_sign_flip(np.ones(60), resamples=99) == 0.01


def test_sign_flip_errs_as_often_as_it_says() -> None:
    """Without any effect, p is below 0.05 in about 5 % of studies."""
    generator = np.random.default_rng(4)
    below = np.mean([paired_sign_flip(generator.normal(size=12)) <= 0.05 for _ in range(1000)])
    assert below == pytest.approx(0.05, abs=0.02)


@given(P_VALUES, st.integers(0, 39).map(lambda forties: forties / 40))
def test_holm_rejects_what_the_procedure_rejects(p_values: list[float], alpha: float) -> None:
    """An adjusted p is at most alpha exactly when Holm's stepwise procedure at alpha rejects that test."""
    adjusted = holm(np.array(p_values))
    assert [bool(p <= alpha) for p in adjusted] == rejected_by_steps(p_values, alpha)


@given(P_VALUES, st.integers(0, 5))
def test_what_was_not_tested_counts_as_one(p_values: list[float], more: int) -> None:
    """A set of more tests than were done is the same set with p = 1 for the others; a smaller one is refused."""
    whole = holm(np.array([*p_values, *[1.0] * more]))[: len(p_values)]
    assert holm(np.array(p_values), len(p_values) + more).tolist() == whole.tolist()
    with pytest.raises(ValueError, match="fixed set"):
        holm(np.array(p_values), len(p_values) - 1)


@given(P_VALUES)
def test_holm_never_lowers_a_p(p_values: list[float]) -> None:
    """Adjusted p-values lie between p and min(1, m p), in the order of the p-values."""
    given_p, adjusted = np.array(p_values), holm(np.array(p_values))
    assert (adjusted >= given_p).all()
    assert (adjusted <= np.minimum(1, len(given_p) * given_p)).all()
    assert (np.diff(adjusted[np.argsort(given_p, kind="stable")]) >= 0).all()


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(bad: float) -> None:
    """Holm refuses numbers outside 0 to 1, and the sign-flip test people without a score."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(np.array([0.5, bad]))
    with pytest.raises(ValueError, match="must be finite"):
        paired_sign_flip(np.array([0.5, np.nan]))


def test_smallest_detectable_of_24_people() -> None:
    """With the sd of .11 that RAVDESS people have, 24 of them cannot show gains under 5 to 8 points."""
    people = np.random.default_rng(5).normal(size=24)
    people = 0.11 * (people - people.mean()) / people.std(ddof=1)
    assert 0.05 < smallest_detectable(people) < 0.08
    assert smallest_detectable(people, power=0.5) == pytest.approx(1.959964 * 0.11 / np.sqrt(24), rel=1e-5)


def test_smallest_detectable_is_detected_with_its_power() -> None:
    """Studies whose true difference is the smallest detectable one find it in about 80 % of cases."""
    generator = np.random.default_rng(6)
    delta = smallest_detectable(np.array([-1.0, 1.0] * 12)) / np.std([-1.0, 1.0] * 12, ddof=1)
    studies = generator.normal(delta, 1, (4000, 24))
    assert np.mean(ttest_1samp(studies, 0, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("people", [0, 1])
def test_one_person_detects_nothing(people: int) -> None:
    """Without a spread between people there is no smallest detectable difference."""
    assert np.isnan(smallest_detectable(np.ones(people)))
