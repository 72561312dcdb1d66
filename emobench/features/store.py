"""Where do features lie, and how do we know that they are whole?

``<home>/features/<backbone>-<key12>/<shard key>.safetensors``, one file a shard: ``layer.<i>`` (clips, width_l) float32
in the order of the shard; the header holds the clips' feature keys and a SHA-256 of every layer.
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

from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import FeaturePlan, ShardPlan

Array = np.ndarray[Any, np.dtype[np.float32]]


class DamagedShard(Exception):  # noqa: N818 - it names a state of a file, and is always handled
    """A shard that is not what its header says."""


@dataclass(frozen=True)
class FeatureStore:
    """The shards of one backbone on one dataset, below ``root`` (the home's folder for features)."""

    root: Path
    plan: FeaturePlan
    card: BackboneCard

    def path(self, shard: ShardPlan) -> Path:
        """The file of a shard."""
        return self.root / f"{self.card.name}-{self.plan.key[:12]}" / f"{shard.key[:32]}.safetensors"

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
        """One layer of a shard (clips, width_l).

        Raises:
            DamagedShard: unreadable, other clips, another shape or dtype, or another digest than the header says.
        """
        name = f"layer.{layer}"
        expected = (len(shard.clips), self.card.layers[layer].width)
        try:
            with safe_open(self.path(shard), framework="np") as file:
                header = file.metadata()
                values: Array = file.get_tensor(name)
                said = json.loads(header["digests"])[name]
                clips = json.loads(header["clips"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as problem:
            raise DamagedShard(f"cannot be read ({problem})") from problem
        if clips != self.keys(shard):
            raise DamagedShard("holds other clips")
        if values.shape != expected or values.dtype != np.float32:
            raise DamagedShard(f"has shape {values.shape} of {values.dtype} instead of {expected} of float32")
        if hashlib.sha256(values.tobytes()).hexdigest() != said:
            raise DamagedShard("has another digest than its header says")
        return values

    def verify(self, shard: ShardPlan) -> None:
        """Read every layer of a shard. Raises DamagedShard."""
        for layer in range(len(self.card.layers)):
            self.read_shard(shard, layer)

    def layer(self, layer: int) -> Array:
        """One layer of all clips (clips, width_l), rows in the order of the dataset plan.

        Raises:
            EmobenchError: a shard that is missing or damaged.
        """
        values = np.empty((len(self.plan.clip_keys), self.card.layers[layer].width), dtype=np.float32)
        for shard in self.plan.shards:
            try:
                values[list(shard.clips)] = self.read_shard(shard, layer)
            except DamagedShard as problem:
                raise EmobenchError(
                    f"stored features {problem}.", found=str(self.path(shard)), remedy="Run the same command again."
                ) from problem
        return values

    def spent(self) -> dict[str, float]:
        """What the shards cost when they were computed, summed."""
        total: dict[str, float] = {}
        for shard in self.plan.shards:
            with safe_open(self.path(shard), framework="np") as file:
                for name, value in json.loads(file.metadata()["spent"]).items():
                    total[name] = total.get(name, 0.0) + float(value)
        return total
