"""What did a fetch leave in a dataset's folder, and is it still there?"""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from emobench.domain.cards import SHA256, Archive, DatasetCard
from emobench.domain.frozen import Frozen
from emobench.files.atomic import write_bytes
from emobench.files.unpacking import Unpacked

NOTE = ".emobench.json"
log = logging.getLogger(__name__)


class PublishedFile(Frozen):
    """A file as its archive holds it: ``size`` in bytes, and digest."""

    size: int = Field(ge=0)
    sha256: str = Field(pattern=SHA256)


class Fetched(Frozen):
    """What lies in a dataset's folder as ``.emobench.json``.

    ``accepted``: the day (UTC) on which ``licence`` was accepted. ``files``: all that came out of ``archives``, by
    name, with ``/`` between folders.
    """

    layout: Literal["emobench.fetched/1"] = "emobench.fetched/1"
    dataset: str
    licence: str
    accepted: str
    archives: tuple[Archive, ...]
    files: Mapping[str, PublishedFile]

    def is_of(self, card: DatasetCard) -> bool:
        """Whether it came from the archives that the card names."""
        mine = sorted((archive.sha256, archive.folder) for archive in self.archives)
        return self.dataset == card.name and mine == sorted(
            (archive.sha256, archive.folder) for archive in card.archives
        )


def published(archive: Archive, files: Mapping[str, Unpacked]) -> dict[str, PublishedFile]:
    """The files of an archive, by their names in the dataset's folder."""
    top = f"{archive.folder}/" if archive.folder else ""
    return {f"{top}{name}": PublishedFile(size=file.size, sha256=file.sha256) for name, file in files.items()}


def write_note(folder: Path, fetched: Fetched) -> None:
    """Put the note into a dataset's folder.

    Raises:
        StorageError: the disk is full, read-only or forbidden.
    """
    write_bytes(folder / NOTE, f"{fetched.model_dump_json(indent=1)}\n".encode())


def read_note(folder: Path) -> Fetched | None:
    """The note in a dataset's folder; None where there is none, and with a warning where it is damaged."""
    try:
        return Fetched.model_validate_json((folder / NOTE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not what a fetch writes"
        log.warning("%s cannot be used (%s): nobody knows what was unpacked there", folder / NOTE, reason)
        return None


def differing(folder: Path, fetched: Fetched) -> list[str]:
    """The names of files that are missing, unreadable or not what was unpacked; every byte is read."""
    return [name for name, published in fetched.files.items() if published_file(folder / name) != published]


def published_file(path: Path) -> PublishedFile | None:
    """Size and digest of a file; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return PublishedFile(size=file.tell(), sha256=sha256)
    except OSError:
        return None


def how_to_get(card: DatasetCard) -> str:
    """How a dataset is come by: with a command where its card names archives, else from its address."""
    return f"with `emobench data fetch {card.name} --accept-licence`" if card.archives else f"from {card.url}"
