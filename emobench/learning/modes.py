"""Which modules are in train mode while a model learns? Those that learn, and what drops out above them.

Below the lowest trainable weight nothing may depend on chance: it is computed once. Batch norms keep their statistics.
Where "above" is, is not written in a model: it is heard while a clip goes through.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase


def training_modes(module: nn.Module, once: Callable[[], object]) -> set[str]:
    """The names of the modules that belong in train mode; all others belong in eval mode.

    A module with trainable weights is in train mode, unless it is one of the containers around the lowest of them (what
    it drops could lie below). A module without any weights (a dropout) is, where it is first called after the lowest
    trainable weight, or belongs to that one's adapter. A module whose weights are all frozen, and a norm with running
    statistics, never is.

    Args:
        module: in eval mode, with its trainable weights marked.
        once: sends something through it, as training will.
    """
    order = _first_calls(module, once)
    owners = [name.rpartition(".")[0] for name, weight in module.named_parameters() if weight.requires_grad]
    if not owners:
        return set()
    lowest = min((_nearest_called(owner, order) for owner in owners), key=lambda name: order.get(name, -1))
    containers, since, adapter = _containers(module, lowest), order.get(lowest, -1), _adapter(module, lowest)
    found = set()
    for name, part in module.named_modules():
        if isinstance(part, _NormBase) or name in containers:
            continue
        weights = list(part.parameters())
        above = order.get(name, -1) > since or name.startswith(adapter)
        if any(weight.requires_grad for weight in weights) or (not weights and above):
            found.add(name)
    return found


def set_modes(module: nn.Module, training: set[str]) -> None:
    """Put the modules called ``training`` into train mode, all others into eval mode."""
    for name, part in module.named_modules():
        part.training = name in training


def _first_calls(module: nn.Module, once: Callable[[], object]) -> dict[str, int]:
    """When each module is first called, counted from 0."""
    order: dict[str, int] = {}

    def listening(name: str) -> Callable[..., None]:
        def called(*_: object) -> None:
            order.setdefault(name, len(order))

        return called

    handles = [part.register_forward_pre_hook(listening(name)) for name, part in module.named_modules()]
    try:
        with torch.no_grad():
            once()
    finally:
        for handle in handles:
            handle.remove()
    return order


def _nearest_called(name: str, order: dict[str, int]) -> str:
    """The module itself, or the innermost around it that is called: some pass their weights to a function."""
    while name and name not in order:
        name = name.rpartition(".")[0]
    return name


def _containers(module: nn.Module, lowest: str) -> set[str]:
    """All modules around ``lowest`` down to the outermost list of blocks, or to ``lowest`` where there is no list."""
    around, inner = [""], lowest.split(".") if lowest else []
    for depth in range(1, len(inner)):
        around.append(".".join(inner[:depth]))
    lists = (name for name in around if isinstance(module.get_submodule(name), (nn.ModuleList, nn.Sequential)))
    outermost = next(lists, None)
    return set(around if outermost is None else around[: around.index(outermost)])


def _adapter(module: nn.Module, lowest: str) -> str:
    """Where the lowest weight's dropout sits: peft keeps both side by side, each in a dictionary of its layer."""
    home = lowest.rpartition(".")[0]
    return f"{home.rpartition('.')[0]}." if isinstance(module.get_submodule(home), nn.ModuleDict) else f"{lowest}."
