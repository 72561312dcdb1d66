"""How well does a line through the features tell classes apart? Logistic probes, all problems and strengths at once."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from emobench.learning.descent import descend
from emobench.learning.landscape import Landscape
from emobench.learning.linear import LinearProbes
from emobench.learning.losses import SoftmaxLoss
from emobench.learning.problems import Problems, check_classes, check_finite, training_parts


def fit_logistic(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int
) -> LinearProbes:
    """Fit multinomial logistic regression with scikit-learn's objective, sum of log-losses + |w|^2 / 2C.
    """
    check_finite(features)
    check_classes(truth, training, classes)
    penalty = 1 / torch.tensor(strengths, dtype=features.dtype, device=features.device)
    parts = [_fit(problems, softmax_loss(problems, truth, classes), penalty) for problems in training_parts(features[None], training)]
    return LinearProbes(*(torch.cat([getattr(part, name) for part in parts]) for name in LinearProbes.__dataclass_fields__))


def softmax_loss(problems, truth, classes):
    one_hot = F.one_hot(truth[problems.chosen], classes).mT[:, None].to(problems.present.dtype)
    present = problems.present[:, None, None]
    return SoftmaxLoss(one_hot * present, present)


def _fit(problems: Problems, loss: SoftmaxLoss, penalty: Tensor) -> LinearProbes:
    clips = problems.clips[:, 0]
    count, width = clips.shape[1:]
    if count < width:
        reflections, factors = torch.geqrf(clips.mT)
        short = reflections[:, :count].triu().mT[:, None]
    else:
        short = problems.clips
    land = Landscape.of(replace(problems, clips=short), loss, penalty)
    end = descend(land)
    heads = land.heads(end.points)
    weight = heads[..., :-1]
    if count < width:
        flat = F.pad(weight.flatten(1, 2).mT, (0, 0, 0, width - count))
        weight = torch.ormqr(reflections, factors, flat).mT.unflatten(1, heads.shape[1:3])
    return LinearProbes(weight.mT, heads[..., -1], problems.mean[:, 0], problems.scale[:, 0], end.iterations, end.converged)
