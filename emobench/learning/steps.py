"""How is one step of a training made? AdamW at the rate of the schedule, gradients clipped, chances of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.learning.aliveness import WATCHED_STEPS, Aliveness
from emobench.learning.batch_losses import BatchLoss
from emobench.learning.fitting_batch import carried_out, fitting_batch
from emobench.learning.learner import Learner
from emobench.learning.modes import set_modes, training_modes
from emobench.learning.order import drawing_from, rate_at
from emobench.learning.seeds import seed_of
from emobench.learning.sources import Source

ADAMW_KEEPS = 2  # tensors a weight, from the first step on


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


@dataclass
class Course:
    """A training under way; ``step`` counts what was made of the ``planned`` steps."""

    learner: Learner
    examples: Examples
    options: TrainOptions
    seed: int
    rate: float
    weights: list[nn.Parameter]
    planned: int
    optimiser: torch.optim.Optimizer
    aliveness: Aliveness
    modes: set[str]
    step: int = 0


def begin(learner: Learner, examples: Examples, options: TrainOptions, seed: int) -> Course:
    """A training before its first step; the learner is put into eval mode.

    Raises:
        EmobenchError: the model fails on the shortest clip.
        ValueError: options without a rate.
    """
    if options.learning_rate is None:
        raise ValueError("a rate has to be chosen before training: options are paced by the cards of the methods")
    weights, source, samples = learner.trainable(), examples.source, examples.source.samples
    shortest = min(range(len(samples)), key=lambda place: samples[place])
    listen = partial(training_modes, learner, lambda: learner(source, [shortest]))
    learner.eval()
    return Course(
        learner, examples, options, seed, options.learning_rate, list(weights.values()),
        planned=options.epochs * -(-len(samples) // options.batch),
        optimiser=torch.optim.AdamW(weights.values(), lr=options.learning_rate, weight_decay=options.weight_decay),
        aliveness=Aliveness(weights, tuple(name for name in weights if not name.startswith("head."))),
        modes=carried_out(listen, "training, before the first step", [samples[shortest]], fitting=lambda: 0),
    )  # fmt: skip


def make_steps(course: Course, batches: list[list[int]], when: str, advance: Callable[[int], None]) -> float:
    """A step a batch; the mean loss of their clips, each before its step.

    Args:
        course: under way.
        batches: positions of clips.
        when: which epoch it is, for messages.
        advance: told how many clips each step has used.

    Raises:
        EmobenchError: a loss or gradient that is not a number; nothing of the backbone gets a gradient; the model
            fails; memory is too small, with the batch that fits.
    """
    set_modes(course.learner, course.modes)
    samples, total = course.examples.source.samples, 0.0
    fitting = partial(fitting_batch, partial(attempt, course), samples, course.options.batch)
    for place, batch in enumerate(batches, start=1):
        now = f"{when}, step {place} of {len(batches)}"
        step = partial(_step, course, batch, now)
        total += carried_out(step, f"training, {now}", [samples[clip] for clip in batch], fitting) * len(batch)
        advance(len(batch))
    return total / sum(map(len, batches))


def attempt(course: Course, batch: list[int]) -> None:
    """Forward and backward as in a step, with room for what AdamW keeps; nothing is learned, and nothing left."""
    course.optimiser.zero_grad(set_to_none=True)
    set_modes(course.learner, course.modes)
    count = 0 if course.optimiser.state else ADAMW_KEEPS
    room = [torch.empty_like(weight) for weight in course.weights for _ in range(count)]
    try:
        with drawing_from(seed_of(course.seed, "attempt"), course.learner.device):
            torch.autograd.backward(_loss(course, batch))
    finally:
        room.clear()
        course.optimiser.zero_grad(set_to_none=True)
        course.learner.eval()


def _step(course: Course, batch: list[int], when: str) -> float:
    """One step; the loss of its batch before it."""
    learner, options = course.learner, course.options
    for group in course.optimiser.param_groups:
        group["lr"] = course.rate * rate_at(course.step, course.planned, options.warm_up)
    course.optimiser.zero_grad(set_to_none=True)
    with drawing_from(seed_of(course.seed, "step", course.step), learner.device):
        loss = _loss(course, batch)
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


def _loss(course: Course, batch: list[int]) -> Tensor:
    scores = course.learner(course.examples.source, batch)
    return course.examples.loss(scores, course.examples.truth[batch].to(scores.device))


def _require_number(value: Tensor, name: str, when: str) -> None:
    if not bool(value.isfinite()):
        raise EmobenchError(
            f"the {name} of training is not a number: {when}.",
            found=f"found: {float(value.detach())}",
            remedy="Lower the rate (--set train.learning_rate=...), and look for clips that are silent or damaged.",
        )
