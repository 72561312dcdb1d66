"""Which files does an archive hold, and may they be written where their names say?"""

import gzip
import lzma
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.files.archive_stream import TarBytes

MOST_MEMBERS = 200_000
LONGEST_NAME, LONGEST_PATH = 255, 1_024  # bytes, of a part and of all of it
RATIO_OF_ALL, RATIO_OF_ONE = 100, 200
SMALL_ALL, SMALL_ONE = 1_000_000, 10_000_000  # bytes, up to which a ratio says nothing: silence packs well
LEFT_OUT = re.compile(r"__MACOSX|\.DS_Store|\._.*")
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, struct.error, EOFError,
    ValueError, OverflowError, LookupError, RuntimeError,
)  # fmt: skip
ZIP = b"PK"
REMEDY = "Do not use this archive. Get the published one again."


class ArchiveError(DataError):
    """An archive that is damaged, or that a careful reader does not unpack."""

    def __init__(self, archive: Path, found: str) -> None:
        what = f"the archive '{on_one_line(archive)}' cannot be unpacked."
        super().__init__(what, found=f"found: {on_one_line(found)}", remedy=REMEDY)


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name with ``/`` between folders, its size in bytes, and how to read it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def opened(archive: Path) -> Iterator[tuple[Member, ...]]:
    """The files of a zip or tar archive, in its order, once all that it declares has been looked at.

    Folders, and what macOS adds (``__MACOSX``, ``._name``, ``.DS_Store``), are left out.

    Raises:
        ArchiveError: damaged or truncated; names that lead outside (absolute, drive letters, ``..``), that collide,
            or that no file can have; links, devices, sparse files; encrypted members; more than 200,000 members; a
            total above 100 times the archive and 1 MB, or a member above 200 times its packed size and 10 MB.
        DataError: the archive cannot be read.
    """
    try:
        with archive.open("rb") as file, _told(archive):
            packed = archive.stat().st_size
            zipped = file.read(len(ZIP)) == ZIP
            file.seek(0)
            if zipped:
                with zipfile.ZipFile(file) as listed:
                    yield _checked(archive, _zipped(archive, listed), packed)
            else:
                stream = TarBytes(file, limit=max(RATIO_OF_ALL * packed, SMALL_ALL), refuse=_refuser(archive))
                with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:") as tape:
                    yield _checked(archive, _taped(archive, tape, stream), packed)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as problem:
        if problem.filename is None or Path(problem.filename) != archive:
            raise
        raise DataError(f"the archive '{archive}' cannot be read.", found=f"found: {problem.strerror}") from problem


@contextmanager
def _told(archive: Path) -> Iterator[None]:
    """What parsers raise for damage, as one error."""
    try:
        yield
    except BROKEN as problem:
        said = f"it is damaged or truncated ({str(problem).rstrip('.') or type(problem).__name__})"
        raise ArchiveError(archive, said) from problem


def _refuser(archive: Path) -> Callable[[str], ArchiveError]:
    return lambda found: ArchiveError(archive, found)


def _zipped(archive: Path, listed: zipfile.ZipFile) -> Iterator[Member]:
    for info in listed.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        raw = info.orig_filename
        folder = info.is_dir() or kind == stat.S_IFDIR
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ArchiveError(archive, f"'{raw}' is a link or a device")
        if info.flag_bits & 0x41:
            raise ArchiveError(archive, f"'{raw}' is encrypted")
        if info.file_size > max(SMALL_ONE, RATIO_OF_ONE * info.compress_size):
            packed = f"{info.file_size:,} bytes packed into {info.compress_size:,}"
            raise ArchiveError(archive, f"'{raw}' unpacks to far more than it should: {packed}")
        name = _name(archive, raw)
        if not folder:
            yield Member(name, info.file_size, partial(listed.open, info))


def _taped(archive: Path, tape: tarfile.TarFile, stream: TarBytes) -> Iterator[Member]:
    for info in tape:
        name = _name(archive, info.name)
        if info.isdir():
            continue
        if not info.isreg() or info.issparse():
            raise ArchiveError(archive, f"'{info.name}' is a link, a device or a sparse file")
        if info.size < 0:  # the next header would be looked for before this one, for ever
            raise ArchiveError(archive, f"'{info.name}' has a size below zero")
        yield Member(name, info.size, partial(_tape_file, tape, info))
    stream.finish()


def _tape_file(tape: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tape.extractfile(info)
    assert file is not None, "it is a regular file"
    return file


def _checked(archive: Path, members: Iterator[Member], packed: int) -> tuple[Member, ...]:
    kept: list[Member] = []
    taken: dict[str, str] = {}
    folders: set[str] = set()
    total = 0
    for count, member in enumerate(members, 1):
        if count > MOST_MEMBERS:
            raise ArchiveError(archive, f"more than {MOST_MEMBERS:,} files")
        if not member.name:
            raise ArchiveError(archive, "a file without a name")
        total += member.size
        if total > max(SMALL_ALL, RATIO_OF_ALL * packed):
            raise ArchiveError(archive, f"it unpacks to far more than it should: {total:,} bytes or more of {packed:,}")
        if any(LEFT_OUT.fullmatch(part) for part in member.name.split("/")):
            continue
        same = _same(member.name)
        if same in taken:
            raise ArchiveError(archive, f"'{taken[same]}' and '{member.name}' would be one file")
        taken[same] = member.name
        parts = same.split("/")[:-1]
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        kept.append(member)
    clash = next((name for same, name in taken.items() if same in folders), None)
    if clash is not None:
        raise ArchiveError(archive, f"'{clash}' is a file and a folder")
    return tuple(kept)


def _same(name: str) -> str:
    """Equal for names that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _name(archive: Path, raw: str) -> str:
    """A relative name with ``/``; some Windows programs write backslashes."""
    parts = [part for part in raw.replace("\\", "/").split("/") if part not in ("", ".")]
    reason = None
    if raw.startswith(("/", "\\")) or ".." in parts or any(re.match(r"[A-Za-z]:", part) for part in parts):
        reason = "leads outside the folder"
    elif any(unicodedata.category(letter) in ("Cc", "Cs") for letter in raw):  # control characters, bytes, no text
        reason = "is no name of a file"
    elif any(len(part.encode()) > LONGEST_NAME for part in parts) or len(raw.encode()) > LONGEST_PATH:
        reason = "is too long a name"
    if reason is not None:
        raise ArchiveError(archive, f"'{raw[:LONGEST_NAME]}' {reason}")
    return "/".join(parts)
