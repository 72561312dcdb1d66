"""How is an archive unpacked that nobody trusts?"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from emobench.files.archive_members import ArchiveError, Member, opened
from emobench.files.atomic import explained

Progress = Callable[[int, int], None]
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Unpacked:
    """A file that came out of an archive: its size in bytes and its SHA-256."""

    size: int
    sha256: str


def unpacked_bytes(archive: Path) -> int:
    """How many bytes the files of an archive take, as its directory says; it is looked at as `unpack` does.

    Raises:
        ArchiveError: as for `unpack`.
    """
    with opened(archive) as members:
        return sum(member.size for member in members)


def unpack(archive: Path, folder: Path, progress: Progress = lambda _done, _total: None) -> Mapping[str, Unpacked]:
    """Write the files of a zip or tar archive below ``folder``, and return what each of them is, by name.

    Everything that the archive declares is looked at before the first file is written (see `opened`); nothing is
    ever written outside ``folder``, over a file, or beyond a declared size. When it fails, ``folder`` holds a part:
    whoever calls it throws the folder away. ``progress(done, total)`` counts bytes.

    Raises:
        ArchiveError: the archive is damaged, truncated, or not to be trusted.
        StorageError: the disk is full, read-only or forbidden.
    """
    return _out(archive, folder, progress)


def digests(archive: Path, progress: Progress = lambda _done, _total: None) -> Mapping[str, Unpacked]:
    """What `unpack` would return, without writing anything. Raises ArchiveError as it does."""
    return _out(archive, None, progress)


def _out(archive: Path, folder: Path | None, progress: Progress) -> Mapping[str, Unpacked]:
    found: dict[str, Unpacked] = {}
    before = 0
    with opened(archive) as members:
        total = sum(member.size for member in members)
        for member in members:
            hasher, size = hashlib.sha256(), 0
            with _target(archive, member, folder) as file:
                for chunk in _chunks(member):
                    hasher.update(chunk)
                    size += len(chunk)
                    if size > member.size:
                        break
                    if file is not None:
                        file.write(chunk)
                    progress(before + size, total)
            if size != member.size:
                more = "more" if size > member.size else f"{size:,}"
                raise ArchiveError(archive, f"'{member.name}' should have {member.size:,} bytes and has {more}")
            found[member.name] = Unpacked(size, hasher.hexdigest())
            before += size
    return found


@contextmanager
def _target(archive: Path, member: Member, folder: Path | None) -> Iterator[BinaryIO | None]:
    """A new file for a member, where there is a folder for it."""
    if folder is None:
        yield None
        return
    path = folder / member.name
    with explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("xb")
        except (FileExistsError, NotADirectoryError):
            raise ArchiveError(archive, f"another archive of the same corpus holds '{member.name}' too") from None
        with file:
            yield file


def _chunks(member: Member) -> Iterator[bytes]:
    with member.open() as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk
