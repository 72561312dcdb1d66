"""What is a fitted probe, and which scores does it give?"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class LinearProbes:
    """Linear heads on one layer, for every problem and strength.

    Attributes:
        weight: (problems, strengths, width, outputs), in standardised features.
        bias: (problems, strengths, outputs).
        mean: (problems, width), of the training clips.
        scale: (problems, width), 1 / sd of the training clips, 0 where that sd is below 1e-6.
        iterations: (problems, strengths) int64, 0 for a closed form.
        converged: (problems, strengths) bool; false where the limit of iterations, or of float32, came first.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    scale: Tensor
    iterations: Tensor
    converged: Tensor

    def scores(self, features: Tensor) -> Tensor:
        """Scores of ``features`` (clips, width) from every probe: (problems, strengths, clips, outputs)."""
        return torch.stack([self.scores_of(problem, features) for problem in range(len(self.weight))])

    def scores_of(self, problem: int, features: Tensor, strengths: Sequence[int] | None = None) -> Tensor:
        """Scores from one problem, of all strengths or those with these indices: (strengths, clips, outputs)."""
        chosen = slice(None) if strengths is None else list(strengths)
        standard = (features - self.mean[problem]) * self.scale[problem]
        return standard @ self.weight[problem, chosen] + self.bias[problem, chosen][:, None]


@dataclass(frozen=True)
class WeightedSumProbes:
    """Linear heads on a weighted sum of layers, for every problem and strength.

    Attributes:
        weight: (problems, strengths, width, outputs), in the weighted sum of standardised layers.
        bias: (problems, strengths, outputs).
        layer_weights: (problems, strengths, layers), positive, one in sum.
        mean: (problems, layers, width), of the training clips.
        scale: (problems, layers, width), 1 / sd of the training clips, 0 where that sd is below 1e-6.
        iterations: (problems, strengths) int64.
        converged: (problems, strengths) bool; false where the limit of iterations, or of float32, came first.
    """

    weight: Tensor
    bias: Tensor
    layer_weights: Tensor
    mean: Tensor
    scale: Tensor
    iterations: Tensor
    converged: Tensor

    def scores(self, features: Tensor) -> Tensor:
        """Scores of ``features`` (layers, clips, width) from every probe: (problems, strengths, clips, outputs)."""
        return torch.stack([self.scores_of(problem, features) for problem in range(len(self.weight))])

    def scores_of(self, problem: int, features: Tensor, strengths: Sequence[int] | None = None) -> Tensor:
        """Scores from one problem, of all strengths or those with these indices: (strengths, clips, outputs)."""
        chosen = slice(None) if strengths is None else list(strengths)
        standard = (features - self.mean[problem][:, None]) * self.scale[problem][:, None]
        by_layer = standard @ self.weight[problem, chosen][:, None]  # (strengths, layers, clips, outputs)
        shares = self.layer_weights[problem, chosen][..., None, None]
        return (by_layer * shares).sum(1) + self.bias[problem, chosen][:, None]


Probes = TypeVar("Probes", LinearProbes, WeightedSumProbes)


def side_by_side(parts: Sequence[Probes]) -> Probes:
    """The probes of several sets of problems as one, in order."""
    kind = type(parts[0])
    return kind(**{field.name: torch.cat([getattr(part, field.name) for part in parts]) for field in fields(kind)})
