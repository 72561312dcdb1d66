"""How does a head that was fitted in one domain go on in another? Pulled towards what it was, as strongly as pays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from emobench.learning.linear import LinearProbes
from emobench.learning.logistic import fit_logistic
from emobench.learning.problems import FLAT
from emobench.learning.ridge import fit_ridge


@dataclass(frozen=True)
class Head:
    """A linear head on standardised features.

    Attributes:
        weight: (width, outputs).
        bias: (outputs,).
        mean: (width,), of the features it was fitted to.
        scale: (width,), 1 / sd of those features, 0 where they are flat.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    scale: Tensor

    def scores(self, features: Tensor) -> Tensor:
        """Scores of features (clips, width): (clips, outputs)."""
        return (features - self.mean) * self.scale @ self.weight + self.bias

    def aligned(self, features: Tensor) -> "Head":
        """The same head for another domain, whose features (clips, width) are standardised by their own statistics."""
        mean, scale = statistics(features)
        return replace(self, mean=mean, scale=scale)


def statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and 1 / sd (population, 0 where the sd is below 1e-6) of features (clips, width), each (width,)."""
    mean = features.mean(0, dtype=torch.float64)
    sd = (features - mean).square().mean(0, dtype=torch.float64).sqrt()
    return mean.to(features.dtype), torch.where(sd < FLAT, 0.0, 1 / sd).to(features.dtype)


def head_of(probes: LinearProbes, strength: int, problem: int = 0) -> Head:
    """One of several fitted probes."""
    return Head(
        weight=probes.weight[problem, strength],
        bias=probes.bias[problem, strength],
        mean=probes.mean[problem],
        scale=probes.scale[problem],
    )


def fit_from(
    start: Head, features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int
) -> tuple[list[Head], Tensor]:
    """Heads that minimise the sum of losses + |w - w0|^2 / 2C, w0 being ``start`` aligned with the training clips.

    With C towards 0 the head stays what it was (its intercept is free to move), with C large it forgets.

    Args:
        start: a head for features of the same width.
        features: (clips, width) float32.
        truth: (clips,), classes (int64), or values (float32) where ``classes`` is 0.
        training: (clips,) bool.
        strengths: C; smaller holds on more strongly.
        classes: how many there are, 0 for a dimension.

    Returns:
        A head for every strength, and whether its fit converged, (strengths,) bool.
    """
    aligned = start.aligned(features[training])
    said = aligned.scores(features)
    if classes:
        probes = fit_logistic(features, truth, training[None], strengths, classes, said)
    else:
        probes = fit_ridge(features, truth - said[:, 0], training[None], strengths)
    heads = []
    for strength in range(len(strengths)):
        moved = head_of(probes, strength)
        heads.append(replace(aligned, weight=aligned.weight + moved.weight, bias=aligned.bias + moved.bias))
    return heads, probes.converged[0]
