"""Is everything of a model that may not learn as it was? Sums of its bits, before a training and after it."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from emobench.domain.errors import EmobenchError

SHOWN = 4


def frozen_sums(backbone: nn.Module) -> dict[str, int]:
    """A sum of the bits of every weight that does not learn, and of every buffer, by name.

    One pass over memory, much cheaper than a digest; that changes cancel out is not to be expected.
    """
    weights = {name: weight for name, weight in backbone.named_parameters() if not weight.requires_grad}
    return {name: _sum(value) for name, value in {**weights, **dict(backbone.named_buffers())}.items()}


def require_untouched(backbone: nn.Module, before: Mapping[str, int]) -> None:
    """Refuse a training in which something moved that does not learn: nobody would save it, or go on from it.

    Args:
        backbone: after a training.
        before: its `frozen_sums` before.

    Raises:
        EmobenchError: with names.
    """
    now = frozen_sums(backbone)
    moved = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if moved:
        more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        raise EmobenchError(
            "training moved what does not learn: it would be lost where weights are saved or gone on with.",
            found=f"frozen weights or buffers: {', '.join(moved[:SHOWN])}{more}",
            remedy="Correct the PEFT method, or the backbone: what changes has to be a weight that learns.",
        )


def _sum(values: Tensor) -> int:
    flat = values.detach().reshape(-1)
    size = flat.element_size()
    whole = flat.numel() * size % 8 == 0 and flat.storage_offset() * size % 8 == 0
    bits = flat.view(torch.int64 if whole else torch.uint8)  # overflow wraps around
    return int(bits.sum(dtype=torch.int64))
