"""How is a file written so that nobody ever sees half of one?"""

import errno
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from emobench.domain.errors import StorageError
from emobench.files.leftovers import TEMPORARY, UNDER_LOCK, clear_under_lock, temporary_beside

PATIENCE_SECONDS = 5.0  # so long one waits for another process without a word
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
    errno.ELOOP: "A link there leads back to itself: mend it, or " + ELSEWHERE,
    errno.EFBIG: "That file system takes no file of this size: " + ELSEWHERE,
    errno.EIO: "The disk or the connection to it fails: see to it, or " + ELSEWHERE,
    errno.ESTALE: "The file system does not answer any more: see to it, or " + ELSEWHERE,
    errno.ENOTCONN: "The file system does not answer any more: see to it, or " + ELSEWHERE,
    errno.ENODEV: "The disk is gone: see to it, or " + ELSEWHERE,
}
VANISHED = "The folder is not there, and cannot be made or was deleted meanwhile: bring it back, or " + ELSEWHERE
AGAIN = "Then run the same command again: what is finished stays."
log = logging.getLogger(__name__)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path`` (disk full, read-only, no permission) into an error that says what to do.

    Raises:
        StorageError: for the OSErrors in ``REMEDIES``, and for a folder that is gone; other errors, and those about
            files elsewhere, pass unchanged.
    """
    try:
        yield
    except OSError as problem:
        gone = problem.errno == errno.ENOENT and not path.parent.is_dir()
        remedy = VANISHED if gone else REMEDIES.get(problem.errno or 0)
        if remedy is None or not _concerns(problem, path):
            raise
        raise StorageError(
            f"'{path}' cannot be written.", found=f"found: {problem.strerror}", remedy=f"{remedy}\n{AGAIN}"
        ) from problem


@contextmanager
def atomic_path(path: Path, start: str = TEMPORARY) -> Iterator[Path]:
    """Give a temporary path to write to; on leaving, what was written there becomes ``path`` in one step.

    A kill at any moment leaves the old file or the new one. An exception leaves the old one. The temporary file lies
    in the same folder, which is made when missing, and keeps the suffix of ``path``; its name begins with ``start``.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
        FileNotFoundError: nothing was written to the temporary path.
    """
    temporary = temporary_beside(path, start)
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
        remedy = REMEDIES.get(problem.errno or 0, VANISHED)
        raise StorageError(
            f"'{folder}' cannot be written.", found=f"found: {problem.strerror}", remedy=f"{remedy}\n{AGAIN}"
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
    if path.is_file() and whole():
        return False
    tried = _lock(path).exists()
    with locked(path):
        return _made(path, compute, whole, tried=tried)


def try_once(
    path: Path, compute: Callable[[Path], None], whole: Callable[[], bool] = lambda: True
) -> Literal["made", "found", "busy"]:
    """As `once`, but where another process is making ``path``, come back at once with ``"busy"``.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """
    if path.is_file() and whole():
        return "found"
    lock = _lock(path)
    held, tried = FileLock(lock), lock.exists()
    with explained(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            held.acquire(blocking=False)
        except Timeout:
            return "busy"
    try:
        return "made" if _made(path, compute, whole, tried=tried) else "found"
    finally:
        held.release()


def _made(path: Path, compute: Callable[[Path], None], whole: Callable[[], bool], *, tried: bool) -> bool:
    """Make it under its lock, unless it is there; ``tried``: somebody had the lock before, and may have been killed."""
    if path.is_file() and whole():
        return False
    if path.is_dir():  # better now than after it was computed
        raise StorageError(
            f"'{path}' cannot be written.", found="found: a folder", remedy=f"{REMEDIES[errno.EISDIR]}\n{AGAIN}"
        )
    if tried:
        clear_under_lock(path)
    with atomic_path(path, UNDER_LOCK) as temporary:
        compute(temporary)
    return True


def _lock(path: Path) -> Path:
    return path.parent / ".locks" / f"{path.name}.lock"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` (a file in the folder ``.locks`` beside it) against other threads and processes.

    The lock of a killed process is free. Files of locks stay: to delete one that another process is about to take
    would let two inside. Who waits for more than five seconds says so.

    Raises:
        StorageError: the lock cannot be made.
    """
    held = FileLock(_lock(path))
    with explained(_lock(path)):
        _lock(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            held.acquire(timeout=PATIENCE_SECONDS)
        except Timeout:
            log.warning("waiting for another process that makes %s; it goes on by itself", path)
            held.acquire()
    try:
        yield
    finally:
        held.release()


def set_aside(path: Path, reason: str, *, anew: bool = False) -> Path:
    """Rename a damaged file to ``<name>.damaged-<n>``, warn with the reason, and return the new path.

    ``anew``: whoever calls goes on to make it anew, which is said.
    """
    taken = 1
    while (aside := path.with_name(f"{path.name}.damaged-{taken}")).exists():
        taken += 1
    with explained(aside), suppress(FileNotFoundError):  # another process was faster: it is gone either way
        path.rename(aside)
        log.warning("%s is damaged (%s): set aside as %s%s", path, reason, aside.name, ", and made anew" * anew)
    return aside


def _concerns(problem: OSError, path: Path) -> bool:
    """Whether it is about what lies beside ``path`` or deeper, or about a folder on the way there."""
    named = [Path(os.fsdecode(name)) for name in (problem.filename, problem.filename2) if isinstance(name, str | bytes)]
    return not named or any(path.parent in (name, *name.parents) or name in path.parents for name in named)


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
