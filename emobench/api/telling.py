"""What does a run leave behind in the process of whoever called it? Words if wished; all else as it was."""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from emobench.domain.names import on_one_line
from emobench.domain.progress import Progress, Silent
from emobench.runs.drawn_progress import Lines, drawn

# Random numbers, threads of torch and filters of warnings belong to the process: two runs at once would disturb each
# other, and their numbers would stand under keys that promise others.
ALONE = threading.RLock()


class _Stages(Lines):
    """Words, and a line for every stage that begins: where no bar can be drawn, as in a notebook."""

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        if total:
            self.say(f"{title}: {total} {unit}")
        return super().start(title, total, unit)


def shown_if(wished: bool) -> AbstractContextManager[Progress]:
    """Progress on stderr: bars on a terminal, lines elsewhere; nothing at all where it is not wished."""
    return drawn(_Stages(_tell)) if wished else nullcontext(Silent())


def _tell(line: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # where nobody can hear it, work goes on
        sys.stderr.write(f"{on_one_line(line)}\n")


@contextmanager
def left_as_it_was() -> Iterator[None]:
    """Afterwards torch has as many threads as before, and warnings are filtered as before; threads wait their turn.

    A run takes all threads that the process may use, or ``threads``. Its random numbers, matrix precision and cuDNN
    flags are its own and put back where they are set; deterministic algorithms are not switched on for the process.
    """
    import torch

    with ALONE, warnings.catch_warnings():
        before = torch.get_num_threads()
        warnings.filterwarnings(
            "ignore", message="IProgress not found"
        )  # of tqdm in a notebook, whose bars nobody uses
        try:
            yield
        finally:
            torch.set_num_threads(before)
