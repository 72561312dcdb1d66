"""How much memory did a piece of work take? The most that was held, of this process or of the accelerator."""

import resource
import sys
from contextlib import suppress
from pathlib import Path

import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # what Linux takes to forget the peak (man 5 proc)


def forget_peak(device: torch.device) -> None:
    """Begin anew; where the system cannot, `peak_bytes` tells the peak of the whole process."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):  # only Linux has the file, and not every sandbox lets it be written
        CLEAR.write_text(RESET_PEAK)


def peak_bytes(device: torch.device) -> int:
    """The most memory held since `forget_peak`: on an accelerator its own, else the process's, libraries included."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return process_peak_bytes()


def process_peak_bytes() -> int:
    """The most memory this process has held, since the peak was forgotten last."""
    with suppress(OSError, ValueError):  # only Linux tells it so, and not in every sandbox
        (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
