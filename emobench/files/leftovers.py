"""What did killed processes leave behind, and when may it be deleted?"""

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

TEMPORARY = ".tmp-"
UNDER_LOCK = f"{TEMPORARY}locked-"  # written under the lock of its path: whoever holds that lock may delete it
DAY_SECONDS = 86_400.0
LONGEST_NAME = 160  # letters of a name that are kept: with what is put before, no file system refuses it


def temporary_beside(path: Path, start: str = TEMPORARY) -> Path:
    """A name beside ``path`` that nobody else uses: ``start``, the process, eight digits, and the end of its name."""
    return path.with_name(f"{start}{os.getpid()}-{secrets.token_hex(4)}-{path.name[-LONGEST_NAME:]}")


def clear_under_lock(path: Path) -> None:
    """Delete what killed processes left of ``path`` under its lock, which the caller holds now: they are dead."""
    for leftover in path.parent.glob(f"{UNDER_LOCK}*"):
        if leftover.name.removeprefix(UNDER_LOCK).split("-", 2)[2:] == [path.name[-LONGEST_NAME:]]:
            _delete(leftover)


def sweep(folder: Path, older_than_seconds: float = DAY_SECONDS) -> int:
    """Delete temporary files and folders that killed processes left in ``folder``; younger ones may still be in use.

    Returns how many were deleted.
    """
    limit, swept = time.time() - older_than_seconds, 0
    for leftover in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # gone already, or not ours to delete
            if leftover.stat().st_mtime < limit:
                swept += _delete(leftover)
    return swept


def _delete(leftover: Path) -> bool:
    with suppress(OSError):  # gone already, or not ours to delete
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        return True
    return False
