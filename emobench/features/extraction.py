"""How does a shard of clips pass through a backbone, once, all layers at a time?"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from emobench.audio.batching import make_batch, prefetched
from emobench.audio.decode import load_clip
from emobench.catalog.contracts import AudioBatch, Backbone, FrameFeatures, WeightFiles
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import BrokenEnvironment, EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan, PlannedClip
from emobench.domain.stages import RANDOM_SEED
from emobench.features.pooling import mean_over_time


def load_backbone(backbone: Backbone, plan: BackbonePlan, device: torch.device) -> nn.Module:
    """The model in eval mode on its device; random ones are seeded, whatever the caller's generators hold.

    Raises:
        DataError: weights that do not fit.
        BrokenEnvironment: a package that the model needs is missing or does not load.
        EmobenchError: whatever else the plugin raises, with its name.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(RANDOM_SEED)
            module = backbone.load(plan.card, WeightFiles(dict(plan.files)))
    except EmobenchError:
        raise
    except (ImportError, OSError) as problem:
        raise BrokenEnvironment(
            f"backbone '{plan.card.name}' cannot be loaded here.",
            found=f"{type(problem).__name__}: {problem}",
            remedy="`emobench doctor` tells which package is broken and what to install.",
        ) from problem
    except (Exception, SystemExit) as problem:
        what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) fails to load it."
        raise EmobenchError(what, found=f"{type(problem).__name__}: {problem}") from problem
    if not isinstance(module, nn.Module):
        what = f"the plugin of backbone '{plan.card.name}' ({plan.distribution}) loads no torch module."
        raise EmobenchError(what, found=f"found: {type(module).__name__}")
    return module.eval().requires_grad_(requires_grad=False).to(device)


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


def _forward(module: nn.Module, batch: AudioBatch, device: torch.device, precision: str) -> FrameFeatures:
    on_device = AudioBatch(batch.waveform.to(device), batch.lengths.to(device))
    half = torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()
    with torch.inference_mode(), half:
        features: FrameFeatures = module(on_device)
    return features


def _heard(
    module: nn.Module, card: BackboneCard, batch: AudioBatch, device: torch.device, precision: str
) -> FrameFeatures:
    """What the model says about a batch; whatever it raises is told with its name."""
    try:
        features = _forward(module, batch, device, precision)
    except EmobenchError:
        raise
    except (Exception, SystemExit) as problem:
        what = f"backbone '{card.name}' fails on a batch of {len(batch.lengths)} clips."
        raise EmobenchError(what, found=f"{type(problem).__name__}: {problem}") from problem
    if not isinstance(features, FrameFeatures):
        what = f"backbone '{card.name}' has to return FrameFeatures."
        raise EmobenchError(what, found=f"found: {type(features).__name__}")
    return features


def check_shapes(card: BackboneCard, features: FrameFeatures, clips: Sequence[str]) -> None:
    """Hold what a model gave against its card and the batch.

    Raises:
        EmobenchError: other layers or widths than the card says, shapes that do not fit the batch, a clip without a
            frame.
    """
    given = [int(layer.shape[-1]) for layer in features.layers]
    said = [layer.width for layer in card.layers]
    if given != said:
        raise EmobenchError(
            f"backbone '{card.name}' does not give the layers its card names.",
            found=f"card: widths {said}\nmodel: widths {given}",
            remedy="Its author has to correct the card.",
        )
    for name, layer, lengths in zip(card.layers, features.layers, features.lengths, strict=True):
        if layer.shape[0] != len(clips) or len(lengths) != len(clips) or int(lengths.max()) > layer.shape[1]:
            raise EmobenchError(
                f"backbone '{card.name}', layer '{name.name}': shapes and lengths do not fit the batch.",
                found=f"{len(clips)} clips, features {tuple(layer.shape)}, lengths {lengths.tolist()[:8]}",
                remedy="Features are (batch, frames, width), and no length is greater than frames.",
            )
        for clip, length in zip(clips, lengths.tolist(), strict=True):
            if length < 1:
                raise EmobenchError(
                    f"backbone '{card.name}' gives no frame for clip '{clip}'.",
                    remedy="The card's min_seconds is too small: its author has to raise it.",
                )


def _check_finite(card: BackboneCard, layer: int, values: Tensor, clips: Sequence[str]) -> None:
    bad = (~torch.isfinite(values).all(dim=1)).nonzero().flatten().tolist()
    if bad:
        raise EmobenchError(
            f"backbone '{card.name}' gives NaN or infinity in layer '{card.layers[layer].name}'.",
            found=f"clips: {', '.join(clips[index] for index in bad[:5])}",
            remedy="Try --precision fp32; otherwise the model or the audio is at fault.",
        )


def extract(
    module: nn.Module,
    card: BackboneCard,
    groups: Sequence[Sequence[PlannedClip]],
    reading: ReadingOptions,
    *,
    precision: str,
    device: torch.device,
    advance: Callable[[int], None],
) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Pooled features of clips, batch by batch (``groups``): per layer (clips, width_l) float32, in their order.

    Raises:
        EmobenchError: shapes that differ from the card, NaN, a clip without a frame.
        DataError: audio that cannot be read any more.
    """

    def load(group: Sequence[PlannedClip]) -> AudioBatch:
        return make_batch([load_clip(planned, card.sample_rate, reading) for planned in group])

    rows: list[list[Tensor]] = [[] for _ in card.layers]
    with exact_arithmetic():
        for group, batch in zip(groups, prefetched(groups, load), strict=True):
            names = [planned.clip.id for planned in group]
            features = _heard(module, card, batch, device, precision)
            check_shapes(card, features, names)
            for layer, values in enumerate(mean_over_time(features).layers):
                _check_finite(card, layer, values, names)
                rows[layer].append(values.cpu())
            advance(len(group))
    return [torch.cat(parts).numpy() for parts in rows]


def free(device: torch.device) -> None:
    """Give the memory of a model that is no longer referred to back to the device."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
