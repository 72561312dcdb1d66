"""How many coordinates do a few clips need? Never more than there are clips, and a penalised head loses nothing."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Reduction:
    """Clips in an orthonormal basis of the space they span, X = ZQ', and the way back.

    The minimum of any loss of Xw + |w|^2 / 2C lies in that space (representer theorem: Kimeldorf and Wahba 1971,
    https://doi.org/10.1016/0022-247X(71)90184-3), so that fitting Z gives the same scores and the same objective.

    Attributes:
        clips: Z, (problems, clips, fewer): as wide as there are clips, or untouched where there are enough.
        reflections: (problems, width, fewer), Q as LAPACK's Householder reflections; None for the identity.
        factors: (problems, fewer), their scales; None for the identity.
    """

    clips: Tensor
    reflections: Tensor | None
    factors: Tensor | None

    def restore(self, weight: Tensor) -> Tensor:
        """Qw: weights (problems, heads, fewer) for the original features, (problems, heads, width)."""
        if self.reflections is None or self.factors is None:
            return weight
        missing = self.reflections.shape[1] - weight.shape[2]
        return torch.ormqr(self.reflections, self.factors, F.pad(weight, (0, missing)).mT).mT


def reduced(clips: Tensor) -> Reduction:
    """Reduce ``clips`` (problems, clips, width) by a QR decomposition of the transpose, if they are fewer than wide."""
    _, count, width = clips.shape
    if count >= width:
        return Reduction(clips, None, None)
    reflections, factors = torch.geqrf(clips.mT)
    return Reduction(reflections[:, :count].triu().mT.contiguous(), reflections, factors)
