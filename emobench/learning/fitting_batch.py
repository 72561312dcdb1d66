"""What is told when a batch fails in a model, and which batch fits where memory was too small for it?"""

from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from emobench.domain.errors import EmobenchError
from emobench.features.memory import first_line, give_back, out_of_memory

Result = TypeVar("Result")

FEWEST = 2  # clips a step, the least that `train.batch` may be: a batch of one has no CCC
OTHERWISE = (
    "Take --threads 1 (on a CPU: as many small models as threads train at once), another device, fewer layers "
    "(--set extraction.up_to_layer=N), or a smaller model."
)


def carried_out(work: Callable[[], Result], doing: str, samples: Sequence[int], fitting: Callable[[], int]) -> Result:
    """Send a batch through a model; whatever it raises is told with what was being done.

    Args:
        work: sends it.
        doing: what for: ``training, epoch 1, step 3 of 8``.
        samples: how long the clips of the batch are.
        fitting: asked where memory was too small: the largest batch that fits, 0 where not even one clip does.

    Raises:
        EmobenchError: the model's own, or what else it raised, with its type; memory was too small, with the batch
            that fits.
    """
    try:
        return work()
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a model raises is told
        if not out_of_memory(problem):
            _fail(problem, doing, samples)
        found = first_line(problem)
    # Only here is the exception gone, and with it the tensors of the batch, which the search needs the room of.
    size = fitting()
    raise EmobenchError(f"memory is too small for {doing}: {_clips(samples)}.", found=found, remedy=_remedy(size))


def fitting_batch(attempt: Callable[[list[int]], object], samples: Sequence[int], batch: int) -> int:
    """The largest of ``batch`` / 2, / 4, ... 1 whose clips fit, tried on the longest clips; 0 where none does.

    Args:
        attempt: sends the clips at these positions through the model, and leaves nothing behind.
        samples: how long all clips are.
        batch: the batch that does not fit.

    Raises:
        EmobenchError: an attempt fails for another reason than memory.
    """
    longest = sorted(range(len(samples)), key=lambda place: (-samples[place], place))
    size = min(batch, len(samples)) // 2
    while size and not _fits(attempt, longest[:size], samples):
        size //= 2
    return size


def _fits(attempt: Callable[[list[int]], object], places: list[int], samples: Sequence[int]) -> bool:
    give_back()
    try:
        attempt(places)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a model raises is told
        if not out_of_memory(problem):
            _fail(problem, "the search for a batch that fits", [samples[place] for place in places])
        return False
    return True


def _fail(problem: BaseException, doing: str, samples: Sequence[int]) -> NoReturn:
    if isinstance(problem, EmobenchError):
        raise problem
    raise EmobenchError(f"the model fails in {doing}: {_clips(samples)}.", found=_said(problem)) from problem


def _said(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"


def _clips(samples: Sequence[int]) -> str:
    """How many clips, and how long they are."""
    shortest, longest = min(samples), max(samples)
    length = f"{longest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
    return f"{len(samples)} clip{'s' if len(samples) > 1 else ''} of {length} samples"


def _remedy(size: int) -> str:
    if size >= FEWEST:
        return (
            f"The {size} longest clips fit: --set train.batch={size}. It changes results and stands in the record, so "
            "it is never done silently. On a CPU --threads 1 may do instead: fewer trainings are made at once."
        )
    alone = "One clip fits, but a step needs two." if size else "Not even one clip fits."
    return f"{alone} {OTHERWISE}"
