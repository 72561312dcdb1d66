"""Does code depend on the order in which a disk lists its folders? Inside, every folder is listed the other way round.

The order of entries is the disk's own: code that numbers files as they come gives other numbers on other machines.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch


class Entries:
    """The entries of a folder in reverse, to be used as what `os.scandir` gives."""

    def __init__(self, listed: "os._ScandirIterator[Any]") -> None:
        with listed:
            self._entries = iter(list(listed)[::-1])

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> "os.DirEntry[Any]":
        entry: os.DirEntry[Any] = next(self._entries)
        return entry

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the entries that are left."""
        self._entries = iter(())


@contextmanager
def reversed_folders() -> Iterator[None]:
    """While inside, `os.scandir` and `os.listdir` (and with them pathlib, glob and os.walk) list in reverse order."""
    scandir, listdir = os.scandir, os.listdir

    def scan_in_reverse(*path: Any) -> Entries:
        return Entries(scandir(*path))

    def list_in_reverse(*path: Any) -> list[Any]:
        return listdir(*path)[::-1]

    with patch.object(os, "scandir", scan_in_reverse), patch.object(os, "listdir", list_in_reverse):
        yield
