"""Was memory too small, of an accelerator or of the machine, and what is told then?"""

import errno
import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from emobench.domain.errors import EmobenchError

# What torch and its libraries say where they raise a plain RuntimeError.
SHORT_OF_MEMORY = (
    *("out of memory", "can't allocate memory", "not enough memory", "alloc_failed"),
    "could not create a primitive",  # oneDNN, on a processor: it does not tell why, and this is why
)
MACHINE = Path("/proc/meminfo")  # Linux: what is free counts what its caches would give back
GB = 1e9


def out_of_memory(problem: BaseException | None) -> bool:
    """Whether memory was too small, of an accelerator or of the machine; what a stranger has wrapped counts, too."""
    return _shortage(problem) is not None


def _shortage(problem: BaseException | None) -> BaseException | None:
    """The exception, or the one that it was raised from, that says so."""
    seen: list[BaseException] = []
    while problem is not None and all(problem is not one for one in seen):  # one may be raised from itself
        seen.append(problem)
        if isinstance(problem, (torch.OutOfMemoryError, MemoryError)):
            return problem
        if isinstance(problem, OSError) and problem.errno == errno.ENOMEM:
            return problem
        if isinstance(problem, RuntimeError) and any(words in str(problem).lower() for words in SHORT_OF_MEMORY):
            return problem
        problem = problem.__cause__
    return None


@dataclass
class Shortage:
    """Whether memory was too small: ``said`` is what was said of it, empty where there was enough."""

    said: str = ""


@contextmanager
def shortage() -> Iterator[Shortage]:
    """Note whether memory is too small inside; whatever else is raised there passes.

    Behind it the exception is gone, and with it what it kept in memory.
    """
    short = Shortage()
    try:
        yield short
    except (Exception, SystemExit) as problem:
        if not out_of_memory(problem):
            raise
        short.said = first_line(problem)


@contextmanager
def memory_for(what: str, device: torch.device) -> Iterator[None]:
    """Say ``what`` memory on ``device`` was too small for, if it was: something that has no smaller batch.

    Raises:
        EmobenchError: memory was too small. Whatever else is raised inside passes.
    """
    with shortage() as short:
        yield
    if short.said:
        raise EmobenchError(
            f"memory is too small for {what}.", found=f"{short.said}\n{room_on(device)}", remedy=elsewhere(device)
        )


def elsewhere(device: torch.device) -> str:
    """What helps where no smaller batch does."""
    ways = ["another device" if device.type == "cpu" else "another device (--device cpu)"]
    if device.type == "cpu" and torch.get_num_threads() > 1:
        ways = ["--threads 1 (on a CPU each thread hears clips, or trains, on its own)", *ways]
    ways += ["fewer layers (--set extraction.up_to_layer=N)", "or a smaller model"]
    return f"Free memory there, or take {', '.join(ways)}."


def first_line(problem: BaseException) -> str:
    """Type and first line of the exception that says so, whatever it was wrapped in."""
    short = _shortage(problem) or problem
    return f"{type(short).__name__}: {str(short).strip().partition(chr(10))[0]}".rstrip(": ")


def room_on(device: torch.device) -> str:
    """How much memory a device has, and how much of it is free after what nobody refers to was given back."""
    give_back()
    if device.type == "cuda":
        free, whole = torch.cuda.mem_get_info(device)
        return f"{device} ({torch.cuda.get_device_name(device)}): {free / GB:.1f} of {whole / GB:.1f} GB are free"
    kilobytes = _machine()
    if not {"MemAvailable", "MemTotal"} <= kilobytes.keys():
        return f"{device}: nobody tells how much memory is free"
    free, whole = kilobytes["MemAvailable"] * 1024, kilobytes["MemTotal"] * 1024
    return f"{device}: {free / GB:.1f} of {whole / GB:.1f} GB are free"


def give_back() -> None:
    """Give memory that nothing refers to any more back, the accelerator's too."""
    gc.collect()  # graphs in cycles would still hold what was sent before
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def round_down(seconds: float) -> float:
    """A budget that a person would write: whole seconds from ten on, tenths from one on, else two digits.

    It is never more than ``seconds``, which are positive.
    """
    digits = 0 if seconds >= 10 else 1 if seconds >= 1 else 1 - math.floor(math.log10(seconds))
    return math.floor(seconds * 10.0**digits) / 10.0**digits


def _machine() -> dict[str, int]:
    """What the machine says of its memory, in kB; nothing where it does not."""
    try:
        lines = [line.split() for line in MACHINE.read_text("ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        return {}
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1 and words[1].isdecimal()}
