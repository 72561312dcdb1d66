"""What does a linear head on one or more layers minimise? Value, gradient, curvature, and distance from the minimum.

The objective is scikit-learn's, the sum of losses + |w|^2 / 2C with a free intercept, for every problem and strength.
With several layers the head reads their softmax-weighted sum, and the logits of that softmax, which nothing penalises,
are learned too.

Parameters are (problems, strengths, parameters): the weights of every output, each followed by its intercept, then the
layer logits if there is more than one layer. Layer scores are what every layer would give alone, (problems, strengths,
outputs, layers, clips). They are linear in the parameters, so a line search needs no product with the features.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from emobench.learning.losses import Loss
from emobench.learning.preconditioner import CURVATURE_FLOOR, Preconditioner, penalised_inverse
from emobench.learning.problems import Problems


@dataclass(frozen=True)
class Objective:
    """The objectives of all strengths of some problems.

    Attributes:
        clips: (problems, layers x clips, width + 1), standardised features with a last column of ones.
        across: the same, transposed in memory: thin products are bound by the order in which it is read.
        layers: how many are summed.
        loss: of the scores.
        penalty: (strengths,), 1 / C.
    """

    clips: Tensor
    across: Tensor
    layers: int
    loss: Loss
    penalty: Tensor

    @staticmethod
    def of(problems: Problems, loss: Loss, strengths: Sequence[float]) -> "Objective":
        """The objective of problems whose clips are standardised, for scikit-learn's C = ``strengths``."""
        layers = problems.clips.shape[1]
        ones = problems.present[:, None, :, None].expand(-1, layers, -1, -1)
        clips = torch.cat((problems.clips, ones), 3).flatten(1, 2)
        return Objective(clips, clips.mT.contiguous(), layers, loss, 1 / clips.new_tensor(strengths))

    def start(self) -> Tensor:
        """The parameters with all weights zero and all layers counting the same."""
        size = self.loss.outputs * self.clips.shape[2] + (self.layers if self.layers > 1 else 0)
        return self.clips.new_zeros(len(self.clips), len(self.penalty), size)

    def heads(self, parameters: Tensor) -> Tensor:
        """Weights and intercepts, (problems, strengths, outputs, width + 1)."""
        side = self.clips.shape[2]
        return parameters[..., : self.loss.outputs * side].reshape(*parameters.shape[:2], -1, side)

    def shares(self, parameters: Tensor) -> Tensor:
        """What each layer counts, (problems, strengths, layers), one in sum."""
        if self.layers == 1:
            return parameters.new_ones(*parameters.shape[:2], 1)
        return parameters[..., -self.layers :].softmax(2)

    def layer_scores(self, parameters: Tensor) -> Tensor:
        """The scores from every layer alone, (problems, strengths, outputs, layers, clips)."""
        heads = self.heads(parameters)
        return (heads.flatten(1, 2) @ self.across).reshape(*heads.shape[:3], self.layers, -1)

    def scores(self, parameters: Tensor, layer_scores: Tensor) -> Tensor:
        """The scores from the weighted sum, (problems, strengths, outputs, clips)."""
        if self.layers == 1:
            return layer_scores[:, :, :, 0]
        return (self.shares(parameters)[:, :, None, None] @ layer_scores)[:, :, :, 0]

    def value(self, parameters: Tensor, layer_scores: Tensor) -> Tensor:
        """The objective, (problems, strengths) float64."""
        size = self.heads(parameters)[..., :-1].square().sum((2, 3), dtype=torch.float64)
        return self.loss.value(self.scores(parameters, layer_scores)) + 0.5 * self.penalty.double() * size

    def gradient(self, parameters: Tensor, layer_scores: Tensor) -> Tensor:
        """Its gradient, in the shape of ``parameters``."""
        residual = self.loss.gradient(self.scores(parameters, layer_scores))[:, :, :, None]
        shares = self.shares(parameters)
        pulls = residual if self.layers == 1 else residual * shares[:, :, None, :, None]
        heads = (pulls.flatten(3).flatten(1, 2) @ self.clips).reshape(self.heads(parameters).shape)
        heads[..., :-1] += self.penalty[:, None, None] * self.heads(parameters)[..., :-1]
        if self.layers == 1:
            return heads.flatten(2)
        by_share = (layer_scores @ residual.mT)[..., 0].sum(2)  # (problems, strengths, layers)
        by_logit = shares * (by_share - (shares * by_share).sum(2, keepdim=True))
        return torch.cat((heads.flatten(2), by_logit), 2)

    def first_preconditioner(self, parameters: Tensor, layer_scores: Tensor) -> Preconditioner:
        """The inverse of X'DX + I/C where all strengths have the same parameters, D being one curvature per clip.

        Weak penalties share the inverse of a stronger one: they have far to go, and get their own on the way.
        """
        curvature = self.loss.curvature(self.scores(parameters, layer_scores))
        gram = self._gram(self.shares(parameters)[:, 0], curvature[:, 0])
        least = 0.5 * gram.diagonal(dim1=1, dim2=2).mean()
        penalties, places = self.penalty.maximum(least).unique(return_inverse=True)
        inverses = [penalised_inverse(gram, penalty) for penalty in penalties]
        return self._preconditioner(parameters, layer_scores, tuple(inverses[i] for i in places.tolist()))

    def renewed(
        self, old: Preconditioner, parameters: Tensor, layer_scores: Tensor, due: Sequence[int]
    ) -> Preconditioner:
        """The preconditioner with the inverses of the strengths ``due`` taken anew."""
        curvature, shares = self.loss.curvature(self.scores(parameters, layer_scores)), self.shares(parameters)
        inverses = list(old.inverses)
        for i in due:
            inverses[i] = penalised_inverse(self._gram(shares[:, i], curvature[:, i]), self.penalty[i])
        return self._preconditioner(parameters, layer_scores, tuple(inverses))

    def _preconditioner(self, parameters: Tensor, layer_scores: Tensor, inverses: tuple[Tensor, ...]) -> Preconditioner:
        scores = self.scores(parameters, layer_scores)
        curvature = self.loss.curvature(scores)
        apart = parameters.new_zeros(*parameters.shape[:2], 0)
        if self.layers > 1:
            apart = ((layer_scores - scores[:, :, :, None]).square() * curvature[:, :, None, None]).sum((2, 4))
        return Preconditioner(inverses, curvature.sum(2) + CURVATURE_FLOOR, apart, torch.zeros_like(apart))

    def adapted(self, preconditioner: Preconditioner, parameters: Tensor, gradient: Tensor) -> Preconditioner:
        """The preconditioner with the layer logits' part at these parameters."""
        pull = gradient[..., gradient.shape[2] - preconditioner.logits.shape[2] :]
        return preconditioner.adapted(self.shares(parameters), pull)

    def _gram(self, shares: Tensor, curvature: Tensor) -> Tensor:
        """X'DX of the weighted sum of one strength, (problems, width + 1, width + 1)."""
        count, _, side = self.clips.shape
        clips = self.clips
        if self.layers > 1:
            clips = (shares[:, None] @ clips.reshape(count, self.layers, -1)).reshape(count, -1, side)
        return clips.mT @ (clips * curvature[:, :, None])

    def gap(self, gradient: Tensor, preconditioner: Preconditioner) -> Tensor:
        """How far the objective can at most be above its minimum, (problems, strengths) float64.

        For the weights this is the duality gap, C |g|^2 / 2, which certifies wherever the intercepts' gradient is
        zero; for intercepts it is twice what a Newton step would gain, and for layers what they gain by going out.
        """
        heads = self.heads(gradient)
        layers = gradient[..., gradient.shape[2] - preconditioner.logits.shape[2] :]
        weights = heads[..., :-1].square().sum((2, 3), dtype=torch.float64) / (2 * self.penalty.double())
        intercepts = heads[..., -1].square().sum(2) / preconditioner.intercept
        return weights + intercepts + layers.abs().sum(2)

    def select(self, strengths: Tensor) -> "Objective":
        """The objective of some strengths only."""
        return replace(self, penalty=self.penalty[strengths])
