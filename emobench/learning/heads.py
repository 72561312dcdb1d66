"""What reads a model that learns? A linear head on its last layer, or on a learned weighted sum of its layers.

Both standardise what they read by fixed statistics: those of the training clips in the model as it was before it
learned. They are set once (`Head.settle`), at the first stage, and kept in all that follow: a second stage goes on with
the scale that its weights were learned in.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import ClipFeatures
from emobench.learning.order import drawing_from
from emobench.learning.problems import FLAT

Kind = Literal["mean", "weighted_sum"]


class Head(nn.Module):
    """Scores of clips from pooled layers: (batch, outputs), for a dimension in the unit of its truth.

    Args:
        read: indices of the layers that are read, all of one width.
        width: their width.
        outputs: the number of classes; 1 for a dimension.
    """

    mean: Tensor  # (layers read, width)
    scale: Tensor  # (layers read, width), 1 / sd, 0 where the training sd is below 1e-6
    centre: Tensor  # () mean of the training truth of a dimension, else 0
    spread: Tensor  # () its population sd, else 1

    def __init__(self, read: Sequence[int], width: int, outputs: int) -> None:
        super().__init__()
        self.read = tuple(read)
        self.register_buffer("mean", torch.zeros(len(self.read), width))
        self.register_buffer("scale", torch.ones(len(self.read), width))
        self.register_buffer("centre", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))
        self.linear = nn.Linear(width, outputs)

    def settle(self, features: ClipFeatures, truth: Tensor) -> None:
        """Take the statistics of the training clips; of ``truth`` (clips,) only where it is float32, a dimension."""
        layers = torch.stack([features.layers[layer] for layer in self.read]).double()
        sd = layers.std(dim=1, correction=0)
        self.mean.copy_(layers.mean(dim=1))
        self.scale.copy_(torch.where(sd < FLAT, 0.0, 1 / sd))
        if truth.is_floating_point():
            self.centre.copy_(truth.double().mean())
            self.spread.copy_(truth.double().std(correction=0).clamp_min(FLAT))

    def standardised(self, features: ClipFeatures) -> Tensor:
        """The layers that are read: (layers read, batch, width)."""
        layers = torch.stack([features.layers[layer] for layer in self.read])
        return (layers - self.mean[:, None]) * self.scale[:, None]

    def scores(self, summary: Tensor) -> Tensor:
        """Scores (batch, outputs) of one vector a clip (batch, width)."""
        found: Tensor = self.linear(summary)
        return found * self.spread + self.centre


class MeanHead(Head):
    """The last layer, averaged over time, standardised; one Linear."""

    def __init__(self, widths: Sequence[int], outputs: int) -> None:
        super().__init__([len(widths) - 1], widths[-1], outputs)

    def forward(self, features: ClipFeatures) -> Tensor:
        """Scores (batch, outputs)."""
        return self.scores(self.standardised(features)[0])


class WeightedSumHead(Head):
    """All layers as wide as the last, each standardised, summed with softmax weights; one Linear.

    The idea is SUPERB's (Yang et al. 2021, https://arxiv.org/abs/2105.01051). The weights begin equal.
    """

    def __init__(self, widths: Sequence[int], outputs: int) -> None:
        super().__init__([layer for layer, width in enumerate(widths) if width == widths[-1]], widths[-1], outputs)
        self.layer_logits = nn.Parameter(torch.zeros(len(self.read)))

    def forward(self, features: ClipFeatures) -> Tensor:
        """Scores (batch, outputs)."""
        shares = self.layer_logits.softmax(dim=0)
        return self.scores((self.standardised(features) * shares[:, None, None]).sum(dim=0))


def make_head(kind: Kind, widths: Sequence[int], outputs: int, seed: int) -> Head:
    """A head over layers of these ``widths``; the same seed gives the same weights, the caller's generator stays."""
    with drawing_from(seed, torch.device("cpu")):
        return MeanHead(widths, outputs) if kind == "mean" else WeightedSumHead(widths, outputs)
