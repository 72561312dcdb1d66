"""What learns, and what does it predict? A backbone and the head that reads it."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import ClipFeatures, Entered, FrameFeatures
from emobench.domain.errors import EmobenchError
from emobench.features.extraction import exact_arithmetic
from emobench.features.pooling import mean_over_time
from emobench.learning.fitting_batch import carried_out, fitting_batch
from emobench.learning.heads import Head
from emobench.learning.sources import Heard, Source, on_device, runs

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pooled:
    """The mean over time of every layer, and of how many frames.

    Attributes:
        layers: per layer (pieces, width_l) float32.
        frames: per layer (pieces,) int64, the valid ones.
    """

    layers: tuple[Tensor, ...]
    frames: tuple[Tensor, ...]


class Learner(nn.Module):
    """A backbone, whose trainable weights a PEFT method has marked, and a head, which always learns.

    Args:
        backbone: maps AudioBatch to FrameFeatures, and resumes where it is sent what entered it.
        head: reads its pooled layers; on the same device.
        precision: ``fp32`` or ``bf16``, the arithmetic of the backbone.
    """

    backbone: Any  # AudioBatch -> FrameFeatures, and Resumes where it is sent what entered
    head: Head

    def __init__(self, backbone: nn.Module, head: Head, precision: str = "fp32") -> None:
        super().__init__()
        self.backbone, self.head, self.precision = backbone, head, precision

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.head.linear.weight.device

    def pooled(self, batch: Heard) -> Pooled:
        """The mean over time of every layer.

        Raises:
            EmobenchError: the backbone gives something else than the head was made for.
        """
        here = on_device(batch, self.device)
        half = torch.autocast(self.device.type, torch.bfloat16) if self.precision == "bf16" else nullcontext()
        with half:
            heard = self.backbone.resume(here) if isinstance(here, Entered) else self.backbone(here)
            _require_shapes(heard, len(here.samples if isinstance(here, Entered) else here.lengths), self.head)
            return Pooled(mean_over_time(heard).layers, heard.lengths)

    def features(self, source: Source, places: Sequence[int]) -> ClipFeatures:
        """Pooled layers of the clips at these positions, in this order; each the mean over the frames of its pieces."""
        if source.pieces is None:
            return ClipFeatures(self._through(source, places).layers)
        cut = [source.pieces[place] for place in places]
        found, counts = self._through(source, [piece for pieces in cut for piece in pieces]), [*map(len, cut)]
        if max(counts) == 1:
            return ClipFeatures(found.layers)
        averaged = (over_pieces(*layer, counts) for layer in zip(found.layers, found.frames, strict=True))
        return ClipFeatures(tuple(averaged))

    def _through(self, source: Source, places: Sequence[int]) -> Pooled:
        """What the pieces at these positions give, in this order."""
        parts = runs(source, places)
        found = [self.pooled(source.batch([places[position] for position in part])) for part in parts]
        if len(found) == 1:
            return found[0]
        order = torch.tensor([position for part in parts for position in part], device=self.device).argsort()
        return Pooled(
            layers=tuple(torch.cat(layers)[order] for layers in zip(*(part.layers for part in found), strict=True)),
            frames=tuple(torch.cat(frames)[order] for frames in zip(*(part.frames for part in found), strict=True)),
        )

    def forward(self, source: Source, places: Sequence[int]) -> Tensor:
        """Scores (clips, outputs) of the clips at these positions, in this order."""
        scores: Tensor = self.head(self.features(source, places))
        return scores

    def trainable(self) -> dict[str, nn.Parameter]:
        """What learns, by name: weights of the backbone with ``requires_grad``, and the head's."""
        return {name: weight for name, weight in self.named_parameters() if weight.requires_grad}

    def learned(self) -> dict[str, Tensor]:
        """Copies of all that training decides, on the CPU: trainable weights and the head's statistics."""
        fixed = {f"head.{name}": buffer for name, buffer in self.head.named_buffers()}
        return {name: value.detach().cpu().clone() for name, value in {**self.trainable(), **fixed}.items()}


def over_pieces(means: Tensor, frames: Tensor, counts: Sequence[int]) -> Tensor:
    """Means of pieces (pieces, width) as means of clips (clips, width), each piece with the weight of its frames.

    Args:
        means: of the pieces, clip by clip.
        frames: (pieces,) how many valid frames each has.
        counts: how many pieces each clip has.
    """
    weights = frames.to(means.device).float()[:, None]
    totals = torch.stack([part.sum(dim=0) for part in (means * weights).split(list(counts))])
    return totals / torch.stack([part.sum(dim=0) for part in weights.split(list(counts))]).clamp_min(1)


def predict(learner: Learner, source: Source, batch: int) -> Tensor:
    """Scores of all clips (clips, outputs) float32 on the CPU, in the order of ``source``.

    Clips of similar length go through together, at most ``batch`` at once, in eval mode, in which the learner is left.

    Raises:
        EmobenchError: the backbone fails, or memory is too small, with the batch that fits.
    """
    learner.eval()
    found = _by_length(lambda places: learner(source, places).float().cpu(), source, batch, "predicting")
    return _in_order(found, source, batch)


def pooled_layers(
    learner: Learner, source: Source, batch: int, attempt: Callable[[list[int]], object] | None = None
) -> ClipFeatures:
    """Pooled layers of all clips, per layer (clips, width_l) on the CPU, as `predict` hears them.

    Args:
        learner: what hears them.
        source: the clips.
        batch: how many at once.
        attempt: what has to fit where a batch does not; by default the same pass.

    Raises:
        EmobenchError: as `predict`.
    """

    def heard(places: list[int]) -> tuple[Tensor, ...]:
        return tuple(layer.cpu() for layer in learner.features(source, places).layers)

    learner.eval()
    columns = zip(*_by_length(heard, source, batch, "hearing the training clips", attempt), strict=True)
    return ClipFeatures(tuple(_in_order(column, source, batch) for column in columns))


def _by_length(
    hear: Callable[[list[int]], Result], source: Source, batch: int, doing: str,
    attempt: Callable[[list[int]], object] | None = None,
) -> list[Result]:  # fmt: skip
    """What is heard in every batch, without gradients."""

    def silently(places: list[int]) -> Result:
        with torch.inference_mode():
            return hear(places)

    samples, found = source.samples, []
    fitting = partial(fitting_batch, attempt or silently, samples, batch)
    with exact_arithmetic():
        for places in _batches(source, batch):
            found.append(carried_out(partial(silently, places), doing, [samples[place] for place in places], fitting))
    return found


def _batches(source: Source, batch: int) -> list[list[int]]:
    """Positions by length, the longest first: what does not fit the device fails at once."""
    samples = source.samples
    order = sorted(range(len(samples)), key=lambda place: (-samples[place], place))
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def _in_order(parts: Sequence[Tensor], source: Source, batch: int) -> Tensor:
    order = torch.tensor([place for places in _batches(source, batch) for place in places])
    return torch.cat(list(parts))[order.argsort()]


def _require_shapes(heard: object, clips: int, head: Head) -> None:
    """Hold what a backbone gives against the batch and its head: broadcasting would read other shapes silently."""
    if not isinstance(heard, FrameFeatures):
        raise EmobenchError("a backbone has to return FrameFeatures.", found=f"found: {type(heard).__name__}")
    if not max(head.read) < len(heard.layers) == len(heard.lengths):
        what = "the model does not give the layers that its head reads."
        raise EmobenchError(what, found=f"{len(heard.layers)} layers, lengths of {len(heard.lengths)}")
    for place in head.read:
        layer, lengths = heard.layers[place], heard.lengths[place]
        fits = layer.ndim == 3 and layer.shape[0] == len(lengths) == clips and layer.shape[2] == head.mean.shape[1]
        if not fits or int(lengths.max()) > layer.shape[1]:
            raise EmobenchError(
                f"the model changes its shapes: layer {place} fits neither its batch nor its head.",
                found=f"{clips} clips, width {head.mean.shape[1]}; features {tuple(layer.shape)}, "
                f"lengths {lengths.tolist()[:8]}",
                remedy="A PEFT method may change what a layer says, not how many clips, frames or features it has.",
            )
