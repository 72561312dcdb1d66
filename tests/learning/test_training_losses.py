"""Are the losses of a batch what their formulas say, with gradients that lead down?"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.domain.errors import DataError
from emobench.learning.batch_losses import ccc_loss, class_weights, loss_for, weighted_cross_entropy

numbers = st.floats(-50, 50, allow_nan=False, width=32)
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=40).filter(lambda labels: set(labels) == {0, 1, 2, 3}))
def test_class_weights_balance(labels):
    """Every class weighs the same in sum, and all clips together weigh as many as they are."""
    weights = class_weights(torch.tensor(labels), 4)
    sums = [sum(float(weights[label]) for label in labels if label == wanted) for wanted in range(4)]
    assert sums == pytest.approx([len(labels) / 4] * 4, rel=1e-5)


def test_a_missing_class_is_an_error():
    """A training part without a class is refused, and the class is named."""
    with pytest.raises(DataError, match=r"class \[1\]"):
        loss_for(torch.tensor([0, 2, 2]), 3)


def test_labels_that_are_no_numbers_are_refused():
    """A dimension with NaN among its labels is refused before training."""
    with pytest.raises(DataError, match="1 are not"):
        loss_for(torch.tensor([0.0, math.nan]), None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), numbers, numbers, numbers), min_size=1, max_size=10))
def test_cross_entropy_is_the_weighted_mean(rows):
    """Minus log softmax of the true class, times its weight, summed and divided by the weights' sum: by loops."""
    weights, total, mass = [0.5, 1.0, 2.5], 0.0, 0.0
    for label, *scores in rows:
        top = max(scores)
        log_sum = top + math.log(sum(math.exp(score - top) for score in scores))
        total += weights[label] * (log_sum - scores[label])
        mass += weights[label]
    truth, scores = torch.tensor([row[0] for row in rows]), torch.tensor([row[1:] for row in rows])
    found = weighted_cross_entropy(scores, truth, torch.tensor(weights))
    assert float(found) == pytest.approx(total / mass, rel=1e-4, abs=1e-5)


@settings(deadline=None)
@given(pairs)
def test_ccc_loss_is_lins_formula(rows):
    """1 - 2 cov / (var + var + gap^2) with population moments, by numpy in float64; 0 where nothing differs."""
    truth, prediction = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    whole = truth.var() + prediction.var() + (truth.mean() - prediction.mean()) ** 2
    covariance = ((truth - truth.mean()) * (prediction - prediction.mean())).mean()
    expected = 1 - 2 * covariance / whole if whole > 0 else 0.0
    scores = torch.tensor(prediction, dtype=torch.float32)[:, None]
    found = ccc_loss(scores, torch.tensor(truth, dtype=torch.float32))
    assert float(found) == pytest.approx(expected, abs=1e-6)
    assert -1e-9 <= float(found) <= 2 + 1e-9


def test_ccc_loss_of_a_shift():
    """Truth 1 to 5 and predictions one higher: 1 - 0.8, not the 0.833 of n - 1 variances."""
    truth = torch.arange(1.0, 6.0)
    assert float(ccc_loss(truth[:, None] + 1, truth)) == pytest.approx(0.2)


@pytest.mark.parametrize("truth", [[1.0, 2.0, 4.0], [3.0, 3.0, 3.0], [2.0]])
def test_ccc_loss_has_finite_gradients(truth):
    """Constant truth, constant predictions and a single clip give gradients that are numbers."""
    for prediction in (truth, [1.0] * len(truth)):
        scores = torch.tensor(prediction)[:, None].requires_grad_(True)
        (gradient,) = torch.autograd.grad(ccc_loss(scores, torch.tensor(truth)), scores)
        assert gradient.isfinite().all()
