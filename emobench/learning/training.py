"""How is a model trained? The one loop, for all conditions, methods, folds and seeds.

AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101), a warm-up and half a cosine over all planned
steps, gradients clipped; after every epoch a judge looks at the development part, and the best epoch's weights stay.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.extraction import exact_arithmetic
from emobench.learning.aliveness import WATCHED_STEPS, Aliveness
from emobench.learning.batch_losses import BatchLoss
from emobench.learning.learner import Learner, pooled_layers
from emobench.learning.modes import set_modes, training_modes
from emobench.learning.order import batches_of_epoch, drawing_from, rate_at, seed_of
from emobench.learning.sources import Source

Judge = Callable[[Learner], float]  # the development score of a learner in eval mode; higher is better


@dataclass(frozen=True)
class Examples:
    """The training part.

    Attributes:
        source: its clips.
        truth: (clips,) int64 classes or float32 values.
        loss: what is made small.
    """

    source: Source
    truth: Tensor
    loss: BatchLoss


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
        best_epoch: the first with the best development score, counted from 1; its weights stay.
        dead: trainable weights of the backbone that got no gradient.
        steps: how many were made.
        trainable: how many numbers could learn, the head's too.
        seconds: of wall time.
        weights: what was learned, by name, and the head's statistics; a second stage begins with them.
    """

    history: tuple[Epoch, ...]
    best_epoch: int
    dead: tuple[str, ...]
    steps: int
    trainable: int
    seconds: float
    weights: Mapping[str, Tensor]


@dataclass
class _Course:
    """A training under way."""

    learner: Learner
    examples: Examples
    options: TrainOptions
    seed: int
    weights: list[nn.Parameter]
    planned: int  # steps
    optimiser: torch.optim.Optimizer
    aliveness: Aliveness
    modes: set[str]
    advance: Callable[[int], None]
    step: int = 0


def train(
    learner: Learner, examples: Examples, judge: Judge, options: TrainOptions, seed: int, *,
    initial: Mapping[str, Tensor] | None = None, advance: Callable[[int], None] = lambda _: None,
) -> Trained:  # fmt: skip
    """Train what is marked as trainable, in place; afterwards the learner is the best epoch's, in eval mode.

    Nothing else changes: no frozen weight, no buffer, no statistic of a batch norm, no generator of the caller. The
    same seed gives the same bits on the same machine with the same number of threads.

    Args:
        learner: float32, on the device to train on.
        examples: the training part.
        judge: the development score, asked after every epoch.
        options: epochs, batch, rate and the rest.
        seed: of this unit.
        initial: ``Trained.weights`` of the stage before: weights, and the head's statistics, which are kept. Without
            it, the statistics are those of the training part in the learner as it is.
        advance: told how many clips each step has used.

    Raises:
        EmobenchError: a loss, gradient or score that is not a number; nothing of the backbone gets a gradient;
            ``initial`` is of another learner.
    """
    began = time.perf_counter()
    if initial is None:
        learner.head.settle(pooled_layers(learner, examples.source, options.batch), examples.truth)
    else:
        restore(learner, initial)
    with exact_arithmetic():
        course = _begin(learner, examples, options, seed, advance)
        history, best, weights = _epochs(course, judge)
    restore(learner, weights)
    learner.eval()
    return Trained(
        history=tuple(history),
        best_epoch=best,
        dead=course.aliveness.dead(),
        steps=course.step,
        trainable=sum(weight.numel() for weight in learner.trainable().values()),
        seconds=time.perf_counter() - began,
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


def _begin(
    learner: Learner, examples: Examples, options: TrainOptions, seed: int, advance: Callable[[int], None]
) -> _Course:
    weights, source, samples = learner.trainable(), examples.source, examples.source.samples
    shortest = min(range(len(samples)), key=lambda place: samples[place])
    learner.eval()
    return _Course(
        learner, examples, options, seed, list(weights.values()),
        planned=options.epochs * -(-len(samples) // options.batch),
        optimiser=torch.optim.AdamW(weights.values(), lr=options.learning_rate, weight_decay=options.weight_decay),
        aliveness=Aliveness(weights, tuple(name for name in weights if not name.startswith("head."))),
        modes=training_modes(learner, lambda: learner(source, [shortest])),
        advance=advance,
    )  # fmt: skip


def _epochs(course: _Course, judge: Judge) -> tuple[list[Epoch], int, dict[str, Tensor]]:
    """Train until patience or the last epoch ends; every epoch, the best one (from 1), and its weights."""
    history: list[Epoch] = []
    best, weights = 0, course.learner.learned()
    for number in range(1, course.options.epochs + 1):
        loss = _epoch(course, number)
        course.learner.eval()
        score = judge(course.learner)
        if math.isnan(score):
            raise EmobenchError(f"the development score is not a number after epoch {number}.")
        history.append(Epoch(loss, score))
        if best == 0 or score > history[best - 1].score:
            best, weights = number, course.learner.learned()
        if number - best >= course.options.patience:
            break
    return history, best, weights


def _epoch(course: _Course, number: int) -> float:
    """One pass over the training part; the mean loss of its clips."""
    source, options = course.examples.source, course.options
    batches = batches_of_epoch(source.samples, options.batch, course.seed, number)
    set_modes(course.learner, course.modes)
    total = 0.0
    for place, batch in enumerate(batches, start=1):
        total += _step(course, batch, f"epoch {number}, step {place} of {len(batches)}") * len(batch)
        course.advance(len(batch))
    return total / len(source.samples)


def _step(course: _Course, batch: list[int], when: str) -> float:
    """One step; the loss of its batch before it."""
    learner, options = course.learner, course.options
    for group in course.optimiser.param_groups:
        group["lr"] = options.learning_rate * rate_at(course.step, course.planned, options.warm_up)
    course.optimiser.zero_grad(set_to_none=True)
    with drawing_from(seed_of(course.seed, "step", course.step), learner.device):
        scores = learner(course.examples.source, batch)
        loss = course.examples.loss(scores, course.examples.truth[batch].to(scores.device))
        _require_number(loss, "loss", when)
        torch.autograd.backward(loss)
    course.aliveness.watch()
    norm = nn.utils.clip_grad_norm_(course.weights, options.clip)
    _require_number(norm, "gradient", when)
    course.optimiser.step()
    course.step += 1
    if course.step == min(WATCHED_STEPS, course.planned):
        course.aliveness.dead()  # nothing alive: not another step
    return float(loss.detach())


def _require_number(value: Tensor, name: str, when: str) -> None:
    if not bool(value.isfinite()):
        raise EmobenchError(
            f"the {name} of training is not a number: {when}.",
            found=f"found: {float(value.detach())}",
            remedy="Lower the rate (--set train.learning_rate=...), and look for clips that are silent or damaged.",
        )
