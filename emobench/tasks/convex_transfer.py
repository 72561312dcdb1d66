"""What does a probe learned in one domain say in the other? `frozen` and `weighted_sum`, whose heads are convex.

Test fold f is judged by heads that learned from neither f's people nor the next fold's, on which strengths are chosen:
the same people as for trained methods. Stage 1 learns the source. `direct` applies it as it is, `direct_aligned` after
both domains are standardised by their own statistics; `two_stage` goes on in the target, pulled towards stage 1;
`target_only` never saw the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emobench.domain.cards import Attribute
from emobench.learning.linear import LinearProbes, WeightedSumProbes
from emobench.learning.logistic import fit_logistic
from emobench.learning.pulled import Head, fit_from, statistics
from emobench.learning.ridge import fit_ridge
from emobench.learning.weighted_sum import fit_weighted_sum, fit_weighted_sum_ridge
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
STAGE1, TARGET_ONLY, DIRECT, ALIGNED, TWO_STAGE = "stage1", "target_only", "direct", "direct_aligned", "two_stage"


@dataclass(frozen=True)
class DomainFeatures:
    """One domain of a pair.

    Attributes:
        features: (layers, clips, width) float32; one layer for `frozen`.
        truth: (clips,) classes (int64) or values (float32).
        fold: (clips,) int64.
    """

    features: Tensor
    truth: Array
    fold: Array


@dataclass(frozen=True)
class Asked:
    """The shared attribute, the folds to test of how many, and the strengths to choose from."""

    attribute: Attribute
    folds: int
    test_folds: tuple[int, ...]
    strengths: tuple[float, ...]


@dataclass
class Transfer:
    """Predictions of one method in one direction, as arrays over clips.

    Attributes:
        test: condition -> (target clips,), absent where a fold was not run.
        development: stage (`stage1`, `target_only`, `two_stage`) -> (strengths, clips) of the domain it was chosen on.
        strength: stage -> (folds,) index of the chosen strength, -1 where a fold was not run.
        not_converged: fits that ended at the limit of iterations.
    """

    test: dict[str, Array]
    development: dict[str, Array]
    strength: dict[str, Array]
    not_converged: int = 0


@dataclass(frozen=True)
class _Layers:
    """How layers (layers, width) become what a head reads: each standardised, then summed with its share (layers,)."""

    mean: Tensor
    scale: Tensor
    shares: Tensor

    def of(self, features: Tensor) -> Tensor:
        """(layers, clips, width) -> (clips, width)."""
        standard = (features - self.mean[:, None]) * self.scale[:, None]
        return (standard * self.shares[:, None, None]).sum(0)

    def aligned(self, features: Tensor) -> "_Layers":
        """The same shares, standardised by the statistics of other clips (layers, clips, width)."""
        mean, scale = zip(*map(statistics, features), strict=True)
        return _Layers(torch.stack(mean), torch.stack(scale), self.shares)


@dataclass(frozen=True)
class _Fitted:
    """A head, and the layers it reads."""

    layers: _Layers
    head: Head

    def scores(self, features: Tensor) -> Tensor:
        return self.head.scores(self.layers.of(features))


def transfer(asked: Asked, first: DomainFeatures, second: DomainFeatures) -> tuple[Transfer, Transfer]:
    """Run every condition on stored features, from the first domain to the second and back.

    What a domain teaches by itself is stage 1 of one direction and ``target_only`` of the other: it is fitted once.

    Raises:
        DataError: a class missing from a training part, or features that are not finite.
    """
    domains = (first, second)
    there, back = _empty(asked, first, second), _empty(asked, second, first)
    for fold in asked.test_folds:
        learned = [_learned(asked, domain, fold) for domain in domains]
        for found, source, target in ((there, 0, 1), (back, 1, 0)):
            _keep(learned[source], fold, found, STAGE1)
            _keep(learned[target], fold, found, TARGET_ONLY)
            _carry_over(asked, learned[source].fitted, learned[target].fitted, domains[target], fold, found)
    return there, back


def _carry_over(asked: Asked, first: _Fitted, own: _Fitted, target: DomainFeatures, fold: int, found: Transfer) -> None:
    """What the source taught, applied to the target as it is, aligned, and as the start of a second stage."""
    training = torch.as_tensor(_training(asked, target, fold))
    layers = first.layers.aligned(target.features[:, training])
    read = layers.of(target.features)
    heads, converged = fit_from(
        first.head, read, torch.as_tensor(target.truth), training, asked.strengths, len(asked.attribute.classes)
    )
    second = _chosen(asked, target, fold, [_Fitted(layers, head) for head in heads], int((~converged).sum()))
    _keep(second, fold, found, TWO_STAGE)
    told = {
        TARGET_ONLY: own,
        DIRECT: first,
        ALIGNED: _Fitted(layers, first.head.aligned(read[training])),
        TWO_STAGE: second.fitted,
    }
    inside = np.flatnonzero(target.fold == fold)
    for condition, fitted in told.items():
        found.test[condition][inside] = _decided(asked, fitted.scores(target.features[:, inside]))


def development_fold(asked: Asked, fold: int) -> int:
    """The fold whose people choose for a test fold: the next one."""
    return (fold + 1) % asked.folds


def _training(asked: Asked, domain: DomainFeatures, fold: int) -> Array:
    outside: Array = (domain.fold != fold) & (domain.fold != development_fold(asked, fold))
    return outside


@dataclass(frozen=True)
class _Chosen:
    """The head that development people like best, with what they said about all strengths.

    ``inside`` are the development clips, ``development`` (strengths, inside) the predictions for them.
    """

    fitted: _Fitted
    strength: int
    inside: Array
    development: Array
    not_converged: int


def _learned(asked: Asked, domain: DomainFeatures, fold: int) -> _Chosen:
    """The head that one domain's training people teach and its development people choose."""
    training = torch.as_tensor(_training(asked, domain, fold))
    probes = _fit(asked, domain, training[None])
    fitted = [_as_fitted(probes, place, domain.features[:, training]) for place in range(len(asked.strengths))]
    return _chosen(asked, domain, fold, fitted, int((~probes.converged).sum()))


def _keep(chosen: _Chosen, fold: int, found: Transfer, stage: str) -> None:
    """Note a stage of one fold in the arrays of a direction."""
    found.development[stage][:, chosen.inside] = chosen.development
    found.strength[stage][fold] = chosen.strength
    found.not_converged += chosen.not_converged


def _fit(asked: Asked, domain: DomainFeatures, training: Tensor) -> LinearProbes | WeightedSumProbes:
    truth, classes = torch.as_tensor(domain.truth), len(asked.attribute.classes)
    if len(domain.features) > 1:
        if classes:
            return fit_weighted_sum(domain.features, truth, training, asked.strengths, classes)
        return fit_weighted_sum_ridge(domain.features, truth, training, asked.strengths)
    if classes:
        return fit_logistic(domain.features[0], truth, training, asked.strengths, classes)
    return fit_ridge(domain.features[0], truth, training, asked.strengths)


def _as_fitted(probes: LinearProbes | WeightedSumProbes, place: int, features: Tensor) -> _Fitted:
    """A probe as a head on standardised sums; ``features`` (layers, clips, width) are what it was fitted to."""
    if isinstance(probes, WeightedSumProbes):
        layers = _Layers(probes.mean[0], probes.scale[0], probes.layer_weights[0, place])
    else:
        layers = _Layers(probes.mean[:1], probes.scale[:1], torch.ones(1))
    mean, scale = statistics(layers.of(features))
    weight, bias = probes.weight[0, place], probes.bias[0, place]
    spread = torch.where(scale > 0, 1 / scale, 0.0)
    return _Fitted(layers, Head(weight * spread[:, None], bias + mean @ weight, mean, scale))


def _chosen(asked: Asked, domain: DomainFeatures, fold: int, fitted: Sequence[_Fitted], not_converged: int) -> _Chosen:
    """The strength that development people like best, the stronger of equals."""
    inside, ruler = np.flatnonzero(domain.fold == development_fold(asked, fold)), ruler_for(asked.attribute)
    decided = [_decided(asked, candidate.scores(domain.features[:, inside])) for candidate in fitted]
    best = int(np.argmax([round(ruler.score(domain.truth[inside], values), 9) for values in decided]))
    return _Chosen(fitted[best], best, inside, np.stack(decided), not_converged)


def _decided(asked: Asked, scores: Tensor) -> Array:
    values: Array = (scores.argmax(1) if asked.attribute.classes else scores[:, 0]).numpy()
    return values


def _empty(asked: Asked, source: DomainFeatures, target: DomainFeatures) -> Transfer:
    absent = ruler_for(asked.attribute).absent

    def blank(domain: DomainFeatures, *shape: int) -> Array:
        return np.full((*shape, len(domain.truth)), absent, dtype=domain.truth.dtype)

    strengths = len(asked.strengths)
    return Transfer(
        test={condition: blank(target) for condition in (TARGET_ONLY, DIRECT, ALIGNED, TWO_STAGE)},
        development={
            STAGE1: blank(source, strengths),
            TARGET_ONLY: blank(target, strengths),
            TWO_STAGE: blank(target, strengths),
        },
        strength={stage: np.full(asked.folds, -1, dtype=np.int64) for stage in (STAGE1, TARGET_ONLY, TWO_STAGE)},
    )  # fmt: skip
