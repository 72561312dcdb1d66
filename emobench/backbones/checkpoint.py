"""Does a weight file fit a model? Every weight from the file, or an error that names those that do not fit."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from emobench.domain.errors import DataError

NAMES_SHOWN = 8


def load_checkpoint(
    module: nn.Module, path: Path | Sequence[Path], *, rename: Callable[[str], str | None] = str,
    unused: Collection[str] = (),
) -> None:  # fmt: skip
    """Fill ``module`` from a state dict; each of its weights must be there, with its shape, and nothing else.

    Users have published numbers from positional convolutions that were silently left random: hence no ``strict=False``.

    Args:
        module: the model; the names of its ``state_dict()`` are the ones wanted.
        path: a ``.safetensors`` file, or one written by ``torch.save`` (only tensors are unpickled); or their shards.
        rename: published name -> name in ``module``; None for a weight it has no place for (a pretraining head).
        unused: names of weights that no forward pass reads, so that either side may lack them.

    Raises:
        DataError: the file is missing, damaged, or does not fit; the error names the weights.
    """
    wanted = module.state_dict()
    shards = [path] if isinstance(path, Path) else list(path)
    found = _renamed(shards, rename)
    for name in unused:
        if (name in wanted) != (name in found):
            found.pop(name, None)
            wanted.pop(name, None)
    reshaped = [
        f"{name} {tuple(found[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in wanted.keys() & found.keys()
        if found[name].shape != wanted[name].shape
    ]
    misfits = {
        "missing": wanted.keys() - found.keys(),
        "unexpected": found.keys() - wanted.keys(),
        "of another shape": reshaped,
    }
    if any(misfits.values()):
        raise DataError(
            f"the weights in {_shown(shard.name for shard in shards)} do not fit {type(module).__name__}.",
            found="\n".join(f"{kind}: {_shown(names)}" for kind, names in misfits.items() if names),
            remedy="give the checkpoint that these settings belong to; for a named backbone `emobench describe NAME` "
            "shows where it is.",
        )
    hollow = any(weight.is_meta for weight in wanted.values())
    if hollow:  # the file's tensors become the weights
        found = {name: weight.to(wanted[name].dtype).contiguous() for name, weight in found.items()}
    module.load_state_dict(found, strict=not unused, assign=hollow)  # every name was compared above
    if hollow:
        _fill_unread(module)


def _renamed(shards: Sequence[Path], rename: Callable[[str], str | None]) -> dict[str, Tensor]:
    """The weights of all files under the names of the model. Raises DataError where two would get one name."""
    found: dict[str, Tensor] = {}
    origin: dict[str, str] = {}
    for shard in shards:
        for old, weight in read_state_dict(shard).items():
            name = rename(old)
            if name is None:
                continue
            if name in found:
                raise DataError(
                    f"{shard.name} holds one weight twice.",
                    found=f"'{origin[name]}' and '{old}' are both '{name}'",
                    remedy="give a checkpoint in which each weight stands once.",
                )
            found[name], origin[name] = weight, old
    return found


def weightless() -> torch.device:
    """A context in which modules are built without drawing weights, to be given a checkpoint's (`load_checkpoint`)."""
    return torch.device("meta")


def _fill_unread(module: nn.Module) -> None:
    """Zeros for the weights that no forward pass reads and no checkpoint had to bring."""
    for part in module.modules():
        for name, weight in list(part.named_parameters(recurse=False)):
            if weight.is_meta:
                setattr(part, name, nn.Parameter(torch.zeros(weight.shape), requires_grad=weight.requires_grad))
        lost = [name for name, buffer in part.named_buffers(recurse=False) if buffer.is_meta]
        assert not lost, f"{type(part).__name__} computes {lost} when it is built, and was built without weights"


def read_state_dict(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a weight file by name, on the CPU.

    Raises:
        DataError: the file is missing, is no weight file, or holds something else than tensors.
    """
    if not path.is_file():
        raise DataError(f"the weight file {path} is missing.", remedy="check the path given with --weights.")
    try:
        weights = load_file(path) if path.suffix == ".safetensors" else _torch_load(path)
    except Exception as problem:  # a damaged pickle raises nearly anything, KeyError and UnicodeDecodeError included
        raise DataError(
            f"{path.name} cannot be read as a weight file.",
            found=f"found {path.stat().st_size} bytes, neither safetensors nor a PyTorch file of tensors alone.",
            remedy="fetch it again, or give another one with --weights.",
        ) from problem
    if not isinstance(weights, Mapping) or not all(isinstance(weight, Tensor) for weight in weights.values()):
        raise DataError(
            f"{path.name} holds no state dict.",
            found=f"found: {_contents(weights)}",
            remedy="save `model.state_dict()` and nothing else.",
        )
    return weights


def _torch_load(path: Path) -> object:
    return torch.load(path, map_location="cpu", weights_only=True)


def _contents(loaded: object) -> str:
    """What a file holds instead of tensors: its keys when it has some, else its type."""
    return _shown(map(str, loaded)) if isinstance(loaded, Mapping) else type(loaded).__name__


def _shown(names: Iterable[str]) -> str:
    """The first few names in order, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - NAMES_SHOWN
    return ", ".join(ordered[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
