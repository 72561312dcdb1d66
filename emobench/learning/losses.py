"""How far are scores from truth? The two losses of the probes, with what a descent must know of them.

Scores are (problems, strengths, outputs, clips): clips come last, so that sums over outputs run along whole vectors.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from emobench.learning.problems import Problems


class Loss(Protocol):
    """A sum over clips, smooth and convex in the scores."""

    @property
    def outputs(self) -> int:
        """How many scores a clip gets."""
        ...

    def value(self, scores: Tensor) -> Tensor:
        """The loss, summed over clips in float64: (problems, strengths)."""
        ...

    def gradient(self, scores: Tensor) -> Tensor:
        """Its derivative by every score, in the shape of ``scores``."""
        ...

    def curvature(self, scores: Tensor) -> Tensor:
        """One second derivative per clip that stands for all outputs: (problems, strengths, clips)."""
        ...


@dataclass(frozen=True)
class LogLoss:
    """Minus the log-probability of the true class, with a softmax over classes.

    Attributes:
        truth: (problems, 1, classes, clips) float32, one-hot; all zero for a clip that is only padding.
        present: (problems, 1, 1, clips) float32, 0 for padding.
        offset: (problems, 1, classes, clips), added to all scores; None for nothing.
    """

    truth: Tensor
    present: Tensor
    offset: Tensor | None = None

    @staticmethod
    def of(problems: Problems, truth: Tensor, classes: int, offset: Tensor | None = None) -> "LogLoss":
        """The loss of problems whose clips have classes ``truth`` (clips,) int64, from scores beyond ``offset``.

        ``offset`` (clips, classes) is what another probe said already.
        """
        present = problems.present[:, None, None]
        said = None if offset is None else offset[problems.chosen].mT[:, None].to(present.dtype)
        return LogLoss(F.one_hot(truth[problems.chosen], classes).mT[:, None] * present, present, said)

    @property
    def outputs(self) -> int:
        """The number of classes."""
        return self.truth.shape[2]

    def value(self, scores: Tensor) -> Tensor:
        """Summed over clips: (problems, strengths) float64."""
        return -(self._beyond(scores).log_softmax(2) * self.truth).sum((2, 3), dtype=torch.float64)

    def _beyond(self, scores: Tensor) -> Tensor:
        return scores if self.offset is None else scores + self.offset

    def gradient(self, scores: Tensor) -> Tensor:
        """Probability minus truth."""
        return self._beyond(scores).softmax(2) * self.present - self.truth

    def curvature(self, scores: Tensor) -> Tensor:
        """The sum of 2 p (1 - p) over classes, divided by their number.

        The second derivative is diag(p) - pp'. This is exact for two classes and otherwise between its mean and twice
        that, so it falls where clips are fitted well; the constant bound 1/2 (Boehning 1992,
        https://doi.org/10.1007/BF00048682) does not, and costs several times the iterations where C is large.
        """
        chance = self._beyond(scores).softmax(2)
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

    @staticmethod
    def of(problems: Problems, truth: Tensor) -> "SquaredLoss":
        """The loss of problems whose clips have values ``truth`` (clips,) float32."""
        return SquaredLoss(truth[problems.chosen][:, None, None], problems.present[:, None, None])

    @property
    def outputs(self) -> int:
        """One score a clip."""
        return 1

    def value(self, scores: Tensor) -> Tensor:
        """Summed over clips: (problems, strengths) float64."""
        return 0.5 * ((scores - self.truth).square() * self.present).sum((2, 3), dtype=torch.float64)

    def gradient(self, scores: Tensor) -> Tensor:
        """Score minus truth."""
        return (scores - self.truth) * self.present

    def curvature(self, scores: Tensor) -> Tensor:
        """One, wherever there is a clip."""
        return self.present[:, :, 0].expand(-1, scores.shape[1], -1)
