"""How does one training of a pair go? Who is learned from, who stops it, and what it says about whom afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emobench.domain.cards import Attribute
from emobench.domain.training import TrainOptions
from emobench.learning.batch_losses import loss_for
from emobench.learning.learner import Learner, pooled_layers, predict
from emobench.learning.seeds import seed_of
from emobench.learning.source_parts import joined, part_of
from emobench.learning.sources import Source
from emobench.learning.training import Examples, Trained, train
from emobench.tasks.pair_parts import Parts, parts_of
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lesson:
    """One dataset of a pair, as a training hears it.

    Attributes:
        source: all its clips.
        truth: (clips,) classes (int64) or values (float32).
        fold: (clips,) int64.
    """

    source: Source
    truth: Array
    fold: Array


@dataclass(frozen=True)
class Terms:
    """What a training is held to: the shared attribute, the fold tested of how many, the seed, the options.

    ``fraction`` is the part of the clips of the dataset learned last.
    """

    attribute: Attribute
    folds: int
    fold: int
    seed: int
    train: TrainOptions
    fraction: float = 1.0


@dataclass(frozen=True)
class Said:
    """What a learner says, in the order of a dataset's clips; absent where it was not asked.

    ``score`` is the headline metric on the development clips.
    """

    test: Array
    development: Array
    score: float


def parts_for(terms: Terms, lesson: Lesson, fraction: float) -> Parts:
    """The parts of a dataset for these terms."""
    return parts_of(terms.attribute, lesson.truth, lesson.fold, terms.folds, terms.fold, fraction, terms.seed)


def learn(
    learner: Learner, lessons: Sequence[Lesson], terms: Terms, words: Sequence[str | int], *,
    initial: Mapping[str, Tensor] | None = None, exactly: int | None = None, shuffled: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Trained:  # fmt: skip
    """Train on one dataset, or on several at once; the development people of the last one stop it.

    Args:
        learner: changed in place.
        lessons: of the last one ``terms.fraction`` is learned from, of those before it all.
        terms: what it is held to.
        words: what this training is called: others draw other numbers.
        initial: the weights of the stage before.
        exactly: so many epochs, whatever development people say.
        shuffled: labels are dealt anew among the clips that are learned from.
        advance: told how many clips each step has used.

    Raises:
        EmobenchError, DataError: as `train` says.
    """
    last = lessons[-1]
    parts = [parts_for(terms, lesson, 1.0) for lesson in lessons[:-1]] + [parts_for(terms, last, terms.fraction)]
    pieces = [part_of(lesson.source, part.training.tolist()) for lesson, part in zip(lessons, parts, strict=True)]
    truth = np.concatenate([lesson.truth[part.training] for lesson, part in zip(lessons, parts, strict=True)])
    seed = seed_of(terms.seed, *words)
    if shuffled:
        truth = np.random.Generator(np.random.PCG64(seed_of(seed, "labels"))).permutation(truth)
    told = torch.as_tensor(truth)
    examples = Examples(joined(pieces), told, loss_for(told, len(terms.attribute.classes) or None))
    inside = parts[-1].development
    heard, ruler = part_of(last.source, inside.tolist()), ruler_for(terms.attribute)

    def judge(now: Learner) -> float:
        return ruler.score(last.truth[inside], decided(terms, predict(now, heard, terms.train.batch)))

    return train(learner, examples, judge, terms.train, seed, initial=initial, exactly=exactly, advance=advance)


def say(learner: Learner, lesson: Lesson, terms: Terms) -> Said:
    """What a learner says about the people of a dataset who choose, and who are tested."""
    parts = parts_for(terms, lesson, terms.fraction)
    test, development = (_told(learner, lesson, terms, inside) for inside in (parts.test, parts.development))
    score = ruler_for(terms.attribute).score(lesson.truth[parts.development], development[parts.development])
    return Said(test, development, score)


def say_directly(learner: Learner, lesson: Lesson, terms: Terms) -> tuple[Array, Array]:
    """What a learner that never saw a dataset says about its test people: as it is, and aligned, each (clips,).

    Aligned: the head standardises by the statistics of the dataset's training clips, whose labels nobody sees. The
    learner is as before afterwards.
    """
    parts = parts_for(terms, lesson, 1.0)
    direct = _told(learner, lesson, terms, parts.test)
    before = {name: buffer.clone() for name, buffer in learner.head.named_buffers()}
    unlabelled = part_of(lesson.source, parts.training.tolist())
    learner.head.settle(pooled_layers(learner, unlabelled, terms.train.batch), torch.zeros(0, dtype=torch.int64))
    aligned = _told(learner, lesson, terms, parts.test)
    for name, buffer in learner.head.named_buffers():
        buffer.copy_(before[name])
    return direct, aligned


def decided(terms: Terms, scores: Tensor) -> Array:
    """Decisions from scores (clips, outputs): the best class, or the value."""
    values: Array = (scores.argmax(1) if terms.attribute.classes else scores[:, 0]).numpy()
    return values


def _told(learner: Learner, lesson: Lesson, terms: Terms, inside: Array) -> Array:
    """Predictions (clips,) of some clips, absent elsewhere."""
    found: Array = np.full(len(lesson.truth), ruler_for(terms.attribute).absent, dtype=lesson.truth.dtype)
    if len(inside):
        found[inside] = decided(terms, predict(learner, part_of(lesson.source, inside.tolist()), terms.train.batch))
    return found
