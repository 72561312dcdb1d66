"""How does a shard of clips pass through a backbone, once, all layers at a time?"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from emobench.audio.batching import make_batch, prefetched
from emobench.audio.decode import Samples, load_clip
from emobench.audio.pieces import pieces_of, samples_heard
from emobench.catalog.contracts import AudioBatch, ClipFeatures, FrameFeatures
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan, PlannedClip
from emobench.features.checks import check_finite, check_shapes
from emobench.features.frames import evenly_spaced, joined, widths_of
from emobench.features.pooling import mean_over_time

T = TypeVar("T")
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


def extract(
    ear: Ear, groups: Sequence[Sequence[PlannedClip]], advance: Callable[[int], None]
) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Features of clips, group by group: per layer (clips, numbers of a clip) float32, in their order.

    The numbers of a clip are its mean over time, or ``ear.frames`` frames one after the other (`evenly_spaced`).

    Groups with long clips come first: what is freed then fits what follows (the other way round a process grows to
    several times its size), and what does not fit the device fails at once.

    Raises:
        EmobenchError: shapes that differ from the card, NaN, a clip without a frame.
        DataError: audio that cannot be read any more.
    """
    order = sorted(range(len(groups)), key=lambda place: -max(planned.seconds for planned in groups[place]))
    ends, widths = list(accumulate(map(len, groups))), widths_of(ear.plan.card, ear.frames)
    layers = [np.empty((ends[-1], width), dtype=np.float32) for width in widths]
    # Closed here, whatever ends the loop: no thread goes on behind the caller's back, in other arithmetic.
    with exact_arithmetic(), closing(in_turn(ear, [groups[place] for place in order], listen)) as listened:
        for place, found in zip(order, listened, strict=True):
            for layer, values in zip(layers, found.split(widths, dim=1), strict=True):
                layer[ends[place] - len(found) : ends[place]] = values.numpy()
            advance(len(groups[place]))
    return layers


def in_turn(ear: Ear, groups: Sequence[Sequence[PlannedClip]], hear: Callable[[Ear, Heard], T]) -> Generator[T]:
    """What ``hear`` makes of each group, in their order.

    On a CPU, models that allow it hear as many groups at once as torch has threads, each in one thread of its own: the
    number of threads changes no bit, and none waits for another. On an accelerator, threads decode ahead.
    """
    threads = torch.get_num_threads()
    if ear.device.type != "cpu":
        with closing(prefetched(groups, partial(load_group, ear), depth=2 * DECODERS, workers=DECODERS)) as loaded:
            yield from (hear(ear, heard) for heard in loaded)
    elif not ear.plan.card.reentrant or threads == 1:
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
    runs = _runs([piece for pieces in cut for piece in pieces], card, ear.most_samples)
    batches = [make_batch(run) for run in runs]
    if ear.device.type == "cuda":
        batches = [AudioBatch(batch.waveform.pin_memory(), batch.lengths.pin_memory()) for batch in batches]
    return Heard(tuple(planned.clip.id for planned in group), tuple(map(len, cut)), tuple(batches))


def _runs(pieces: Sequence[Samples], card: BackboneCard, most_samples: int) -> list[list[Samples]]:
    """Pieces that go through together, in order; what fitted the plan's budget as whole clips stays in one run."""
    runs: list[list[Samples]] = []
    for piece in pieces:
        longest = max([len(piece), *map(len, runs[-1])]) if runs else 0
        same = bool(runs) and (card.batches == "padded" or len(piece) == len(runs[-1][0]))
        if same and (len(runs[-1]) + 1) * samples_heard(longest, card) <= most_samples:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def listen(ear: Ear, heard: Heard) -> Tensor:
    """Features of clips on the CPU: (clips, numbers of a clip in all layers) float32, the layers side by side.

    Raises:
        EmobenchError: shapes that differ from the card, NaN, a clip without a frame.
    """
    card = ear.plan.card
    if ear.frames:
        means, found = _means_and_frames(ear, heard)
    else:
        means = found = _means(ear, heard)
    # A mean is a number only where every valid frame is one; the NaN of frames that a clip lacks are not in it.
    for layer, values in enumerate(means.split(widths_of(card, 0), dim=1)):
        check_finite(card, layer, values, heard.clips)
    return found


def _said(ear: Ear, heard: Heard) -> Iterator[FrameFeatures]:
    """What the model says, batch by batch, held against its card."""
    names, start = heard.names(), 0
    for batch in heard.batches:
        features = _forward(ear, batch)
        part = names[start : start + len(batch.lengths)]
        check_shapes(ear.plan.card, features, part)
        yield features
        start += len(part)


def _means(ear: Ear, heard: Heard) -> Tensor:
    """Means over time (clips, sum of widths)."""
    means, frames = [], []
    for features in _said(ear, heard):
        means.append(_side_by_side(mean_over_time(features)))
        frames.append(torch.stack([lengths.cpu() for lengths in features.lengths], dim=1))
    pooled = torch.cat(means)
    return pooled if heard.whole else _averaged(pooled, torch.cat(frames), heard.pieces, widths_of(ear.plan.card, 0))


def _means_and_frames(ear: Ear, heard: Heard) -> tuple[Tensor, Tensor]:
    """Means over time (clips, sum of widths), and evenly spaced frames (clips, frames * sum of widths)."""
    said = _said(ear, heard)
    means, frames = [], []
    for features in said if heard.whole else joined(said, heard.pieces):
        means.append(_side_by_side(mean_over_time(features)))
        frames.append(_side_by_side(evenly_spaced(features, ear.frames)))
    return torch.cat(means), torch.cat(frames)


def _side_by_side(features: ClipFeatures) -> Tensor:
    return torch.cat(features.layers, dim=1).cpu()


def _averaged(means: Tensor, frames: Tensor, pieces: Sequence[int], widths: Sequence[int]) -> Tensor:
    """Means of pieces (pieces, sum of widths) as means of clips, each piece with the weight of its valid frames."""
    weights = frames.float().repeat_interleave(torch.tensor(widths), dim=1)
    totals = [part.sum(dim=0) for part in (means * weights).split(list(pieces))]
    counts = [part.sum(dim=0) for part in weights.split(list(pieces))]
    return torch.stack(totals) / torch.stack(counts)


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
        what = f"backbone '{card.name}' fails on a batch of {len(batch.lengths)} clips."
        raise EmobenchError(what, found=f"{type(problem).__name__}: {problem}") from problem


def _forward(ear: Ear, batch: AudioBatch) -> FrameFeatures:
    """What the model says about a batch."""
    features = through(ear, batch, ear.module)
    if not isinstance(features, FrameFeatures):
        what = f"backbone '{ear.plan.card.name}' has to return FrameFeatures."
        raise EmobenchError(what, found=f"found: {type(features).__name__}")
    return _first_layers(features, len(ear.plan.card.layers)) if ear.plan.cut else features


def _first_layers(features: FrameFeatures, count: int) -> FrameFeatures:
    return FrameFeatures(features.layers[:count], features.lengths[:count])
