"""In which turns do clips go through a model, and which budget is named where memory is too small for one?"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import torch
from torch import nn

from emobench.audio.batching import make_batch, prefetched
from emobench.audio.decode import length_at, load_clip
from emobench.audio.pieces import pieces_of, samples_heard
from emobench.audio.waves import lengths_of_pieces
from emobench.catalog.contracts import AudioBatch
from emobench.catalog.plugin_faults import said
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan, PlannedClip
from emobench.features.memory import elsewhere, give_back, out_of_memory, room_on, round_down, shortage

T = TypeVar("T")
Groups = Sequence[Sequence[PlannedClip]]
HALF = "--precision bf16 takes less; it changes the numbers and stands in the record."
DECODERS = 8  # threads that decode for an accelerator, which hears a clip faster than one thread reads it


@dataclass(frozen=True)
class Ear:
    """A loaded model, and how it is made to listen.

    Attributes:
        module: in eval mode, on ``device``.
        plan: its card, and whether fewer layers are wanted than it gives.
        reading: how audio is read.
        precision: ``fp32`` or ``bf16``.
        device: where the module is.
        most_samples: how many samples go through at once, padding included; a single piece always does.
        frames: how many evenly spaced frames of a clip are told, at most; 0 for their mean over time.
    """

    module: nn.Module
    plan: BackbonePlan
    reading: ReadingOptions
    precision: str
    device: torch.device
    most_samples: int
    frames: int = 0


@dataclass(frozen=True)
class Heard:
    """Clips on their way: their names, how many pieces each was cut into, and all pieces in batches."""

    clips: tuple[str, ...]
    pieces: tuple[int, ...]
    batches: tuple[AudioBatch, ...]

    def names(self) -> list[str]:
        """The clip of every piece."""
        return [name for name, count in zip(self.clips, self.pieces, strict=True) for _ in range(count)]

    @property
    def whole(self) -> bool:
        """Whether no clip was cut."""
        return len(self.clips) == sum(self.pieces)


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """float32 without TF32 while inside; what was set before comes back."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, benchmark=False, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def longest_first(ear: Ear, groups: Groups, hear: Callable[[Ear, Heard], T], take: Callable[[int, T], None]) -> None:
    """Send groups through a model, in exact arithmetic; ``take`` gets the place of each, and what ``hear`` makes of it.

    Groups with long clips come first: what is freed then fits what follows (the other way round a process grows to
    several times its size), and what does not fit the device fails at once.

    Raises:
        EmobenchError: what ``hear`` raises; memory is too small, with the budget that fits. Nothing is skipped, and
            nothing heard again in other batches.
        DataError: audio that cannot be read any more.
    """
    order = sorted(range(len(groups)), key=lambda place: -max(planned.seconds for planned in groups[place]))
    done = 0
    in_order = [groups[place] for place in order]
    # Closed here, whatever ends the loop: no thread goes on behind the caller's back, in other arithmetic.
    with shortage() as short, exact_arithmetic(), closing(in_turn(ear, in_order, hear)) as results:
        for place, found in zip(order, results, strict=True):
            take(place, found)
            done += 1
    if short.said:
        raise _too_small(ear, in_order[min(done, len(in_order) - 1) :][: _at_once(ear)], hear, short.said)


def in_turn(ear: Ear, groups: Groups, hear: Callable[[Ear, Heard], T]) -> Generator[T]:
    """What ``hear`` makes of each group, in their order.

    On a CPU, models that allow it hear as many groups at once as torch has threads, each in one thread of its own: the
    number of threads changes no bit, and none waits for another. On an accelerator, threads decode ahead.
    """
    threads = _at_once(ear)
    if ear.device.type != "cpu":
        with closing(prefetched(groups, partial(load_group, ear), depth=2 * DECODERS, workers=DECODERS)) as loaded:
            yield from (hear(ear, heard) for heard in loaded)
    elif threads == 1:
        with closing(prefetched(groups, partial(load_group, ear))) as loaded:
            yield from (hear(ear, heard) for heard in loaded)
    else:
        try:
            yield from prefetched(
                groups, lambda group: hear(ear, load_group(ear, group)),
                depth=2 * threads, workers=threads, begin=partial(torch.set_num_threads, 1),
            )  # fmt: skip
        finally:
            torch.set_num_threads(threads)  # what new threads begin with


def load_group(ear: Ear, group: Sequence[PlannedClip]) -> Heard:
    """Decode clips, fit them to the model, and put their pieces into batches."""
    card = ear.plan.card
    cut = [pieces_of(load_clip(planned, card.sample_rate, ear.reading), card) for planned in group]
    pieces = [piece for own in cut for piece in own]
    batches = [make_batch(pieces[run.start : run.stop]) for run in _runs([*map(len, pieces)], card, ear.most_samples)]
    if ear.device.type == "cuda":
        batches = [AudioBatch(batch.waveform.pin_memory(), batch.lengths.pin_memory()) for batch in batches]
    return Heard(tuple(planned.clip.id for planned in group), tuple(map(len, cut)), tuple(batches))


def _runs(lengths: Sequence[int], card: BackboneCard, most_samples: int) -> list[range]:
    """Places that go through together, in order; what fitted the plan's budget as whole clips stays in one run."""
    runs: list[range] = []
    for place, samples in enumerate(lengths):
        run = runs[-1] if runs else range(0)
        same = bool(run) and (card.batches == "padded" or samples == lengths[run.start])
        longest = max(samples, *(lengths[other] for other in run)) if run else samples
        if same and (len(run) + 1) * samples_heard(longest, card) <= most_samples:
            runs[-1] = range(run.start, place + 1)
        else:
            runs.append(range(place, place + 1))
    return runs


def _at_once(ear: Ear) -> int:
    """How many groups are inside the model at the same moment."""
    return torch.get_num_threads() if ear.device.type == "cpu" and ear.plan.card.reentrant else 1


def _batches(ear: Ear, groups: Groups) -> list[tuple[int, int]]:
    """Of every batch of these groups: how many samples with its padding, and how many pieces."""
    card, found = ear.plan.card, []
    for group in groups:
        lengths = [samples for planned in group for samples in lengths_of_pieces(planned, card)]
        for run in _runs(lengths, card, ear.most_samples):
            found.append((len(run) * samples_heard(max(lengths[run.start : run.stop]), card), len(run)))
    return found


def _cut(ear: Ear, groups: Groups) -> list[Sequence[PlannedClip]]:
    """The same clips in smaller groups, none of which takes more than the ear's budget unless it is a single clip."""
    card = ear.plan.card
    runs = [
        (group, _runs([length_at(clip, card.sample_rate) for clip in group], card, ear.most_samples))
        for group in groups
    ]
    return [group[run.start : run.stop] for group, found in runs for run in found]


def _too_small(ear: Ear, groups: Groups, hear: Callable[[Ear, Heard], object], said: str) -> EmobenchError:
    """The error of a model that has no room for ``groups``, which are heard at once; smaller batches are tried."""
    card, rate = ear.plan.card, ear.plan.card.sample_rate
    batches, room = _batches(ear, groups), room_on(ear.device)
    samples, pieces = max(batches)
    beside = f", in each of {len(groups)} threads" if len(groups) > 1 else ""
    batch = f"in a batch: {pieces} clip{'s' * (pieces > 1)}, {samples / rate:.1f} s with padding{beside}"
    found, smaller = f"{said}\n{batch}\n{room}", replace(ear, most_samples=samples)
    while any(count > 1 for _, count in batches):
        smaller = replace(smaller, most_samples=smaller.most_samples // 2)
        cut = _cut(smaller, groups)
        batches = _batches(smaller, cut)
        if _passes(smaller, cut, hear):
            what = f"memory is too small for what goes through '{card.name}' at once."
            fits = f"--batch-seconds {round_down(max(batches)[0] / rate):g} passes here (it was tried)"
            kept = "features stay the same within 1e-4, and what is finished stays."
            return EmobenchError(what, found=found, remedy=f"{fits}: {kept}")
    what = f"memory is too small for a single clip of {max(batches)[0] / rate:.1f} s in '{card.name}'."
    half = "" if ear.device.type == "cpu" or ear.precision == "bf16" else f" {HALF}"
    return EmobenchError(what, found=found, remedy=f"{elsewhere(ear.device)}{half}")


def _passes(ear: Ear, groups: Groups, hear: Callable[[Ear, Heard], object]) -> bool:
    """Whether groups go through; what comes of them is thrown away."""
    give_back()
    with shortage() as short, exact_arithmetic(), closing(in_turn(ear, groups, hear)) as results:
        for _ in results:
            pass
    return not short.said


def through(ear: Ear, batch: AudioBatch, call: Callable[[AudioBatch], T]) -> T:
    """What a call of the module gives for a batch, on the device; whatever it raises is told with its name."""
    card, device = ear.plan.card, ear.device
    half = torch.autocast(device.type, torch.bfloat16) if ear.precision == "bf16" else nullcontext()
    try:
        waveform = batch.waveform.to(device, non_blocking=True)
        with torch.inference_mode(), half:
            return call(AudioBatch(waveform, batch.lengths.to(device, non_blocking=True)))
    except EmobenchError:
        raise
    except (Exception, SystemExit) as problem:
        if out_of_memory(problem):
            raise  # told by `longest_first`, which knows what else is in memory
        what = f"backbone '{card.name}' fails on a batch of {len(batch.lengths)} clips."
        raise EmobenchError(what, found=said(problem)) from problem
