"""On which device, with how many threads, does a run compute?"""

import os

import torch

from emobench.domain.errors import BrokenEnvironment, UsageError
from emobench.domain.suggestion import near_miss


def resolve_device(name: str) -> torch.device:
    """``auto`` (CUDA when there is one), ``cpu``, ``cuda`` or ``cuda:<n>``.

    Raises:
        UsageError: a name that is none of these.
        BrokenEnvironment: a CUDA device that this machine or this torch does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not (kind == "cuda" and index.isdigit())):
        hint = near_miss(name, ["auto", "cpu", "cuda"])
        raise UsageError(f"no device named '{name}'. {hint}".rstrip(), remedy="Known: auto, cpu, cuda, cuda:<n>.")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise BrokenEnvironment(
            f"there is no device '{name}' here.",
            found=f"torch {torch.__version__} sees {torch.cuda.device_count()} CUDA devices",
            remedy="Use --device cpu, or see `emobench doctor`.",
        )
    return torch.device(name)


def set_threads(threads: int | None) -> int:
    """Use so many threads (None: as many as this process may use) and return the number."""
    count = (
        threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads or os.cpu_count() or 1
    )
    torch.set_num_threads(count)
    return count
