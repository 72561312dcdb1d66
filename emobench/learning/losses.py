"""How far are scores from truth? The two losses of the probes, with what a descent must know of them.

Scores are (problems, strengths, outputs, clips): clips come last, so that sums over outputs run along whole vectors.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Loss(Protocol):
    """A sum over clips that is smooth and convex in the scores."""

    @property
    def outputs(self) -> int:
        """How many scores a clip gets."""
        ...

    def height(self, scores: Tensor) -> Tensor:
        """The loss, summed over clips in float64: (problems, strengths)."""
        ...

    def slope(self, scores: Tensor) -> Tensor:
        """Its derivative by every score, in the shape of ``scores``."""
        ...

    def bend(self, scores: Tensor) -> Tensor:
        """One second derivative per clip that stands for all outputs: (problems, strengths, clips)."""
        ...


@dataclass(frozen=True)
class SoftmaxLoss:
    """Multinomial log-loss.

    Attributes:
        truth: (problems, 1, classes, clips) float32, one-hot; all zero for a clip that is only padding.
        present: (problems, 1, 1, clips) float32, 0 for padding.
    """

    truth: Tensor
    present: Tensor

    @property
    def outputs(self) -> int:
        """The number of classes."""
        return self.truth.shape[2]

    def height(self, scores: Tensor) -> Tensor:
        """Minus the log-probability of the true class, summed over clips: (problems, strengths) float64."""
        return -(scores.log_softmax(2) * self.truth).sum((2, 3), dtype=torch.float64)

    def slope(self, scores: Tensor) -> Tensor:
        """Probability minus truth."""
        return scores.softmax(2) * self.present - self.truth

    def bend(self, scores: Tensor) -> Tensor:
        """Sum of 2 p (1 - p) / classes: exact for two classes, else between the mean curvature and twice that.

        The true curvature is diag(p) - pp'. Its bound by a constant (Boehning 1992,
        https://doi.org/10.1007/BF00048682) is four times too steep for clips that are fitted well.
        """
        chance = scores.softmax(2)
        return (chance * (1 - chance) * self.present).sum(2) * (2 / self.outputs)


@dataclass(frozen=True)
class SquaredLoss:
    """Half the squared error.

    Attributes:
        truth: (problems, 1, 1, clips) float32.
        present: (problems, 1, 1, clips) float32, 0 for padding.
    """

    truth: Tensor
    present: Tensor

    @property
    def outputs(self) -> int:
        """One score a clip."""
        return 1

    def height(self, scores: Tensor) -> Tensor:
        """Half the squared error, summed over clips: (problems, strengths) float64."""
        return 0.5 * ((scores - self.truth).square() * self.present).sum((2, 3), dtype=torch.float64)

    def slope(self, scores: Tensor) -> Tensor:
        """Score minus truth."""
        return (scores - self.truth) * self.present

    def bend(self, scores: Tensor) -> Tensor:
        """One, wherever there is a clip."""
        return self.present[:, :, 0].expand(-1, scores.shape[1], -1)
