"""Where do features lie, and how do we know that they are whole?

``<home>/features/<backbone>-<key12>/<shard key>.safetensors``, one file a shard: ``layer.<i>`` (clips, width_l) float32
in the order of the shard; the header holds the clips' feature keys and a SHA-256 of every layer. Frames lie the same
way below ``<home>/frames``, with (clips, frames * width_l): one after the other, NaN for those that a clip lacks.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from emobench.domain.cards import BackboneCard, folder_of
from emobench.domain.errors import DamageError
from emobench.domain.plan import FeaturePlan, ShardPlan
from emobench.features.frames import widths_of

Array = np.ndarray[Any, np.dtype[np.float32]]


class DamagedShard(Exception):  # noqa: N818 - it names a state of a file, and is always handled
    """A shard that is not what its header says."""


@dataclass(frozen=True)
class FeatureStore:
    """The shards of one backbone on one dataset, below ``root`` (the home's folder for features, or for frames)."""

    root: Path
    plan: FeaturePlan
    card: BackboneCard

    @property
    def folder(self) -> Path:
        """The folder of all shards under one feature key."""
        return self.root / f"{folder_of(self.card.name)}-{self.plan.key[:12]}"

    @property
    def widths(self) -> list[int]:
        """How many numbers a clip has in each layer."""
        return widths_of(self.card, self.plan.frames)

    def path(self, shard: ShardPlan) -> Path:
        """The file of a shard."""
        return self.folder / f"{shard.key[:32]}.safetensors"

    def missing(self) -> list[ShardPlan]:
        """The shards that are not there yet."""
        return [shard for shard in self.plan.shards if not self.path(shard).is_file()]

    def keys(self, shard: ShardPlan) -> list[str]:
        """The feature keys of a shard's clips, in its order."""
        return [self.plan.clip_keys[position] for position in shard.clips]

    def encoded(self, shard: ShardPlan, layers: Mapping[str, Array], spent: Mapping[str, float]) -> bytes:
        """A shard as the bytes of its file."""
        header = {
            "clips": json.dumps(self.keys(shard)),
            "digests": json.dumps(
                {name: hashlib.sha256(values.tobytes()).hexdigest() for name, values in layers.items()}
            ),
            "spent": json.dumps(dict(spent)),
        }
        return save({name: np.ascontiguousarray(values) for name, values in layers.items()}, header)

    def read_shard(self, shard: ShardPlan, layer: int) -> Array:
        """One layer of a shard (clips, numbers of a clip).

        Raises:
            DamagedShard: unreadable, other clips, another shape or dtype, or another digest than the header says.
        """
        clips, values = self._read(self.path(shard), layer)
        if clips != self.keys(shard):
            raise DamagedShard("holds other clips")
        return values

    def _read(self, path: Path, layer: int) -> tuple[list[str], Array]:
        """The clip keys of a file and one layer of theirs. Raises DamagedShard."""
        name = f"layer.{layer}"
        try:
            with safe_open(path, framework="np") as file:
                header = file.metadata()
                values: Array = file.get_tensor(name)
                said = json.loads(header["digests"])[name]
                clips: list[str] = json.loads(header["clips"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as problem:
            raise DamagedShard(f"cannot be read ({problem})") from problem
        expected = (len(clips), self.widths[layer])
        if values.shape != expected or values.dtype != np.float32:
            raise DamagedShard(f"has shape {values.shape} of {values.dtype} instead of {expected} of float32")
        if hashlib.sha256(values.tobytes()).hexdigest() != said:
            raise DamagedShard("has another digest than its header says")
        return clips, values

    def clips_of(self, path: Path) -> list[str]:
        """The feature keys of the clips in a file of this folder. Raises DamagedShard."""
        try:
            clips: list[str] = json.loads(_header(path)["clips"])
        except ValueError as problem:
            raise DamagedShard(f"cannot be read ({problem})") from problem
        return clips

    def rows(self, path: Path) -> dict[str, tuple[Array, ...]]:
        """What a file of this folder holds: feature key -> one vector a layer. Raises DamagedShard."""
        layers = [self._read(path, layer) for layer in range(len(self.card.layers))]
        return {key: tuple(values[row] for _, values in layers) for row, key in enumerate(layers[0][0])}

    def verify(self, shard: ShardPlan) -> None:
        """Read every layer of a shard. Raises DamagedShard."""
        for layer in range(len(self.card.layers)):
            self.read_shard(shard, layer)

    def layer(self, layer: int) -> Array:
        """One layer of all clips (clips, numbers of a clip), rows in the order of the dataset plan.

        Raises:
            DamageError: a shard that is missing or damaged.
        """
        values = np.empty((len(self.plan.clip_keys), self.widths[layer]), dtype=np.float32)
        for shard in self.plan.shards:
            try:
                values[list(shard.clips)] = self.read_shard(shard, layer)
            except DamagedShard as problem:
                raise DamageError(
                    f"stored features {problem}.", found=str(self.path(shard)), remedy="Run the same command again."
                ) from problem
        return values

    def frames_of(self, layer: int) -> Array:
        """The frames of one layer of all clips (clips, frames, width_l), of a plan that has frames.

        Rows are in the order of the dataset plan; of a clip with fewer frames the last ones are NaN.

        Raises:
            DamageError: a shard that is missing or damaged.
        """
        return self.layer(layer).reshape(-1, self.plan.frames, self.card.layers[layer].width)

    def spent(self) -> dict[str, float]:
        """What the shards cost when they were computed, summed; empty when one of them does not tell."""
        total: dict[str, float] = {}
        for shard in self.plan.shards:
            try:
                spent = json.loads(_header(self.path(shard))["spent"])
            except (DamagedShard, ValueError):
                return {}
            for name, value in spent.items():
                total[name] = total.get(name, 0.0) + float(value)
        return total


def _header(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="np") as file:
            header: dict[str, str] = file.metadata() or {}
    except (OSError, SafetensorError) as problem:
        raise DamagedShard(f"cannot be read ({problem})") from problem
    if not {"clips", "digests", "spent"} <= set(header):
        raise DamagedShard("has no header")
    return header
