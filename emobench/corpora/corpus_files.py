"""Which files lie below a dataset's folder, and which of its release are they?"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from emobench.domain.errors import DataError

AUDIO = frozenset(
    {
        ".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".snd", ".w64", ".rf64",
        ".caf", ".m4a", ".aac", ".wma", ".ape", ".wv", ".sph",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """Files of a folder by what they are.

    Attributes:
        found: name in the release -> its file.
        missing: names in the release that have none.
        extra: audio files that are not of the release -> why.
    """

    found: Mapping[str, Path]
    missing: tuple[str, ...]
    extra: Mapping[Path, str]


def is_audio(name: str | PurePath) -> bool:
    """Whether a name ends like that of an audio file."""
    return PurePosixPath(name).suffix.lower() in AUDIO


def files_below(root: Path) -> list[Path]:
    """All files below a folder, sorted; links to folders are followed, and no folder is entered twice.

    Names that begin with a dot are left out. A folder named like an audio file is listed as one too.

    Raises:
        DataError: a folder cannot be read.
    """
    return sorted(_walk(root, set()))


def _walk(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        seen = folder.stat()
        if (seen.st_dev, seen.st_ino) in entered:  # by a link that leads back, or a second link
            return
        entered.add((seen.st_dev, seen.st_ino))
        with os.scandir(folder) as listed:
            entries = [(entry.name, entry.is_dir()) for entry in listed if not entry.name.startswith(".")]
    except OSError as problem:
        raise DataError(f"the folder '{folder}' cannot be read.", found=f"found: {problem.strerror}") from problem
    for name, is_folder in entries:
        if not is_folder or is_audio(name):
            yield folder / name
        if is_folder:
            yield from _walk(folder / name, entered)


def place(release: Iterable[str], files: Iterable[Path], root: Path, others: Iterable[str] = ()) -> Placed:
    """Find the files of a release (names with ``/`` between folders) among those below ``root``.

    Audio is known by its name without the ending, so that copies in another format are found. Where a name occurs
    once in the release, its folder does not matter; else the folders must end alike. ``others`` are names of datasets
    that may lie in the same folder: their files are not extra.
    """
    names = list(release)
    keys = _without_top({name: _key(PurePosixPath(name)) for name in names})
    often = Counter(key.name for key in keys.values())
    known: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        known[_key(PurePosixPath(file.name)).name].append(file)
    found: dict[str, Path] = {}
    extra: dict[Path, str] = {}
    used: set[Path] = set()
    for name, key in keys.items():
        likely = sorted(
            (_unlike(_below(file, root), PurePosixPath(name)), file)
            for file in known.get(key.name, ())
            if file not in used and (often[key.name] == 1 or _ends_like(_key(_below(file, root)), key))
        )
        candidates = [file for _, file in likely]
        if candidates:
            found[name] = candidates[0]
            used.update(candidates)
            first = _below(candidates[0], root)
            extra.update((file, f"has the name of {first} too") for file in candidates[1:])
    strangers = {_key(PurePosixPath(name)).name for name in others}
    for stem, listed in known.items():
        if stem not in strangers:
            extra.update((f, "is not of the release") for f in listed if f not in used and is_audio(f))
    return Placed(found, tuple(name for name in names if name not in found), dict(sorted(extra.items())))


def _key(name: PurePosixPath) -> PurePosixPath:
    return name.with_suffix("") if is_audio(name) else name


def _below(file: Path, root: Path) -> PurePosixPath:
    return PurePosixPath(file.relative_to(root).as_posix())


def _without_top(keys: Mapping[str, PurePosixPath]) -> Mapping[str, PurePosixPath]:
    """Without the folder that all of an archive lies in: people unpack with it and without it."""
    tops = {key.parts[0] if len(key.parts) > 1 else "" for key in keys.values()}
    if len(tops) != 1 or "" in tops:
        return keys
    return {name: PurePosixPath(*key.parts[1:]) for name, key in keys.items()}


def _ends_like(key: PurePosixPath, wanted: PurePosixPath) -> bool:
    return key.parts[-len(wanted.parts) :] == wanted.parts


def _unlike(found: PurePosixPath, wanted: PurePosixPath) -> tuple[bool, bool, int]:
    """Small for the likelier of two files of one name: the same ending, the same folders, not far down."""
    return found.suffix != wanted.suffix, not _ends_like(found, wanted), len(found.parts)
