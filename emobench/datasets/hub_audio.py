"""How does the audio of a row of a Hub dataset become a file with a name that stays the same everywhere?"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line

ENDINGS = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"FORM": ".aiff", b".snd": ".au"}
LONGEST = 100  # letters of a name that are kept


@dataclass
class Written:
    """The audio files of one split so far.

    Attributes:
        name: of the dataset, for messages.
        split: whose folder they lie in.
        into: the folder of that folder.
        roots: folders in which files that rows name may lie.
        names: those that are taken.
        count: of rows so far.
    """

    name: str
    split: str
    into: Path
    roots: tuple[Path, ...]
    names: set[str] = field(default_factory=set)
    count: int = 0


def write_audio(value: Any, written: Written) -> str:
    """Put the audio of the next row into a file, and return its name in the table's folder: ``split/name``.

    Bytes are written; a file of the dataset is linked to. It keeps its own name where no other row has it, else it is
    called by the number of the row.

    Args:
        value: bytes and path, as the library stores audio; or a path relative to the dataset's folder.
        written: what was written before.

    Raises:
        DataError: a row without audio, or with a file that is missing or not the dataset's.
    """
    content, path = _stored(value)
    where = f"row {written.count} of the split {written.split}"
    if content is None and not path:
        raise DataError(
            f"'{written.name}' has no audio in {where}.",
            found=f"found: {on_one_line(repr(value)[:80])}",
            remedy="Name the column with the audio: --set table.audio=COLUMN.",
        )
    source = None if content is not None else _own_file(path, where, written)
    target = written.into / written.split / _name(path, content or b"", written)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source is None:
        target.write_bytes(content or b"")
    elif source.is_relative_to(written.into):  # unpacked for us, and deleted afterwards
        shutil.copyfile(source, target)
    else:
        target.symlink_to(source.absolute())
    written.count += 1
    return f"{written.split}/{target.name}"


def _stored(value: Any) -> tuple[bytes | None, str]:
    if isinstance(value, Mapping):
        content, path = value.get("bytes"), value.get("path")
        return (bytes(content) if isinstance(content, bytes | bytearray) else None), str(path or "")
    return (value, "") if isinstance(value, bytes) else (None, value if isinstance(value, str) else "")


def _own_file(path: str, where: str, written: Written) -> Path:
    """The file that a row names."""
    file = Path(path) if Path(path).is_absolute() else written.roots[0] / path
    inside = any(
        file.resolve().is_relative_to(root.resolve()) or (".." not in file.parts and file.is_relative_to(root))
        for root in written.roots
    )
    if not inside or not file.is_file():
        raise DataError(
            f"'{written.name}' has no audio file for {where}.",
            found=f"found: {on_one_line(path)}, which " + ("does not exist" if inside else "is not the dataset's own"),
            remedy="Get all files of the dataset, or name another column: --set table.audio=COLUMN.",
        )
    return file


def _name(path: str, content: bytes, written: Written) -> str:
    """A name without a folder, that no other row of the split has."""
    own = re.sub(r"[^A-Za-z0-9._-]+", "_", PurePosixPath(path.replace("\\", "/")).name).lstrip(".")[-LONGEST:]
    ending = PurePosixPath(own).suffix or next((e for mark, e in ENDINGS.items() if content.startswith(mark)), "")
    name = own if PurePosixPath(own).suffix else f"{own}{ending}"
    if not own or name.casefold() in written.names:
        name = f"{written.count:06d}{ending}"
        while name.casefold() in written.names:
            name = f"_{name}"
    written.names.add(name.casefold())
    return name
