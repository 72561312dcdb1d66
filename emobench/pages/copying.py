"""How do many files get into a site while its pages are made? Copied by a process beside, a few by a thread."""

import multiprocessing
import shutil
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from filecmp import cmp
from pathlib import Path

from emobench.domain.errors import EmobenchError
from emobench.files.atomic import explained
from emobench.files.leftovers import temporary_beside

FEW = 256  # files that are copied in less time than it takes to start a process
Copies = Sequence[tuple[Path, Path]]


@contextmanager
def copying(copies: Copies) -> Iterator[None]:
    """Copy files (from, to) while what is inside goes on; all are there when it ends. What is the same stays.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """
    with _beside(len(copies)) as worker:
        copied = worker.submit(copy_all, copies)
        yield
        _ended(copied)


def copy_all(copies: Copies) -> None:
    """Copy every file whole or not at all."""
    for source, path in copies:
        if path.is_file() and not path.is_symlink() and cmp(source, path, shallow=False):
            continue
        # Not waiting for the disk halves the time; the next build finds what a power cut has taken.
        temporary = temporary_beside(path)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(source, temporary)
                temporary.replace(path)
            finally:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)


def _beside(files: int) -> Executor:
    if files < FEW:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_deaf)


def _deaf() -> None:
    """An interrupt is the matter of whoever started the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _ended(copied: "Future[None]") -> None:
    try:
        copied.result()
    except BrokenProcessPool as problem:
        raise EmobenchError("the process that copied files has ended.", found=str(problem)) from problem
