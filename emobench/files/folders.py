"""How is a folder made once, whole or not at all?"""

import shutil
from collections.abc import Callable
from pathlib import Path

from emobench.files.atomic import explained, locked
from emobench.files.leftovers import UNDER_LOCK, clear_under_lock, temporary_beside


def once_folder(path: Path, fill: Callable[[Path], None]) -> Path:
    """Make the folder ``path`` by ``fill(empty folder)`` unless it exists, and return it.

    Of several processes one fills it and the others wait; a kill or an exception leaves no half-filled ``path``.

    Raises:
        EmobenchError: the disk is full, read-only or forbidden.
    """
    if path.is_dir():
        return path
    with locked(path), explained(path):
        if path.is_dir():
            return path
        clear_under_lock(path)
        temporary = temporary_beside(path, UNDER_LOCK)
        temporary.mkdir(parents=True)
        try:
            fill(temporary)
            temporary.replace(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return path
