"""What learns, and what does it predict? A backbone and the head that reads it."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import ClipFeatures, Entered
from emobench.features.extraction import exact_arithmetic
from emobench.features.pooling import mean_over_time
from emobench.learning.heads import Head
from emobench.learning.sources import Heard, Source, on_device, runs


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

    def pooled(self, batch: Heard) -> ClipFeatures:
        """The mean over time of every layer, float32."""
        here = on_device(batch, self.device)
        half = torch.autocast(self.device.type, torch.bfloat16) if self.precision == "bf16" else nullcontext()
        with half:
            return mean_over_time(self.backbone.resume(here) if isinstance(here, Entered) else self.backbone(here))

    def features(self, source: Source, places: Sequence[int]) -> ClipFeatures:
        """Pooled layers of the clips at these positions, in this order."""
        parts = runs(source, places)
        found = [self.pooled(source.batch([places[position] for position in part])) for part in parts]
        if len(found) == 1:
            return found[0]
        order = torch.tensor([position for part in parts for position in part], device=self.device).argsort()
        return ClipFeatures(tuple(torch.cat(layers)[order] for layers in zip(*(f.layers for f in found), strict=True)))

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


def predict(learner: Learner, source: Source, batch: int) -> Tensor:
    """Scores of all clips (clips, outputs) float32 on the CPU, in the order of ``source``.

    Clips of similar length go through together, at most ``batch`` at once, in eval mode, in which the learner is left.
    """
    learner.eval()
    with exact_arithmetic(), torch.inference_mode():
        found = [learner(source, places).float().cpu() for places in _batches(source, batch)]
    return _in_order(found, source, batch)


def pooled_layers(learner: Learner, source: Source, batch: int) -> ClipFeatures:
    """Pooled layers of all clips, per layer (clips, width_l) on the CPU, as `predict` hears them."""
    learner.eval()
    with exact_arithmetic(), torch.inference_mode():
        found = [learner.features(source, places).layers for places in _batches(source, batch)]
    columns = zip(*found, strict=True)
    return ClipFeatures(tuple(_in_order([part.cpu() for part in column], source, batch) for column in columns))


def _batches(source: Source, batch: int) -> list[list[int]]:
    """Positions by length, the longest first: what does not fit the device fails at once."""
    samples = source.samples
    order = sorted(range(len(samples)), key=lambda place: (-samples[place], place))
    return [order[start : start + batch] for start in range(0, len(order), batch)]


def _in_order(parts: Sequence[Tensor], source: Source, batch: int) -> Tensor:
    order = torch.tensor([place for places in _batches(source, batch) for place in places])
    return torch.cat(list(parts))[order.argsort()]
