"""What does a probe learned in one domain say in the other? `frozen` and `weighted_sum`, whose heads are convex.

Test fold f is judged by heads that learned from neither f's people nor the next fold's, on which strengths are chosen:
the same people as for trained methods. Stage 1 learns the source. `direct` applies it as it is, `direct_aligned` after
both domains are standardised by their own statistics; `two_stage` goes on in the target, pulled towards stage 1;
`target_only` never saw the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emobench.domain.cards import Attribute
from emobench.learning.pulled import fit_from
from emobench.learning.summed_heads import SummedHead, fit_heads
from emobench.tasks.pair_parts import Parts, parts_of
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, TWO_STAGE
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]


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
    """The shared attribute, the folds to test of how many, and the strengths to choose from.

    ``fraction`` of the target's training and development clips are used, drawn with ``seed``.
    """

    attribute: Attribute
    folds: int
    test_folds: tuple[int, ...]
    strengths: tuple[float, ...]
    fraction: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """Predictions under one condition, as arrays over the target's clips; filled fold by fold.

    Attributes:
        test: (clips,), absent where a fold was not run.
        development: (strengths, clips) of the people who chose; no rows for conditions that chose nothing themselves.
        strength: (folds,) index of the chosen strength, -1 where a fold was not run.
    """

    test: Array
    development: Array
    strength: Array


@dataclass
class Transfer:
    """What was predicted, by condition and target (0 or 1), and how many fits ended at the limit of iterations."""

    outcomes: Mapping[tuple[str, int], Outcome]
    not_converged: int = 0


def transfer(asked: Asked, first: DomainFeatures, second: DomainFeatures) -> Transfer:
    """Run every condition on stored features, from the first domain to the second and back.

    What a domain teaches by itself is stage 1 of one direction and ``target_only`` of the other: it is fitted once.
    Stage 1 always has all clips of its domain. ``direct`` has nothing to do with a part of the target, and is left out
    where ``fraction`` is below 1.

    Raises:
        DataError: a class missing from a training part, or features that are not finite.
    """
    domains = (first, second)
    found = _empty(asked, domains)
    for fold in asked.test_folds:
        whole = [_learned(asked, domain, fold, 1.0) for domain in domains]
        parts = whole if asked.fraction == 1 else [_learned(asked, d, fold, asked.fraction) for d in domains]
        for target, source in ((0, 1), (1, 0)):
            _keep(parts[target], fold, found, (TARGET_ONLY, target))
            _tell(asked, parts[target].fitted, domains[target], fold, found.outcomes[TARGET_ONLY, target])
            _carry_over(asked, whole[source], domains[target], fold, found, target)
    return found


def _carry_over(asked: Asked, first: "_Chosen", target: DomainFeatures, fold: int, found: Transfer, place: int) -> None:
    """What the source taught, applied to the target as it is, aligned, and as the start of a second stage."""
    training = _training(asked, target, fold, asked.fraction)
    layers = first.fitted.layers.aligned(target.features[:, training])
    read = layers.of(target.features)
    truth, classes = torch.as_tensor(target.truth, device=read.device), len(asked.attribute.classes)
    heads, converged = fit_from(first.fitted.head, read, truth, training, asked.strengths, classes)
    fitted = [SummedHead(layers, head) for head in heads]
    second = _chosen(asked, target, fold, fitted, int((~converged).sum()), asked.fraction)
    _keep(second, fold, found, (TWO_STAGE, place))
    _tell(asked, second.fitted, target, fold, found.outcomes[TWO_STAGE, place])
    if asked.fraction == 1:
        aligned = SummedHead(layers, first.fitted.head.aligned(read[training]))
        for condition, head in ((DIRECT, first.fitted), (ALIGNED, aligned)):
            found.outcomes[condition, place].strength[fold] = first.strength
            _tell(asked, head, target, fold, found.outcomes[condition, place])


def _tell(asked: Asked, fitted: SummedHead, target: DomainFeatures, fold: int, outcome: Outcome) -> None:
    """Note what a head says about the people of the test fold."""
    inside = np.flatnonzero(target.fold == fold)
    outcome.test[inside] = _decided(asked, fitted.scores(target.features[:, inside]))


def _training(asked: Asked, domain: DomainFeatures, fold: int, fraction: float) -> Tensor:
    """The clips that are learned from, (clips,) bool."""
    found = torch.zeros(len(domain.truth), dtype=torch.bool, device=domain.features.device)
    found[torch.as_tensor(_parts(asked, domain, fold, fraction).training)] = True
    return found


def _parts(asked: Asked, domain: DomainFeatures, fold: int, fraction: float) -> Parts:
    return parts_of(asked.attribute, domain.truth, domain.fold, asked.folds, fold, fraction, asked.seed)


@dataclass(frozen=True)
class _Chosen:
    """The head that development people like best, with what they said about all strengths.

    ``inside`` are the development clips, ``development`` (strengths, inside) the predictions for them.
    """

    fitted: SummedHead
    strength: int
    inside: Array
    development: Array
    not_converged: int


def _learned(asked: Asked, domain: DomainFeatures, fold: int, fraction: float) -> _Chosen:
    """The head that one domain's training people teach and its development people choose."""
    training = _training(asked, domain, fold, fraction)
    truth, classes = torch.as_tensor(domain.truth, device=training.device), len(asked.attribute.classes)
    fitted, not_converged = fit_heads(domain.features, truth, training, asked.strengths, classes)
    return _chosen(asked, domain, fold, fitted, not_converged, fraction)


def _keep(chosen: _Chosen, fold: int, found: Transfer, place: tuple[str, int]) -> None:
    """Note a choice of one fold in the arrays of a condition."""
    outcome = found.outcomes[place]
    outcome.development[:, chosen.inside] = chosen.development
    outcome.strength[fold] = chosen.strength
    found.not_converged += chosen.not_converged


def _chosen(
    asked: Asked, domain: DomainFeatures, fold: int, fitted: Sequence[SummedHead], not_converged: int, fraction: float
) -> _Chosen:
    """The strength that development people like best, the stronger of equals."""
    ruler, inside = ruler_for(asked.attribute), _parts(asked, domain, fold, fraction).development
    decided = [_decided(asked, candidate.scores(domain.features[:, inside])) for candidate in fitted]
    best = int(np.argmax([round(ruler.score(domain.truth[inside], values), 9) for values in decided]))
    return _Chosen(fitted[best], best, inside, np.stack(decided), not_converged)


def _decided(asked: Asked, scores: Tensor) -> Array:
    values: Array = (scores.argmax(1) if asked.attribute.classes else scores[:, 0]).cpu().numpy()
    return values


def _empty(asked: Asked, domains: Sequence[DomainFeatures]) -> Transfer:
    absent, outcomes = ruler_for(asked.attribute).absent, {}
    chosen_itself = {TARGET_ONLY: True, TWO_STAGE: True}
    conditions = {DIRECT: False, ALIGNED: False, **chosen_itself} if asked.fraction == 1 else chosen_itself
    for target, domain in enumerate(domains):
        clips, kind = len(domain.truth), domain.truth.dtype
        for condition, chooses in conditions.items():
            outcomes[condition, target] = Outcome(
                test=np.full(clips, absent, dtype=kind),
                development=np.full((len(asked.strengths) if chooses else 0, clips), absent, dtype=kind),
                strength=np.full(asked.folds, -1, dtype=np.int64),
            )
    return Transfer(outcomes)
