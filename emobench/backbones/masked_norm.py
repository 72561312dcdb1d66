"""How does a group norm over time stay blind to the padding of a batch?

The first convolution of wav2vec 2.0 base, HuBERT base and MERT is normalised over the whole padded time, so the same
clip alone and in a batch differ by 14 to 30 %, with or without an attention mask.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MaskedGroupNorm(nn.GroupNorm):
    """A group norm that normalises each clip over its own frames, as if it were alone.

    ``frames`` holds the valid frames of each clip of the batch under way (see `over_valid_frames`); without it the
    module is the plain group norm. Weights keep their names, so checkpoints fit.
    """

    frames: list[int] | None = None

    @classmethod
    def of(cls, norm: nn.GroupNorm) -> "MaskedGroupNorm":
        """The same norm with the same weights, shared."""
        masked = cls(norm.num_groups, norm.num_channels, eps=norm.eps, affine=norm.affine)
        masked.weight, masked.bias = norm.weight, norm.bias
        return masked.train(norm.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name of torch
        """Normalise (batch, channels, time); what lies beyond a clip's frames becomes 0."""
        if self.frames is None:
            return super().forward(input)
        alone = super().forward
        clips = [alone(clip[None, :, :frames]) for clip, frames in zip(input, self.frames, strict=True)]
        return torch.cat([F.pad(clip, (0, input.shape[2] - clip.shape[2])) for clip in clips])


def mask_group_norm(front_end: nn.Module) -> None:
    """Let a wav2vec2-like front end (``conv_layers``) normalise valid frames only; others stay as they are."""
    first = front_end.get_submodule("conv_layers.0")
    norm = getattr(first, "layer_norm", None)
    if isinstance(norm, nn.GroupNorm):
        first.layer_norm = MaskedGroupNorm.of(norm)


@contextmanager
def over_valid_frames(front_end: nn.Module, samples: Tensor) -> Iterator[None]:
    """While a batch goes through ``front_end``, tell its masked norm how long each clip is.

    Args:
        front_end: a module that `mask_group_norm` has seen.
        samples: (batch,) valid samples of each clip.
    """
    norm = getattr(front_end.get_submodule("conv_layers.0"), "layer_norm", None)
    if not isinstance(norm, MaskedGroupNorm):
        yield
        return
    convolution = front_end.get_submodule("conv_layers.0.conv")
    assert isinstance(convolution, nn.Conv1d)
    norm.frames = [(n - convolution.kernel_size[0]) // convolution.stride[0] + 1 for n in samples.tolist()]
    try:
        yield
    finally:
        norm.frames = None
