"""Which layer knows emotion? The units of the task `layerwise`, and how one is run.

A unit is one layer of one backbone on one attribute of one dataset, or the learned weighted sum of its layers; it holds
all folds and strengths. Nothing of test fold i's people is seen by a choice for fold i: strengths are judged on each
other fold j by the probe that saw neither i nor j, and the chosen one is refitted on all folds but i.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from emobench.domain.cards import Attribute, BackboneCard
from emobench.learning.logistic import fit_logistic
from emobench.learning.ridge import fit_ridge
from emobench.learning.splits import check_classes, leave_one_out, leave_two_out
from emobench.learning.weighted_sum import fit_weighted_sum, fit_weighted_sum_ridge
from emobench.tasks.layerwise_choices import choose, development_scores
from emobench.tasks.predictions import WEIGHTED_SUM, PartPredictions
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]


class Probes(Protocol):
    """Fitted probes of several problems and strengths."""

    @property
    def converged(self) -> Tensor:
        """(problems, strengths) bool."""

    def scores_of(self, problem: int, features: Tensor) -> Tensor:
        """Scores (strengths, clips, outputs) of one problem."""


Fit = Callable[[Tensor, Sequence[float]], Probes]


@dataclass(frozen=True)
class PartResult:
    """What a unit found, and how many of its fits ended at the limit of iterations."""

    predictions: PartPredictions
    not_converged: int


@dataclass(frozen=True)
class Question:
    """What a unit is asked: the labels (clips,), the fold of every clip, the folds to test, and the strengths.

    ``half`` (clips,) cuts the sentences in two halves where the corpus repeats them; else None.
    """

    attribute: Attribute
    truth: Array
    fold: Array
    folds: int
    test_folds: tuple[int, ...]
    strengths: tuple[float, ...]
    half: Array | None = None


def parts_of(card: BackboneCard, *, weighted_sum: bool) -> dict[str, tuple[int, ...]]:
    """The units of one backbone and the layers each reads: every layer, and the weighted sum where it has several."""
    parts: dict[str, tuple[int, ...]] = {f"layer:{index}": (index,) for index in range(len(card.layers))}
    if weighted_sum and len(summed_layers(card)) > 1:
        parts[WEIGHTED_SUM] = summed_layers(card)
    return parts


def summed_layers(card: BackboneCard) -> tuple[int, ...]:
    """The layers that the weighted sum takes: those as wide as the last one."""
    return tuple(index for index, layer in enumerate(card.layers) if layer.width == card.layers[-1].width)


def sentence_halves(transcripts: Sequence[str | None], groups: Sequence[str]) -> Array | None:
    """Which half of the sentences each clip belongs to (0 or 1), where every group says every sentence; else None."""
    sentences = sorted({text for text in transcripts if text is not None})
    said = set(zip(groups, transcripts, strict=True))
    if None in transcripts or len(sentences) < 2 or len(said) != len(sentences) * len(set(groups)):
        return None
    place = {text: index % 2 for index, text in enumerate(sentences)}
    return np.array([place[str(text)] for text in transcripts], dtype=np.int64)


def _predicted(question: Question, scores: Tensor) -> Array:
    """Decisions from scores (..., clips, outputs): the best class, or the value."""
    decided = scores.argmax(dim=-1) if question.attribute.classes else scores[..., 0]
    values: Array = decided.cpu().numpy()
    return values


def _absent(question: Question, *shape: int) -> Array:
    return np.full(shape, ruler_for(question.attribute).absent, dtype=question.truth.dtype)


def _fitter(question: Question, features: Tensor) -> Fit:
    """The way to fit: logistic or ridge, on one layer (clips, width) or several (layers, clips, width)."""
    truth = torch.as_tensor(question.truth, device=features.device)
    classes = len(question.attribute.classes)
    if features.ndim == 3:
        if classes:
            return lambda training, c: fit_weighted_sum(features, truth, training, c, classes)
        return lambda training, c: fit_weighted_sum_ridge(features, truth, training, c)
    if classes:
        return lambda training, c: fit_logistic(features, truth, training, c, classes)
    return lambda training, c: fit_ridge(features, truth, training, c)


def _develop(question: Question, features: Tensor, fit: Fit) -> Array:
    """Development predictions (folds, strengths, clips) of the probes that saw neither the test nor the clip's fold."""
    development = _absent(question, question.folds, len(question.strengths), len(question.truth))
    pairs, training = leave_two_out(question.fold, question.folds)
    wanted = _wanted(question, pairs)
    probes = fit(torch.as_tensor(training[wanted], device=features.device), question.strengths)
    for problem, index in enumerate(wanted):
        for test, other in (pairs[index], pairs[index][::-1]):
            if test in question.test_folds:
                clips = np.flatnonzero(question.fold == other)
                development[test][:, clips] = _predicted(question, probes.scores_of(problem, features[..., clips, :]))
    return development


def _wanted(question: Question, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """The pairs of left-out folds that matter to the folds to test."""
    return [index for index, pair in enumerate(pairs) if set(pair) & set(question.test_folds)]


def check_question(question: Question) -> None:
    """Refuse what no probe could learn.

    Raises:
        DataError: a class missing from a training part.
    """
    if not question.attribute.classes:
        return
    pairs, training = leave_two_out(question.fold, question.folds)
    wanted = _wanted(question, pairs)
    names = [f"training without folds {pairs[index][0]} and {pairs[index][1]}" for index in wanted]
    check_classes(question.truth, training[wanted], question.attribute.classes, names)
    if question.half is not None:
        tests = list(question.test_folds)
        for half in (0, 1):
            masks = leave_one_out(question.fold, question.folds)[tests] & (question.half == half)
            names = [
                f"training without fold {test} on half of the sentences (layerwise.statements=false leaves that out)"
                for test in tests
            ]
            check_classes(question.truth, masks, question.attribute.classes, names)


def _refit(question: Question, features: Tensor, fit: Fit, chosen: Array, training: Array) -> Array:
    """Test predictions (clips,) of probes refitted on ``training`` (folds, clips), each at its fold's strength."""
    predictions = _absent(question, len(question.truth))
    for strength in sorted({int(chosen[test]) for test in question.test_folds}):
        tests = [test for test in question.test_folds if chosen[test] == strength]
        masks = torch.as_tensor(training[tests], device=features.device)
        probes = fit(masks, [question.strengths[strength]])
        for problem, test in enumerate(tests):
            clips = np.flatnonzero(question.fold == test)
            predictions[clips] = _predicted(question, probes.scores_of(problem, features[..., clips, :]))[0]
    return predictions


def _by_sentence(question: Question, features: Tensor, fit: Fit, chosen: Array) -> dict[str, Array]:
    """Test predictions from training on one half of the sentences: on the same half (seen), on the other (disjoint)."""
    if question.half is None:
        return {}
    others = leave_one_out(question.fold, question.folds)
    seen, disjoint = _absent(question, len(question.truth)), _absent(question, len(question.truth))
    for half in (0, 1):
        training = others & (question.half == half)
        values = _refit(question, features, fit, chosen, training)
        inside = question.half == half
        seen[inside], disjoint[~inside] = values[inside], values[~inside]
    return {"statement_seen": seen, "statement_disjoint": disjoint}


def _counting(fit: Fit, stopped: list[int]) -> Fit:
    """The same way to fit, which notes how many fits did not converge."""

    def counted(training: Tensor, strengths: Sequence[float]) -> Probes:
        probes = fit(training, strengths)
        stopped.append(int((~probes.converged).sum()))
        return probes

    return counted


def run_part(question: Question, layer: str | None, features: Tensor) -> PartResult:
    """Fit and predict one layer (clips, width), or the weighted sum (layers, clips, width) when ``layer`` is None.

    Raises:
        DataError: a class missing from a training part, or features that are not finite.
    """
    stopped: list[int] = []
    fit = _counting(_fitter(question, features), stopped)
    development = _develop(question, features, fit)
    scores = development_scores(question.attribute, question.truth, question.fold, development)
    chosen = np.full(question.folds, -1, dtype=np.int64)
    for test in question.test_folds:
        chosen[test] = choose(scores[test])[0]
    everyone_else = leave_one_out(question.fold, question.folds)
    views = {"all": _refit(question, features, fit, chosen, everyone_else)}
    if layer is not None:
        views.update(_by_sentence(question, features, fit, chosen))
    return PartResult(PartPredictions(layer, development, chosen, views), sum(stopped))


def to_arrays(part: PartPredictions) -> Mapping[str, Array]:
    """The result of a unit as arrays that a file can hold."""
    return {
        "development": part.development,
        "strength": part.strength,
        **{f"view.{n}": v for n, v in part.views.items()},
    }


def from_arrays(layer: str | None, arrays: Mapping[str, Array]) -> PartPredictions:
    """What ``to_arrays`` wrote."""
    views = {name.removeprefix("view."): values for name, values in arrays.items() if name.startswith("view.")}
    return PartPredictions(layer, arrays["development"], arrays["strength"], dict(sorted(views.items())))
