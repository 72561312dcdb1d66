"""Does what a model gave fit its card, its batch, and arithmetic?"""

from collections.abc import Sequence

import torch
from torch import Tensor

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError


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
    if len(features.lengths) != len(features.layers):
        raise EmobenchError(
            f"backbone '{card.name}' does not say how long its layers are.",
            found=f"{len(features.layers)} layers, {len(features.lengths)} tensors of lengths",
            remedy="FrameFeatures holds the lengths of every layer.",
        )
    for name, layer, lengths in zip(card.layers, features.layers, features.lengths, strict=True):
        fits = layer.ndim == 3 and layer.shape[0] == len(lengths) == len(clips)
        if not fits or int(lengths.max()) > layer.shape[1]:
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


def check_finite(card: BackboneCard, layer: int, values: Tensor, clips: Sequence[str]) -> None:
    """Refuse pooled values (clips, width) of a layer that are not numbers. Raises EmobenchError naming the clips."""
    bad = (~torch.isfinite(values).all(dim=1)).nonzero().flatten().tolist()
    if bad:
        raise EmobenchError(
            f"backbone '{card.name}' gives NaN or infinity in layer '{card.layers[layer].name}'.",
            found=f"clips: {', '.join(clips[index] for index in bad[:5])}",
            remedy="Try --precision fp32; otherwise the model or the audio is at fault.",
        )
