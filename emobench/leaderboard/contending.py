"""How do many entries become contenders soon? In a few processes, while the other boards are still being read."""

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from emobench.domain.record import Record
from emobench.leaderboard.admission import Entry
from emobench.leaderboard.contender import Contender, contender_of

FEW = 64  # entries that take less time than it takes to start processes
PROCESSES = 2
TOGETHER = 16  # entries handed over at once
Waiting = Sequence["Future[list[Contender]]"]


class Contending:
    """Entries that are being read; ``begin`` with them, ask for the ``result`` later."""

    def __init__(self, workers: Executor | None) -> None:
        self.workers = workers

    def begin(self, entries: Sequence[Entry]) -> "Begun":
        """Start, where there are processes to start on."""
        slim = [(path, _without_scores(record)) for path, record in entries]
        if self.workers is None:
            return Begun(slim, ())
        parts = [slim[first : first + TOGETHER] for first in range(0, len(slim), TOGETHER)]
        return Begun(slim, [self.workers.submit(contenders, part) for part in parts])


class Begun:
    """What was begun."""

    def __init__(self, entries: Sequence[Entry], waiting: Waiting) -> None:
        self.entries, self.waiting = entries, waiting

    def result(self) -> Mapping[Path, Contender]:
        """The contenders by the file of their record.

        Raises:
            DataError: as ``contender_of``.
        """
        found = [one for part in self.waiting for one in part.result()] if self.waiting else contenders(self.entries)
        return dict(zip([path for path, _ in self.entries], found, strict=True))


def contenders(entries: Sequence[Entry]) -> list[Contender]:
    """The contenders, in order."""
    return [contender_of(path, record) for path, record in entries]


@contextmanager
def contending(records: int) -> Iterator[Contending]:
    """Processes for so many records; none for a few."""
    if records < FEW:
        yield Contending(None)
        return
    context = multiprocessing.get_context("spawn")  # threads of Arrow do not survive a fork
    workers = ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=_deaf)
    try:
        yield Contending(workers)
    finally:
        workers.shutdown(cancel_futures=True)


def _deaf() -> None:
    """An interrupt is the matter of whoever started the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _without_scores(record: Record) -> Record:
    """What a contender needs of a record: the choices, not the scores, which are the most of it."""
    return record.model_copy(update={"found": record.found.model_copy(update={"scores": ()})})
