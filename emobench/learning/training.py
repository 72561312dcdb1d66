"""How is a model trained? The one loop, for all conditions, methods, folds and seeds.

AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101), a warm-up and half a cosine over all planned
steps, gradients clipped; after every epoch a judge looks at the development part, and the best epoch's weights stay.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from emobench.domain.cards import PeftCard
from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.extraction import exact_arithmetic
from emobench.learning.learner import Learner, pooled_layers
from emobench.learning.order import batches_of_epoch
from emobench.learning.steps import Course, Examples, attempt, begin, make_steps

__all__ = ["Epoch", "Examples", "Judge", "Trained", "paced", "restore", "train"]

Judge = Callable[[Learner], float]  # the development score of a learner in eval mode; higher is better


@dataclass(frozen=True)
class Epoch:
    """One pass over the training part: the mean loss of its clips, and the development score after it."""

    loss: float
    score: float


@dataclass(frozen=True)
class Trained:
    """How a training went.

    Attributes:
        history: every epoch.
        best_epoch: the one whose weights stay, counted from 1: the first with the best development score, or the last
            of a fixed number.
        dead: trainable weights of the backbone that got no gradient.
        steps: how many were made.
        trainable: how many numbers could learn, the head's too.
        seconds: of wall time.
        cpu_seconds: of this process, all its threads together.
        weights: what was learned, by name, and the head's statistics; a second stage begins with them.
    """

    history: tuple[Epoch, ...]
    best_epoch: int
    dead: tuple[str, ...]
    steps: int
    trainable: int
    seconds: float
    cpu_seconds: float
    weights: Mapping[str, Tensor]


def paced(options: TrainOptions, cards: Sequence[PeftCard]) -> TrainOptions:
    """Options with a rate: their own, or the smallest of those that the methods' cards ask for.

    Raises:
        ValueError: no rate, and no card.
    """
    if options.learning_rate is not None:
        return options
    return options.model_copy(update={"learning_rate": min(card.learning_rate for card in cards)})


def train(
    learner: Learner, examples: Examples, judge: Judge, options: TrainOptions, seed: int, *,
    initial: Mapping[str, Tensor] | None = None, exactly: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Trained:  # fmt: skip
    """Train what is marked as trainable, in place; afterwards the learner is the best epoch's, in eval mode.

    Nothing else changes: no frozen weight, no buffer, no statistic of a batch norm, no generator of the caller. The
    same seed gives the same bits on the same machine with the same number of threads.

    Args:
        learner: float32, on the device to train on.
        examples: the training part.
        judge: the development score, asked after every epoch.
        options: epochs, batch, rate (`paced` chooses it) and the rest.
        seed: of this unit.
        initial: ``Trained.weights`` of the stage before: weights, and the head's statistics, which are kept. Without
            it, the statistics are those of the training part in the learner as it is.
        exactly: so many epochs of the same schedule, whatever the judge says, and the last one's weights stay: a
            control that makes as many steps as another training.
        advance: told how many clips each step has used.

    Raises:
        EmobenchError: a loss, gradient or score that is not a number; nothing of the backbone gets a gradient;
            ``initial`` is of another learner; the model fails; memory is too small, with the batch that fits.
        ValueError: options without a rate, or ``exactly`` outside their epochs.
    """
    began, spent = time.perf_counter(), time.process_time()
    if exactly is not None and not 1 <= exactly <= options.epochs:
        raise ValueError(f"{exactly} epochs of a schedule of {options.epochs}")
    with exact_arithmetic():
        course = begin(learner, examples, options, seed)
        if initial is None:
            pooled = pooled_layers(learner, examples.source, options.batch, partial(attempt, course))
            learner.head.settle(pooled, examples.truth)
        else:
            restore(learner, initial)
        history, best, weights = _epochs(course, judge, exactly, advance)
    restore(learner, weights)
    learner.eval()
    return Trained(
        history=tuple(history),
        best_epoch=best,
        dead=course.aliveness.dead(),
        steps=course.step,
        trainable=sum(weight.numel() for weight in learner.trainable().values()),
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - spent,
        weights=weights,
    )


def restore(learner: Learner, weights: Mapping[str, Tensor]) -> None:
    """Give a learner what was learned (`Trained.weights`).

    Raises:
        EmobenchError: names or shapes are not those of the learner.
    """
    here: dict[str, Tensor] = {**learner.trainable()}
    here |= {f"head.{name}": buffer for name, buffer in learner.head.named_buffers()}
    wrong = sorted(here.keys() ^ weights.keys())
    wrong += [name for name in here.keys() & weights.keys() if here[name].shape != weights[name].shape]
    if wrong:
        what = "weights of another training cannot be gone on with: what learns is not the same."
        raise EmobenchError(what, found=f"missing, unexpected or of another shape: {', '.join(wrong[:8])}")
    with torch.no_grad():
        for name, value in here.items():
            value.copy_(weights[name])


def _epochs(
    course: Course, judge: Judge, exactly: int | None, advance: Callable[[int], None]
) -> tuple[list[Epoch], int, dict[str, Tensor]]:
    """Train until patience or the last epoch ends; every epoch, the one that counts (from 1), and its weights."""
    history: list[Epoch] = []
    best, weights, samples = 0, course.learner.learned(), course.examples.source.samples
    for number in range(1, (exactly or course.options.epochs) + 1):
        batches = batches_of_epoch(samples, course.options.batch, course.seed, number)
        loss = make_steps(course, batches, f"epoch {number}", advance)
        course.learner.eval()
        score = judge(course.learner)
        if math.isnan(score):
            raise EmobenchError(f"the development score is not a number after epoch {number}.")
        history.append(Epoch(loss, score))
        if exactly is not None or best == 0 or score > history[best - 1].score:
            best, weights = number, course.learner.learned()
        if number - best >= course.options.patience:
            break
    return history, best, weights
