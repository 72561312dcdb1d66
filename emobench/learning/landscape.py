"""What does a descent see of a linear head on one or more layers? Height, slope, and a metric.

The objective is scikit-learn's, the sum of losses + |w|^2 / 2C with a free intercept, for every problem and strength.
With several layers the head reads their softmax-weighted sum, and the logits of that softmax, which nothing
penalises, are learned too (Yang et al. 2021, https://arxiv.org/abs/2105.01051).

A point is (problems, strengths, parameters): the weights of every output, each with its intercept behind, then the
layer logits if there is more than one layer. An image is what is linear in a point, kept so that a step along a line
costs no product with the features: the scores that every layer would give alone, (problems, layers, strengths,
outputs, clips).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from emobench.learning.losses import Loss
from emobench.learning.problems import Problems


FLOOR = 1e-6
TINY = 1e-6

@dataclass(frozen=True)
class Metric:
    """An approximate inverse Hessian per problem and strength.

    Attributes:
        inverses: per strength (problems, width + 1, width + 1), the same for every output.
        of_layers: (problems, strengths, layers), for the layer logits; no entries with a single layer.
        of_intercept: (problems, strengths), curvature along an intercept.
    """

    inverses: tuple[Tensor, ...]
    of_layers: Tensor
    of_intercept: Tensor

    def apply(self, slope: Tensor) -> Tensor:
        """The inverse times ``slope`` (problems, strengths, parameters)."""
        split = slope.shape[2] - self.of_layers.shape[2]
        heads = slope[..., :split].unflatten(2, (-1, self.inverses[0].shape[1]))
        turned = torch.stack([heads[:, i] @ inverse for i, inverse in enumerate(self.inverses)], 1)
        return torch.cat((turned.flatten(2), slope[..., split:] * self.of_layers), 2)

    def select(self, strengths: Tensor) -> "Metric":
        """The metric of some strengths only."""
        inverses = tuple(self.inverses[i] for i in strengths.tolist())
        return Metric(inverses, self.of_layers[:, strengths], self.of_intercept[:, strengths])


@dataclass(frozen=True)
class Landscape:
    """The objectives of all strengths of some problems.

    Attributes:
        clips: (problems, layers, clips, width + 1), standardised features with a last column of ones.
        across: the same, (problems, layers, width + 1, clips), laid out in that order: products with few columns are
            bound by memory.
        loss: of the scores.
        penalty: (strengths,), 1 / C.
    """

    clips: Tensor
    across: Tensor
    loss: Loss
    penalty: Tensor

    @staticmethod
    def of(problems: Problems, loss: Loss, penalty: Tensor) -> "Landscape":
        """The landscape of problems whose clips are standardised."""
        ones = problems.present[:, None, :, None].expand(-1, problems.clips.shape[1], -1, -1)
        clips = torch.cat((problems.clips, ones), 3)
        return Landscape(clips, clips.mT.contiguous(), loss, penalty)

    @property
    def layers(self) -> int:
        """How many layers are summed."""
        return self.clips.shape[1]

    def start(self) -> Tensor:
        """The point where all weights are zero and all layers count the same."""
        size = self.loss.outputs * self.clips.shape[3] + (self.layers if self.layers > 1 else 0)
        return self.clips.new_zeros(len(self.clips), len(self.penalty), size)

    def heads(self, points: Tensor) -> Tensor:
        """Weights and intercepts, (problems, strengths, outputs, width + 1)."""
        side = self.clips.shape[3]
        return points[..., : self.loss.outputs * side].unflatten(2, (-1, side))

    def shares(self, points: Tensor) -> Tensor:
        """What each layer counts, (problems, strengths, layers), one in sum."""
        if self.layers == 1:
            return points.new_ones(*points.shape[:2], 1)
        return points[..., -self.layers :].softmax(2)

    def image(self, points: Tensor) -> Tensor:
        """The scores from every layer alone, (problems, layers, strengths, outputs, clips)."""
        heads = self.heads(points)
        return (heads.flatten(1, 2)[:, None] @ self.across).unflatten(2, heads.shape[1:3])

    def scores(self, points: Tensor, image: Tensor) -> Tensor:
        """The scores from the weighted sum, (problems, strengths, outputs, clips)."""
        if self.layers == 1:
            return image[:, 0]
        return (image * _spread(self.shares(points))).sum(1)

    def height(self, points: Tensor, image: Tensor) -> Tensor:
        """The objective, (problems, strengths) float64."""
        size = self.heads(points)[..., :-1].square().sum((2, 3), dtype=torch.float64)
        return self.loss.height(self.scores(points, image)) + 0.5 * self.penalty.double() * size

    def slope(self, points: Tensor, image: Tensor) -> Tensor:
        """Its gradient, in the shape of ``points``."""
        residual = self.loss.slope(self.scores(points, image))[:, None]
        shares = self.shares(points)
        pulls = residual if self.layers == 1 else residual * _spread(shares)
        slope = (pulls.flatten(2, 3) @ self.clips).sum(1).unflatten(1, residual.shape[2:4])
        slope[..., :-1] += self.penalty[:, None, None] * self.heads(points)[..., :-1]
        if self.layers == 1:
            return slope.flatten(2)
        by_share = (residual * image).sum((3, 4)).mT  # (problems, strengths, layers)
        by_logit = shares * (by_share - (shares * by_share).sum(2, keepdim=True))
        return torch.cat((slope.flatten(2), by_logit), 2)

    def first_metric(self, points: Tensor, image: Tensor) -> Metric:
        """The inverse of X'DX + I/C where all strengths are at the same point, D being one curvature per clip."""
        shares, bend = self.shares(points), self.loss.bend(self.scores(points, image))
        gram = self._gram(shares[:, 0], bend[:, 0])
        return self._metric(points, image, tuple(_inverse(gram, penalty) for penalty in self.penalty))

    def renewed(self, metric: Metric, points: Tensor, image: Tensor, due: Sequence[int]) -> Metric:
        """The metric with the inverses of the strengths ``due`` taken anew at their points."""
        shares, bend = self.shares(points), self.loss.bend(self.scores(points, image))
        inverses = list(metric.inverses)
        for i in due:
            inverses[i] = _inverse(self._gram(shares[:, i], bend[:, i]), self.penalty[i])
        return self._metric(points, image, tuple(inverses))

    def _metric(self, points: Tensor, image: Tensor, inverses: tuple[Tensor, ...]) -> Metric:
        """Layers get one curvature each, as if weights and other layers stood still."""
        bend = self.loss.bend(scores := self.scores(points, image))
        of_layers = points.new_zeros(*points.shape[:2], 0)
        if self.layers > 1:
            lean = (image - scores[:, None]).square() * bend[:, None, :, None]
            of_layers = 1 / (self.shares(points).square() * lean.sum((3, 4)).mT + 0.01 * bend.sum(2, keepdim=True))
        return Metric(inverses, of_layers, bend.sum(2) + TINY)

    def _gram(self, shares: Tensor, bend: Tensor) -> Tensor:
        """X'DX of the weighted sum, intercept included, (problems, width + 1, width + 1)."""
        clips = self.clips[:, 0] if self.layers == 1 else (self.clips * shares[:, :, None, None]).sum(1)
        return clips.mT @ (clips * bend[:, :, None])

    def gap(self, slope: Tensor, metric: Metric) -> Tensor:
        """How far the objective can at most be above its minimum, (problems, strengths) float64.

        For the weights this is the duality gap, C |g|^2 / 2, a certificate wherever the intercepts' gradient is zero;
        for the intercepts and the layer logits it is twice what a Newton step would gain.
        """
        heads = self.heads(slope).double()
        layers = slope[..., slope.shape[2] - metric.of_layers.shape[2] :].double()
        weights = heads[..., :-1].square().sum((2, 3)) / (2 * self.penalty.double())
        intercepts = heads[..., -1].square().sum(2) / metric.of_intercept.double()
        return weights + intercepts + (layers.square() * metric.of_layers.double()).sum(2)

    def select(self, strengths: Tensor) -> "Landscape":
        """The landscape of some strengths only."""
        return replace(self, penalty=self.penalty[strengths])


def _inverse(gram: Tensor, penalty: Tensor) -> Tensor:
    """The inverse of gram + penalty, the penalty not being smaller than what float32 can invert."""
    ridge = (TINY + FLOOR * gram.diagonal(dim1=1, dim2=2).sum(1, keepdim=True)).repeat(1, gram.shape[1])
    ridge[:, :-1] = ridge[:, :-1].clamp_min(penalty)
    gram = gram.clone()
    gram.diagonal(dim1=1, dim2=2).add_(ridge)
    # LAPACK answers in columns; a symmetric matrix may be read by rows, which makes thin products twice as fast.
    return torch.cholesky_inverse(torch.linalg.cholesky(gram)).mT.contiguous()


def _spread(shares: Tensor) -> Tensor:
    """(problems, strengths, layers) as (problems, layers, strengths, 1, 1), to weigh an image."""
    return shares.mT[..., None, None]
