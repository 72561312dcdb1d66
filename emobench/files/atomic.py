"""How is a file written so that nobody ever sees half of one?"""

import errno
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from emobench.domain.errors import StorageError

TEMPORARY = ".tmp-"
DAY_SECONDS = 86_400.0
ELSEWHERE = "let EMOBENCH_HOME or --out point to a folder that can be written."
REMEDIES = {
    errno.ENOSPC: "Free some space on that disk, or " + ELSEWHERE,
    errno.EDQUOT: "Free some space in your quota, or " + ELSEWHERE,
    errno.EROFS: "That file system is read-only: " + ELSEWHERE,
    errno.EACCES: "Change the permissions, or " + ELSEWHERE,
    errno.EPERM: "Change the permissions, or " + ELSEWHERE,
    errno.ENOTDIR: "A file stands where a folder is needed: move it, or " + ELSEWHERE,
    errno.EEXIST: "A file stands where a folder is needed: move it, or " + ELSEWHERE,
    errno.EISDIR: "A folder stands where a file is needed: move it, or " + ELSEWHERE,
    errno.ENAMETOOLONG: "The path is too long: " + ELSEWHERE,
}
log = logging.getLogger(__name__)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path`` (disk full, read-only, no permission) into an error that says what to do.

    Raises:
        StorageError: for the OSErrors in ``REMEDIES``; other errors, and those about files elsewhere, pass unchanged.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno not in REMEDIES or not _concerns(problem, path):
            raise
        raise StorageError(
            f"'{path}' cannot be written.", found=f"found: {problem.strerror}", remedy=REMEDIES[problem.errno]
        ) from problem


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; on leaving, what was written there becomes ``path`` in one step.

    A kill at any moment leaves the old file or the new one. An exception leaves the old one. The temporary file lies
    in the same folder, which is made when missing, and keeps the suffix of ``path``.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
        FileNotFoundError: nothing was written to the temporary path.
    """
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}-{path.name[-160:]}")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            _settle(temporary)
            temporary.replace(path)
            _settle_folder(path.parent)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def require_writable(folder: Path) -> None:
    """Make a folder, and a file in it for a moment: better now than after hours of work.

    Raises:
        StorageError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, prefix=TEMPORARY) as file:
            file.write(b"x")
    except OSError as problem:
        remedy = REMEDIES.get(problem.errno or 0, "Let --out point to a folder that can be written.")
        raise StorageError(
            f"'{folder}' cannot be written.", found=f"found: {problem.strerror}", remedy=remedy
        ) from problem


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` as a whole or not at all.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def once(path: Path, compute: Callable[[Path], None], whole: Callable[[], bool] = lambda: True) -> bool:
    """Make ``path`` by ``compute(temporary)`` unless it exists; of several processes one computes, the others wait.

    Returns True when it was computed here. When ``compute`` raises, nothing is left and the next process tries. What
    exists and is not ``whole()`` is made again.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """
    if path.exists() and whole():
        return False
    with locked(path):
        if path.exists() and whole():
            return False
        with atomic_path(path) as temporary:
            compute(temporary)
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` (a file in the folder ``.locks`` beside it) against other threads and processes.

    Raises:
        StorageError: the lock cannot be made.
    """
    folder = path.parent / ".locks"
    lock = FileLock(folder / f"{path.name}.lock")
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def set_aside(path: Path, reason: str) -> Path:
    """Rename a damaged file to ``<name>.damaged-<n>``, warn with the reason, and return the new path."""
    taken = 1
    while (aside := path.with_name(f"{path.name}.damaged-{taken}")).exists():
        taken += 1
    with suppress(FileNotFoundError), explained(aside):  # another process was faster: it is gone either way
        path.rename(aside)
        log.warning("%s is damaged (%s): set aside as %s", path, reason, aside.name)
    return aside


def sweep(folder: Path, older_than_seconds: float = DAY_SECONDS) -> int:
    """Delete temporary files and folders that killed processes left in ``folder``; younger ones may still be in use.

    Returns how many were deleted.
    """
    limit, swept = time.time() - older_than_seconds, 0
    for leftover in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # gone already, or not ours to delete
            if leftover.stat().st_mtime < limit:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
                swept += 1
    return swept


def _concerns(problem: OSError, path: Path) -> bool:
    if problem.filename is None:  # a write to an open file does not know its name
        return True
    named = Path(os.fsdecode(problem.filename))
    return named.parent == path.parent or named in path.parents


def _settle(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _settle_folder(folder: Path) -> None:
    with suppress(OSError):  # some network file systems, and Windows, do not sync folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
