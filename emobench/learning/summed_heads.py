"""How does a probe of one layer, or of several, become a head that can go on in another domain?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from emobench.learning.linear import LinearProbes, WeightedSumProbes
from emobench.learning.logistic import fit_logistic
from emobench.learning.pulled import Head, statistics
from emobench.learning.ridge import fit_ridge
from emobench.learning.weighted_sum import fit_weighted_sum, fit_weighted_sum_ridge


@dataclass(frozen=True)
class SummedLayers:
    """How layers (layers, width) become what a head reads: each standardised, then summed with its share (layers,)."""

    mean: Tensor
    scale: Tensor
    shares: Tensor

    def of(self, features: Tensor) -> Tensor:
        """(layers, clips, width) -> (clips, width)."""
        standard = (features - self.mean[:, None]) * self.scale[:, None]
        return (standard * self.shares[:, None, None]).sum(0)

    def aligned(self, features: Tensor) -> "SummedLayers":
        """The same shares, standardised by the statistics of other clips (layers, clips, width)."""
        mean, scale = zip(*map(statistics, features), strict=True)
        return SummedLayers(torch.stack(mean), torch.stack(scale), self.shares)


@dataclass(frozen=True)
class SummedHead:
    """A head, and the layers it reads."""

    layers: SummedLayers
    head: Head

    def scores(self, features: Tensor) -> Tensor:
        """Scores of features (layers, clips, width): (clips, outputs)."""
        return self.head.scores(self.layers.of(features))


def fit_heads(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int
) -> tuple[list[SummedHead], int]:
    """A head for every strength, of one layer or of the learned weighted sum of several; how many did not converge.

    Args:
        features: (layers, clips, width) float32.
        truth: (clips,), classes (int64), or values (float32) where ``classes`` is 0.
        training: (clips,) bool.
        strengths: C, rising.
        classes: how many there are, 0 for a dimension.

    Raises:
        DataError: a class missing from the training clips, or features that are not finite.
    """
    probes = _fit(features, truth, training[None], strengths, classes)
    learned_from = features[:, training]
    heads = [_summed_head(probes, place, learned_from) for place in range(len(strengths))]
    return heads, int((~probes.converged).sum())


def _fit(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int
) -> LinearProbes | WeightedSumProbes:
    if len(features) > 1:
        if classes:
            return fit_weighted_sum(features, truth, training, strengths, classes)
        return fit_weighted_sum_ridge(features, truth, training, strengths)
    if classes:
        return fit_logistic(features[0], truth, training, strengths, classes)
    return fit_ridge(features[0], truth, training, strengths)


def _summed_head(probes: LinearProbes | WeightedSumProbes, place: int, features: Tensor) -> SummedHead:
    """A probe as a head on standardised sums; ``features`` (layers, clips, width) are what it was fitted to."""
    if isinstance(probes, WeightedSumProbes):
        layers = SummedLayers(probes.mean[0], probes.scale[0], probes.layer_weights[0, place])
    else:
        layers = SummedLayers(probes.mean[:1], probes.scale[:1], features.new_ones(1))
    mean, scale = statistics(layers.of(features))
    weight, bias = probes.weight[0, place], probes.bias[0, place]
    spread = torch.where(scale > 0, 1 / scale, 0.0)
    return SummedHead(layers, Head(weight * spread[:, None], bias + mean @ weight, mean, scale))
