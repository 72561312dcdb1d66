"""How wrong is a batch? The two losses of training: class-weighted cross-entropy, and 1 - CCC."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from emobench.domain.errors import DataError

BatchLoss = Callable[[Tensor, Tensor], Tensor]  # (scores (batch, outputs), truth (batch,)) -> ()


def loss_for(truth: Tensor, classes: int | None) -> BatchLoss:
    """The loss of an attribute, from the truth of the training part: (clips,) int64 classes or float32 values.

    Args:
        truth: of all training clips.
        classes: how many there are; None for a dimension.

    Raises:
        DataError: a class is missing from the training part, or a value is not finite.
    """
    if classes is not None:
        return partial(weighted_cross_entropy, weights=class_weights(truth, classes))
    if not bool(truth.isfinite().all()):
        raise DataError("training needs finite labels.", found=f"{int((~truth.isfinite()).sum())} are not")
    return ccc_loss


def class_weights(truth: Tensor, classes: int) -> Tensor:
    """What a clip of each class weighs, (classes,) float32: clips / (classes * clips of the class).

    Raises:
        DataError: a class has no clip.
    """
    counts = torch.bincount(truth, minlength=classes)
    if bool((counts == 0).any()):
        missing = (counts == 0).nonzero()[:, 0].tolist()
        raise DataError(
            "a class is missing from a training part, so it cannot be learned there.",
            found=f"no clip of class {missing} (counted from 0) among {len(truth)}",
        )
    return len(truth) / (classes * counts.float())


def weighted_cross_entropy(scores: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """Minus the log-probability of the true class, averaged over the batch with the weights of the true classes."""
    return F.cross_entropy(scores.float(), truth, weight=weights.to(scores.device))


def ccc_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """1 - CCC of the whole batch, in 0 to 2; variances are the population's (divided by n).

    A batch without any spread and without a gap has loss 0, one of a single clip loss 1 (or 0) and no gradient that
    means anything.

    Source:
        Lin 1989, A concordance correlation coefficient to evaluate reproducibility, https://doi.org/10.2307/2532051
    """
    predicted, true = scores[:, 0].double(), truth.double()
    mean_predicted, mean_true = predicted.mean(), true.mean()
    covariance = ((predicted - mean_predicted) * (true - mean_true)).mean()
    gap = (mean_predicted - mean_true).square()
    whole = predicted.var(correction=0) + true.var(correction=0) + gap
    return 1 - torch.where(whole > 0, 2 * covariance / whole.clamp_min(torch.finfo(torch.float64).tiny), 1.0)
