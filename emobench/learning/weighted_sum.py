"""Which layers does a probe want? The learned weighted sum: softmax weights over layers, then one linear head.

The idea is SUPERB's (Yang et al. 2021, https://arxiv.org/abs/2105.01051). Pooling over time is linear, so that the sum
may be taken of pooled layers. Every layer is standardised by its own training statistics.

The objective is the logistic (or ridge) probe's, with layer logits that nothing penalises, and it is **not convex**:
what comes out is a stationary point, the one below the uniform sum from which the descent starts. Where layers do not
share their coordinates, mixing them shrinks the features and |w|^2 has to grow, so that the minima lie where one layer
has all the weight (BYOL-S on RAVDESS: more than 99.99 % in every fit). Layer weights say which layer won, not how much
each one knows; where two are nearly equal, rounding may decide.
"""

from collections.abc import Sequence

from torch import Tensor

from emobench.learning.descent import minimise
from emobench.learning.linear import WeightedSumProbes
from emobench.learning.losses import LogLoss, Loss, SquaredLoss
from emobench.learning.objective import Objective
from emobench.learning.problems import Problems, check_classes, check_finite
from emobench.learning.workers import fit_parts


def fit_weighted_sum(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int
) -> WeightedSumProbes:
    """Fit layer weights and a logistic head to the training part of every problem, once per strength.

    Args:
        features: (layers, clips, width) float32, at least one layer.
        truth: (clips,) int64, classes from 0.
        training: (problems, clips) bool, the training clips of every problem.
        strengths: scikit-learn's C; smaller is stronger.
        classes: how many there are.

    Raises:
        DataError: features that are not finite, or a class missing from a training part.
    """
    check_finite(features, "features")
    check_classes(truth, training, classes)

    def fit(problems: Problems) -> WeightedSumProbes:
        return _fit(problems, LogLoss.of(problems, truth, classes), strengths)

    return fit_parts(features, training, fit)


def fit_weighted_sum_ridge(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float]
) -> WeightedSumProbes:
    """Fit layer weights and a linear head to a dimension: half the squared error, ``truth`` (clips,) float32.

    Other arguments as for ``fit_weighted_sum``; outputs = 1.

    Raises:
        DataError: features or truth that are not finite.
    """
    check_finite(features, "features")
    check_finite(truth[:, None], "truth")

    def fit(problems: Problems) -> WeightedSumProbes:
        return _fit(problems, SquaredLoss.of(problems, truth), strengths)

    return fit_parts(features, training, fit)


def _fit(problems: Problems, loss: Loss, strengths: Sequence[float]) -> WeightedSumProbes:
    objective = Objective.of(problems, loss, strengths)
    minimum = minimise(objective)
    heads = objective.heads(minimum.parameters)
    return WeightedSumProbes(
        weight=heads[..., :-1].mT.contiguous(),
        bias=heads[..., -1],
        layer_weights=objective.shares(minimum.parameters),
        mean=problems.mean,
        scale=problems.scale,
        iterations=minimum.iterations,
        converged=minimum.converged,
    )
