"""How do frames become one vector a clip?"""

import torch
from torch import Tensor

from emobench.catalog.contracts import ClipFeatures, FrameFeatures


def valid_frames(lengths: Tensor, frames: int) -> Tensor:
    """Mask (batch, frames), true where a frame lies inside its clip."""
    return torch.arange(frames, device=lengths.device)[None, :] < lengths[:, None]


def mean_over_time(features: FrameFeatures) -> ClipFeatures:
    """Mean over the valid frames of every layer: per layer (batch, width_l), float32.

    Frames beyond a clip's length are ignored whatever they hold.
    """
    pooled = []
    for layer, lengths in zip(features.layers, features.lengths, strict=True):
        inside = valid_frames(lengths.to(layer.device), layer.shape[1])[..., None]
        total = torch.where(inside, layer.float(), 0.0).sum(dim=1)
        pooled.append(total / lengths.to(layer.device).clamp(min=1)[:, None])
    return ClipFeatures(layers=tuple(pooled))
