"""Where does what enters a model's first block lie, and how does it stay within a bound?

``<root>/<backbone>-<key12>/<shard>.safetensors``, at most 64 clips a file, their pieces one after the other: ``state``
(frames of all pieces, width) float32, ``frames`` and ``samples`` (pieces,) int64, ``below.<i>`` (pieces, width_i)
float32; the header holds the clips' feature keys, how many pieces each has, and a SHA-256 of all of it.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from emobench.audio.waves import Lazily
from emobench.catalog.contracts import Entered
from emobench.domain.canonical import digest
from emobench.domain.cards import folder_of
from emobench.domain.plan import FeaturePlan, ShardPlan
from emobench.features.store import DamagedShard
from emobench.files.atomic import locked

LAYOUT = 1  # of the files; raised when they change
SHARD_CLIPS = 64
IN_USE_SECONDS = 3600.0


class NoRoom(Exception):  # noqa: N818 - it names a state of a folder, and is always handled
    """What is to be written does not fit the bound."""


def shards_of(features: FeaturePlan) -> tuple[ShardPlan, ...]:
    """The files for one backbone and dataset: the plan's shards, in its order, cut into runs of at most 64 clips."""
    found = []
    for shard in features.shards:
        ends, count = list(accumulate(shard.batches)), len(shard.clips)
        for first in range(0, count, SHARD_CLIPS):
            last = min(first + SHARD_CLIPS, count)
            edges = [first, *(end for end in ends if first < end < last), last]
            clips = shard.clips[first:last]
            key = _key([features.clip_keys[clip] for clip in clips])
            found.append(ShardPlan(key, clips, tuple(end - start for start, end in pairwise(edges))))
    return tuple(found)


def _key(clips: Sequence[str]) -> str:
    return digest(["prefixes", LAYOUT, list(clips)])


@dataclass(frozen=True)
class PrefixStore:
    """What enters one backbone, below ``root``, which all backbones share and which holds at most ``most_bytes``.

    Files count as used when they are written or opened. One that was used within the hour is never deleted: somebody
    may be about to open it. Who has opened one keeps it, even when it is deleted later.

    Attributes:
        root: the folder of all prefixes.
        backbone: its name.
        key: `FeaturePlan.key`, of the backbone with its weights, the reading and the precision.
        most_bytes: what ``root`` may hold.
    """

    root: Path
    backbone: str
    key: str
    most_bytes: int

    @property
    def folder(self) -> Path:
        """The folder of all files under this key."""
        return self.root / f"{folder_of(self.backbone)}-{self.key[:12]}"

    def path(self, shard: ShardPlan) -> Path:
        """The file of a shard."""
        return self.folder / f"{shard.key[:32]}.safetensors"

    def write(
        self, file: Path, keys: Sequence[str], rows: Sequence[Sequence[Entered]], keep: Collection[Path] = ()
    ) -> None:
        """Write the pieces of clips, which have these feature keys, to ``file``, after making room for it.

        Raises:
            NoRoom: it does not fit; nothing was written or deleted.
            EmobenchError: the disk is full, read-only or forbidden.
        """
        data = encoded(keys, rows)
        with locked(self.root / "room"):
            if not self.make_room(len(data), keep):
                raise NoRoom
            file.write_bytes(data)

    def make_room(self, wanted: int, keep: Collection[Path] = ()) -> bool:
        """Delete files until ``wanted`` bytes more fit; False where that cannot be, and then nothing is deleted.

        Those of other keys go first, and of these the ones that were used longest ago. Files in ``keep``, and those
        that were used within the hour, stay.
        """
        held = _held(self.root)
        over = sum(facts.st_size for facts in held.values()) + wanted - self.most_bytes
        idle = [
            (path.parent == self.folder, facts.st_mtime, path, facts.st_size)
            for path, facts in held.items()
            if path not in keep and time.time() - facts.st_mtime > IN_USE_SECONDS
        ]
        leaving = []
        for *_, path, size in sorted(idle):
            if over <= 0:
                break
            leaving.append(path)
            over -= size
        if over > 0:
            return False
        for path in leaving:
            path.unlink(missing_ok=True)
        return True

    def verify(self, shard: ShardPlan) -> None:
        """Read a whole file, from which it counts as used. Raises DamagedShard."""
        file, header = self._open(shard)
        names = sorted(file.keys())
        said = header.pop("digest", None)
        if _digest({name: file.get_tensor(name) for name in names}, header) != said:
            raise DamagedShard("has another digest than its header says")

    def rows(self, shards: Sequence[ShardPlan]) -> Sequence[Entered]:
        """All pieces of all clips, in the order of the dataset plan; each is a view into its file, not to be changed.

        The files are opened here, from which they count as used; what they hold is read when it is asked for.

        Raises:
            DamagedShard: a file is missing or cannot be read, or holds other clips.
        """
        readers: dict[int, list[Callable[[], Entered]]] = {}
        for shard in shards:
            file, header = self._open(shard)
            counts = json.loads(header["pieces"])
            edges = list(pairwise(accumulate(file.get_tensor("frames").tolist(), initial=0)))
            below = sum(name.startswith("below.") for name in file.keys())  # noqa: SIM118 - a file is no mapping
            numbers = iter(range(len(edges)))
            for clip, count in zip(shard.clips, counts, strict=True):
                own = [next(numbers) for _ in range(count)]
                readers[clip] = [_reader(file, number, edges[number], below) for number in own]
        flat = [read for clip in sorted(readers) for read in readers[clip]]
        return Lazily(len(flat), lambda place: flat[place]())

    def _open(self, shard: ShardPlan) -> tuple[Any, dict[str, str]]:
        """A file, mapped and not read, and its header."""
        path = self.path(shard)
        with suppress(OSError):  # missing, which is said below; or somebody else's, in a home that is shared
            os.utime(path)
        try:
            file: Any = safe_open(path, framework="pt")
            header: dict[str, str] = dict(file.metadata() or {})
            clips, pieces = json.loads(header["clips"]), json.loads(header["pieces"])
        except (OSError, SafetensorError, KeyError, ValueError) as problem:
            raise DamagedShard(f"cannot be read ({problem})") from problem
        if _key(clips) != shard.key or len(pieces) != len(clips):
            raise DamagedShard("holds other clips")
        return file, header


def encoded(keys: Sequence[str], rows: Sequence[Sequence[Entered]]) -> bytes:
    """The pieces of clips as the bytes of a file; each clip has its feature key."""
    pieces = [piece for clip in rows for piece in clip]
    tensors = {
        "state": torch.cat([piece.state[0] for piece in pieces]),
        "frames": torch.tensor([piece.state.shape[1] for piece in pieces]),
        "samples": torch.cat([piece.samples for piece in pieces]),
    }
    for number, layers in enumerate(zip(*(piece.below for piece in pieces), strict=True)):
        tensors[f"below.{number}"] = torch.cat(layers)
    header = {"clips": json.dumps(list(keys)), "pieces": json.dumps([len(clip) for clip in rows])}
    return save(tensors, {**header, "digest": _digest(tensors, header)})


def _reader(file: Any, number: int, frames: tuple[int, int], below: int) -> Callable[[], Entered]:
    """What reads one piece of an open file."""
    first, last = frames

    def read() -> Entered:
        return Entered(
            state=file.get_slice("state")[first:last][None],
            samples=file.get_slice("samples")[number : number + 1],
            below=tuple(file.get_slice(f"below.{layer}")[number : number + 1] for layer in range(below)),
        )

    return read


def _held(root: Path) -> dict[Path, os.stat_result]:
    """All files below a root, those under way and those set aside too."""
    held = {}
    for path in root.glob("*/*"):
        with suppress(FileNotFoundError):  # another process is done with it
            if path.is_file() and path.parent.name != ".locks":
                held[path] = path.stat()
    return held


def _digest(tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> str:
    sha = hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode())
    for name in sorted(tensors):
        values = tensors[name]
        sha.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        sha.update(values.numpy().data)
    return sha.hexdigest()
