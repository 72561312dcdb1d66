"""Where do results of units lie? One file a unit, written whole; that it exists is what "done" means."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from emobench.domain.plan import Unit
from emobench.files.atomic import set_aside

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class UnitResult:
    """What a unit found, and what it spent (wall and CPU seconds)."""

    arrays: Mapping[str, Array]
    spent: Mapping[str, float]


@dataclass(frozen=True)
class UnitStore:
    """Results below ``root`` (the home's folder for units), by key."""

    root: Path

    def path(self, unit: Unit) -> Path:
        """The file of a unit."""
        return self.root / unit.task / unit.key[:2] / f"{unit.key}.safetensors"

    def weights_path(self, task: str, key: str) -> Path:
        """The file of the weights that a training left for those that go on from it."""
        return self.root / task / key[:2] / f"{key}.weights.safetensors"

    def adapters_path(self, unit: Unit) -> Path:
        """The folder of what a training learned, where it is to be kept."""
        return self.root / unit.task / unit.key[:2] / f"{unit.key}.adapters"

    def done(self, unit: Unit) -> bool:
        """Whether the result is there."""
        return self.path(unit).is_file()

    def encoded(self, unit: Unit, result: UnitResult) -> bytes:
        """A result as the bytes of its file."""
        arrays = {name: np.asarray(values, order="C") for name, values in result.arrays.items()}
        header = {"digest": _digest(arrays), "spent": json.dumps(dict(result.spent)), "part": unit.part}
        return save(arrays, header)

    def read(self, unit: Unit) -> UnitResult | None:
        """A result; None when there is none, or when it was damaged: then it is set aside."""
        return self.read_key(unit.task, unit.key)

    def read_key(self, task: str, key: str) -> UnitResult | None:
        """The result of a task's unit by its key; as `read`."""
        path = self.root / task / key[:2] / f"{key}.safetensors"
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="np") as file:
                header = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            spent = json.loads(header["spent"])
            whole = _digest(arrays) == header["digest"]
        except (OSError, SafetensorError, KeyError, TypeError, ValueError):
            whole, arrays, spent = False, {}, {}
        if not whole:
            set_aside(path, "its digest does not fit", anew=True)
            return None
        return UnitResult(arrays, spent)


def _digest(arrays: Mapping[str, Array]) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()
