"""Are scores of dimensions what their formulas say?"""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import pearsonr
from sklearn.metrics import r2_score, root_mean_squared_error

from emobench.metrics.regression import ccc, moments, moments_by_group, pearson, r2, rmse

Array = NDArray[np.float64]
RATING = st.floats(-10, 10).map(lambda value: round(value, 3))
PAIRS = st.lists(st.tuples(RATING, RATING), min_size=2, max_size=30).map(np.array)
ONE_TO_FIVE = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def naive_ccc(truth: Array, prediction: Array) -> float:
    """Lin's formula as he wrote it, with variances divided by n."""
    covariance = np.mean((truth - truth.mean()) * (prediction - prediction.mean()))
    return float(2 * covariance / (truth.var() + prediction.var() + (truth.mean() - prediction.mean()) ** 2))


@given(PAIRS)
def test_ccc_is_lins_formula(pairs: Array) -> None:
    """CCC from sums equals Lin's formula computed from the clips."""
    truth, prediction = pairs.T
    assume(truth.std() > 1e-2 and prediction.std() > 1e-2)
    assert float(ccc(moments(truth, prediction))) == pytest.approx(naive_ccc(truth, prediction), abs=1e-7)


def test_ccc_uses_population_variances() -> None:
    """Truth 1..5 against truth + 1 is 0.800; mixing in n - 1 variances would give 0.833."""
    assert float(ccc(moments(ONE_TO_FIVE, ONE_TO_FIVE + 1))) == pytest.approx(0.800, abs=1e-12)


@given(PAIRS)
def test_other_scores_match_their_references(pairs: Array) -> None:
    """Pearson, RMSE and R2 from sums equal scipy's and scikit-learn's from the clips."""
    truth, prediction = pairs.T
    assume(truth.std() > 1e-2 and prediction.std() > 1e-2)
    sums = moments(truth, prediction)
    assert float(pearson(sums)) == pytest.approx(pearsonr(truth, prediction).statistic, abs=1e-7)
    assert float(rmse(sums)) == pytest.approx(root_mean_squared_error(truth, prediction), abs=1e-6)
    assert float(r2(sums)) == pytest.approx(r2_score(truth, prediction), rel=1e-6, abs=1e-6)


@given(PAIRS, st.integers(1, 4))
def test_groups_add_up_to_all_clips(pairs: Array, groups: int) -> None:
    """Each group's sums are over its own clips, and together they are the sums over all clips."""
    truth, prediction = pairs.T
    group = np.arange(len(truth)) % groups
    found = moments_by_group(truth, prediction, group, groups)
    assert found.shape == (groups, 6)
    assert np.allclose(found.sum(0), moments(truth, prediction))
    for one in range(groups):
        t, p = truth[group == one], prediction[group == one]
        assert np.allclose(found[one], [len(t), t.sum(), p.sum(), t @ t, p @ p, t @ p])


@pytest.mark.parametrize("score", [ccc, pearson, rmse, r2])
def test_the_centre_changes_no_score(score: Any) -> None:
    """Subtracting a constant from both sides leaves every score, and rescues labels far from zero."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=50)
    prediction = truth + generator.normal(size=50)
    expected = float(score(moments(truth, prediction)))
    assert float(score(moments(truth, prediction, centre=0.7))) == pytest.approx(expected, abs=1e-12)
    far = moments(truth + 1e7, prediction + 1e7, centre=1e7)
    assert float(score(far)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("score", [ccc, pearson, rmse, r2])
def test_leading_axes_stay(score: Any) -> None:
    """A score of a stack of sums is the stack of their scores, and whole weights leave it as it is."""
    generator = np.random.default_rng(1)
    stack = np.stack([[moments(*generator.normal(size=(2, 9))) for _ in range(3)] for _ in range(2)])
    found = score(stack)
    assert found.shape == (2, 3)
    for index in np.ndindex(2, 3):
        assert found[index] == score(stack[index])
    assert np.allclose(score(3 * stack), found)


@pytest.mark.parametrize(
    ("truth", "prediction", "expected"),
    [
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], {"ccc": 1, "pearson": 0, "rmse": 0, "r2": 1}),
        ([0.1, 0.1, 0.1], [0.3, 0.3, 0.3], {"ccc": 0, "pearson": 0, "rmse": 0.2, "r2": 0}),
        ([1.0, 2.0, 3.0], [0.7, 0.7, 0.7], {"ccc": 0, "pearson": 0, "rmse": 1.5351, "r2": -2.535}),
        ([0.7, 0.7, 0.7], [1.0, 2.0, 3.0], {"ccc": 0, "pearson": 0, "rmse": 1.5351, "r2": 0}),
        ([0.0, 0.0], [0.0, 0.0], {"ccc": 1, "pearson": 0, "rmse": 0, "r2": 1}),
        ([4.2], [4.2], {"ccc": 1, "pearson": 0, "rmse": 0, "r2": 1}),
    ],
)
def test_constants_have_decided_scores(truth: list[float], prediction: list[float], expected: dict[str, float]) -> None:
    """Constant truth or prediction gives the documented numbers, never nan, a warning or rounding noise."""
    sums = moments(np.array(truth), np.array(prediction))
    found = {
        name: float(score(sums)) for name, score in (("ccc", ccc), ("pearson", pearson), ("rmse", rmse), ("r2", r2))
    }
    assert found == pytest.approx(expected, abs=1e-4)


@given(st.floats(-10, 10), st.integers(1, 50))
def test_a_repeated_number_is_constant(value: float, clips: int) -> None:
    """However often and whatever number is repeated, rounding does not make it vary."""
    truth = np.full(clips, value)
    assert float(ccc(moments(truth, truth))) == 1
    assert float(ccc(moments(truth, np.arange(clips) / 7.0 + value + 1))) == 0


@pytest.mark.parametrize("score", [ccc, pearson, rmse, r2])
def test_nothing_to_score_is_nan(score: Any) -> None:
    """No clips give nan without a warning, alone and in a stack."""
    stack = np.stack([np.zeros(6), moments(ONE_TO_FIVE, ONE_TO_FIVE)])
    assert np.isnan(score(stack)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("truth", "prediction", "group"),
    [([1.0, np.nan], [1.0, 1.0], [0, 1]), ([1.0, 1.0], [np.inf, 1.0], [0, 1]), ([1.0, 1.0], [1.0], [0, 1])],
)
def test_numbers_that_cannot_be_summed_are_refused(
    truth: list[float], prediction: list[float], group: list[int]
) -> None:
    """A label or prediction that is not finite, or is missing, is an error instead of a nan further on."""
    with pytest.raises(ValueError, match=r"must be finite|predictions and"):
        moments_by_group(np.array(truth), np.array(prediction), np.array(group), groups=2)


@pytest.mark.parametrize("group", [[0, 2], [-1, 0]])
def test_groups_out_of_range_are_refused(group: list[int]) -> None:
    """A group index outside 0 to G - 1 is an error."""
    with pytest.raises(ValueError, match="outside 0 to 1"):
        moments_by_group(np.ones(2), np.ones(2), np.array(group), groups=2)
