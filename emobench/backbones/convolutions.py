"""What follows from the convolutions in front of a model: its shortest input, and whether padding reaches a clip."""

from collections.abc import Mapping
from typing import Any


def padding_leaks(config: Mapping[str, Any]) -> bool:
    """Whether padded frames reach valid ones: by the bias of a batch norm in front of the positional convolution, or by
    pooling neighbours (the strides of the two then differ in where the last frame falls).
    """
    return bool(config.get("conv_pos_batch_norm")) or int(config.get("squeeze_factor", 1)) > 1


def receptive_field(kernels: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """How many samples the first frame of a stack of convolutions hears."""
    field = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        field = (field - 1) * stride + kernel
    return field
