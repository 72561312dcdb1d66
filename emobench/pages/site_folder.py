"""How does a site get into its folder? Only into one that is empty or its own; stale pages go, foreign files stay."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from emobench.domain.errors import DataError
from emobench.files.atomic import write_bytes
from emobench.files.leftovers import sweep
from emobench.pages.copying import copying

MARKER = ".emobench-site.json"
WRITERS = 4
SCHEMA = "emobench.site/1"
Content = bytes | Path | Callable[[], bytes]


def fill(site: Path, files: Mapping[PurePosixPath, Content]) -> list[Path]:
    """Write files into the folder of a site, each whole or not at all; what only an earlier build wrote goes.

    Args:
        site: its folder, which is made when missing.
        files: place in the folder -> its bytes, what makes them in their turn, or the file that is copied there.

    Returns:
        The files, in the order given.

    Raises:
        DataError: the folder holds files that no build has written, or a link that leads out of it.
        StorageError: the disk is full, read-only or forbidden.
    """
    before = _written_before(site)
    _refuse_links(site, files)
    wanted = {place.as_posix() for place in files}
    # Named before they are written: what a killed build leaves is known to be its own.
    _mark(site, before | wanted)
    copies = [(path, site / place) for place, path in files.items() if isinstance(path, Path)]
    with copying(copies), ThreadPoolExecutor(WRITERS) as writers:  # whoever writes mostly waits for the disk
        written = [
            writers.submit(_write, site / place, content() if callable(content) else content)
            for place, content in files.items()
            if not isinstance(content, Path)
        ]
        for one in written:
            one.result()
    for folder in {(site / place).parent for place in files}:
        sweep(folder)
    for name in sorted(before - wanted):
        _remove(site, PurePosixPath(name))
    _mark(site, wanted)
    return [site / place for place in files]


def _refuse_links(site: Path, files: Mapping[PurePosixPath, Content]) -> None:
    """Nothing is written through a link out of the site."""
    for folder in sorted({(site / place).parent for place in files}):
        if not folder.resolve().is_relative_to(site.resolve()):
            raise DataError(
                f"'{folder}' leads out of the site.", found=f"to: {folder.resolve()}", remedy="Name an empty folder."
            )


def _write(path: Path, content: bytes) -> None:
    if not (path.is_file() and not path.is_symlink() and path.read_bytes() == content):
        write_bytes(path, content)


def _written_before(site: Path) -> set[str]:
    """The places that an earlier build has written."""
    if not site.exists():
        return set()
    if not site.is_dir():
        raise DataError(f"'{site}' is no folder.", remedy="Name a folder for the site.")
    marker = site / MARKER
    if marker.is_file():
        return _places(marker)
    found = sorted(path.name for path in site.iterdir())
    if found:
        raise DataError(
            f"'{site}' holds files that are not of a site.",
            found=f"found: {', '.join(found[:3])}{' ...' if len(found) > 3 else ''}",
            remedy="Name an empty folder, or a new one; files of an earlier build are replaced.",
        )
    return set()


def _places(marker: Path) -> set[str]:
    try:
        told = json.loads(marker.read_text("utf-8"))
        names = told["files"] if told["schema"] == SCHEMA else None
    except (ValueError, KeyError, TypeError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) and _inside(name) for name in names):
        raise DataError(
            f"'{marker}' cannot be read.", found="it should list the files of a site", remedy="Name an empty folder."
        )
    return set(names)


def _inside(name: str) -> bool:
    place = PurePosixPath(name)
    return bool(place.parts) and not place.is_absolute() and ".." not in place.parts and "\0" not in name


def _mark(site: Path, places: set[str]) -> None:
    told = {"schema": SCHEMA, "files": sorted(places)}
    _write(site / MARKER, (json.dumps(told, indent=0) + "\n").encode())


def _remove(site: Path, place: PurePosixPath) -> None:
    """A file, and the folders that are empty without it; nothing through a link out of the site."""
    path = site / place
    if not path.parent.resolve().is_relative_to(site.resolve()):
        return
    if path.is_symlink() or path.is_file():
        path.unlink()
    for folder in list(path.parents)[: len(place.parts) - 1]:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
