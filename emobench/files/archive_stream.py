"""How far may a tar archive, packed or not, be read, and did it come to its end?"""

import gzip
import io
from collections.abc import Callable
from typing import BinaryIO

BLOCK = 512
MOST_AT_ONCE = 1 << 24
GZIP = b"\x1f\x8b"


class TarBytes(io.RawIOBase):
    """The bytes of a tar archive, unpacked where gzip packed them, up to ``limit`` of them.

    ``refuse(found)`` makes the error that is raised when there are more, or when a header asks for 16 MB at once.
    """

    def __init__(self, file: BinaryIO, limit: int, refuse: Callable[[str], Exception]) -> None:
        packed = file.read(2) == GZIP
        file.seek(0)
        self._source: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=file) if packed else file
        self._limit, self._refuse = limit, refuse
        self._last = b""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes."""
        if size < 0 or size > MOST_AT_ONCE:
            raise self._refuse("a header that is too long")
        self._last = self._source.read(size)
        self._bounded(self._source.tell())
        return self._last

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to ``offset``, from the beginning."""
        assert whence == io.SEEK_SET, "that is all that tarfile asks for"
        self._bounded(offset)
        return self._source.seek(offset)

    def tell(self) -> int:
        """Where we are."""
        return self._source.tell()

    def finish(self) -> None:
        """Make sure that what was read last is the end of the archive, and read what follows.

        Raises:
            EOFError: the archive ends before it says so.
            gzip.BadGzipFile: the unpacked bytes are not those that were packed.
        """
        if self._last != bytes(BLOCK):
            raise EOFError("no end of the archive where the last file ends")
        while self.read(1 << 20):
            pass

    def _bounded(self, position: int) -> None:
        if position > self._limit:
            raise self._refuse(f"it unpacks to far more than it should: more than {self._limit:,} bytes")
