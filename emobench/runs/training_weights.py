"""Are the weights that a training left still what they were? A file with a digest, checked when it is read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from emobench.domain.errors import DamageError
from emobench.files.atomic import set_aside

AGAIN = "Run the same command again: they are learned anew."


def write_weights(weights: Mapping[str, Tensor], file: Path) -> None:
    """Write weights (on the CPU, no two sharing storage) with their digest."""
    whole = {name: value.contiguous() for name, value in weights.items()}
    file.write_bytes(save(whole, metadata={"digest": _digest(whole)}))  # of a full disk, save_file says no OSError


def read_weights(path: Path) -> dict[str, Tensor]:
    """The weights of a file.

    Raises:
        DamageError: there is none, or it is damaged: then it is set aside.
    """
    try:
        with safe_open(path, framework="pt") as file:
            said = (file.metadata() or {}).get("digest")
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except FileNotFoundError as problem:
        raise DamageError("the weights to go on from have vanished.", found=str(path), remedy=AGAIN) from problem
    except (OSError, SafetensorError, ValueError) as problem:
        set_aside(path, str(problem), anew=True)
        raise DamageError("the weights to go on from are damaged.", found=str(path), remedy=AGAIN) from problem
    if said != _digest(weights):
        set_aside(path, "its digest does not fit", anew=True)
        raise DamageError("the weights to go on from are damaged.", found=str(path), remedy=AGAIN)
    return weights


def _digest(weights: Mapping[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name in sorted(weights):
        value = weights[name]
        total.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        total.update(value.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
