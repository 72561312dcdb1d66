"""In which order do clips train, how fast, and with which chances? All of it follows from one seed and the lengths."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from emobench.learning.seeds import seed_of

POOL = 8  # batches; shuffled clips are sorted by length within so many, so that a batch is hardly padded


def batches_of_epoch(samples: Sequence[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Positions of the clips of every step of an epoch; each clip once.

    Clips are shuffled, sorted by length within pools of eight batches, and the batches shuffled again. There are
    ``ceil(clips / batch)``, whose sizes differ by one at most: no step is left with a single clip.
    """
    draw = torch.Generator().manual_seed(seed_of(seed, "order", epoch))
    shuffled: list[int] = torch.randperm(len(samples), generator=draw).tolist()
    count = -(-len(samples) // batch)
    bounds = [len(samples) * step // count for step in range(count + 1)]
    found = []
    for first in range(0, count, POOL):
        last = min(first + POOL, count)
        pool = sorted(shuffled[bounds[first] : bounds[last]], key=lambda place: samples[place])
        found += [pool[bounds[b] - bounds[first] : bounds[b + 1] - bounds[first]] for b in range(first, last)]
    return [found[place] for place in torch.randperm(count, generator=draw).tolist()]


def rate_at(step: int, planned: int, warm_up: float) -> float:
    """The learning rate of a step (from 0) as a part of the full one.

    It rises in equal steps over the first ``warm_up`` of all planned steps (rounded), then falls along half a cosine,
    which would reach 0 one step after the last.
    """
    rising = round(warm_up * planned)
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / (planned - rising)))


@contextmanager
def drawing_from(seed: int, device: torch.device) -> Iterator[None]:
    """While inside, torch draws what ``seed`` says, on the CPU and on ``device``; afterwards all is as it was."""
    accelerated = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if accelerated else []):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed all accelerators of the caller, too
        if accelerated:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
