"""Which settings of the whole process does code change? They are read before and after, and put back."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

# name -> how it is read, and how it is set
GLOBAL: Mapping[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "the default type of numbers": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (torch.get_default_device, torch.set_default_device),
    "whether gradients are kept": (torch.is_grad_enabled, torch.set_grad_enabled),
    "deterministic algorithms": (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "the precision of matrix products": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "Python's random numbers": (random.getstate, random.setstate),
}


@contextmanager
def settings_restored() -> Iterator[list[str]]:
    """While inside, settings may be changed; afterwards they are as they were.

    Gives a list, which in the end holds the names of what was changed.
    """
    before = {name: read() for name, (read, _) in GLOBAL.items()}
    changed: list[str] = []
    try:
        yield changed
    finally:
        for name, (read, write) in GLOBAL.items():
            if read() != before[name]:
                changed.append(name)
                write(before[name])
