"""What is a fitted probe, and which scores does it give?"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LinearProbes:
    """Linear heads for every problem and strength.

    Attributes:
        weight: (problems, strengths, width, outputs), in standardised features.
        bias: (problems, strengths, outputs).
        mean: (problems, width), of the training clips.
        scale: (problems, width), 1 / sd of the training clips, 0 where that is below 1e-6.
        iterations: (problems, strengths) int64, 0 for a closed form.
        converged: (problems, strengths) bool; false where the limit of iterations came first.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    scale: Tensor
    iterations: Tensor
    converged: Tensor

    def scores(self, features: Tensor) -> Tensor:
        """Scores of ``features`` (clips, width): (problems, strengths, clips, outputs)."""
        return torch.stack([self.scores_of(problem, features) for problem in range(len(self.weight))])

    def scores_of(self, problem: int, features: Tensor, strengths: Sequence[int] | None = None) -> Tensor:
        """Scores from one problem, all strengths or some (by index): (strengths, clips, outputs)."""
        chosen = slice(None) if strengths is None else list(strengths)
        standard = (features - self.mean[problem]) * self.scale[problem]
        return standard @ self.weight[problem, chosen] + self.bias[problem, chosen][:, None]
