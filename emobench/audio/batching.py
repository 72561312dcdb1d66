"""Which clips go through a model together, and how do they get there in time?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

import numpy as np
import torch

from emobench.audio.decode import Samples
from emobench.catalog.contracts import AudioBatch

LONGEST_TO_SHORTEST = 1.25
Item = TypeVar("Item")
Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Shard:
    """Whole batches that are stored together.

    Attributes:
        clips: positions of the clips, in the order in which they are computed and stored.
        batches: sizes of the runs of ``clips`` that go through the model together; their sum is ``len(clips)``.
    """

    clips: tuple[int, ...]
    batches: tuple[int, ...]

    def runs(self) -> Iterator[tuple[int, ...]]:
        """The positions of each batch, one batch after the other."""
        start = 0
        for size in self.batches:
            yield self.clips[start : start + size]
            start += size


def batches_by_length(
    samples: Sequence[int], budget: int, shard_clips: int = 256, longest_to_shortest: float = LONGEST_TO_SHORTEST
) -> tuple[Shard, ...]:
    """Decide batches and shards from the clips' lengths (samples at the model's rate); the same for the same lengths.

    Clips are sorted by length, then position, and cut greedily into batches such that
    (1) clips times longest clip is at most ``budget`` samples, padding included, unless it is a single clip,
    (2) the longest clip is at most 1.25 times the shortest, so that at most a fifth of a batch is padding
    (``longest_to_shortest`` 1 means no padding at all), and
    (3) there are at most ``shard_clips`` clips.
    Shards take whole batches, in the same order, as long as they stay within ``shard_clips`` clips.

    Raises:
        ValueError: a length, the budget or ``shard_clips`` is not positive.
    """
    if min(samples, default=1) < 1 or budget < 1 or shard_clips < 1:
        raise ValueError("lengths, budget and shard_clips must be positive")
    order = sorted(range(len(samples)), key=lambda position: (samples[position], position))
    batches: list[list[int]] = []
    for position in order:
        if batches and _fits(batches[-1], samples, position, budget, shard_clips, longest_to_shortest):
            batches[-1].append(position)
        else:
            batches.append([position])
    shards: list[list[list[int]]] = []
    for batch in batches:
        if shards and sum(map(len, shards[-1])) + len(batch) <= shard_clips:
            shards[-1].append(batch)
        else:
            shards.append([batch])
    return tuple(Shard(tuple(chain.from_iterable(shard)), tuple(map(len, shard))) for shard in shards)


def make_batch(waves: Sequence[Samples]) -> AudioBatch:
    """Put waveforms, each (samples,) float32, into one zero-padded batch: (batch, longest) float32, lengths int64.

    Raises:
        ValueError: there is none, or one of them is empty or not one-dimensional.
    """
    if not waves or any(wave.ndim != 1 or not len(wave) for wave in waves):
        raise ValueError("a batch needs at least one waveform, each of shape (samples,) and not empty")
    lengths = [len(wave) for wave in waves]
    padded = np.zeros((len(waves), max(lengths)), np.float32)
    for row, wave in zip(padded, waves, strict=True):
        row[: len(wave)] = wave
    return AudioBatch(torch.from_numpy(padded), torch.tensor(lengths, dtype=torch.int64))


def prefetched(
    items: Iterable[Item], load: Callable[[Item], Loaded], depth: int = 2, workers: int = 1,
    begin: Callable[[], object] | None = None,
) -> Generator[Loaded]:  # fmt: skip
    """Yield ``load(item)`` for every item, in order, loading up to ``depth`` items ahead in background threads.

    Each of the ``workers`` threads calls ``begin`` once. An exception of ``load`` is raised where its item would have
    been yielded. When the consumer stops early, at most the items that are being loaded are finished; the threads have
    ended when the iterator is closed.
    """
    waiting: deque[Future[Loaded]] = deque()
    remaining = iter(items)
    with ThreadPoolExecutor(workers, thread_name_prefix="prefetch", initializer=begin) as pool:
        try:
            waiting.extend(pool.submit(load, item) for item in islice(remaining, max(1, depth)))
            while waiting:
                loaded = waiting.popleft().result()
                waiting.extend(pool.submit(load, item) for item in islice(remaining, 1))
                yield loaded
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _fits(
    batch: Sequence[int], samples: Sequence[int], position: int, budget: int, most: int, longest_to_shortest: float
) -> bool:
    longest = samples[position]
    within = (len(batch) + 1) * longest <= budget and longest <= longest_to_shortest * samples[batch[0]]
    return within and len(batch) < most
