"""How does a published corpus come into its folder: once, whole, and the right one?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from emobench.catalog.catalog import Catalog
from emobench.catalog.contracts import Dataset
from emobench.corpora.archive_sources import Ways, at_hand, require_room, sources_of
from emobench.corpora.fetched import NOTE, Fetched, PublishedFile, differing, published, read_note, write_note
from emobench.domain.cards import Archive, DatasetCard
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.progress import Progress, megabytes
from emobench.files.atomic import explained, locked, set_aside
from emobench.files.folders import once_folder
from emobench.files.unpacking import unpack, unpacked_bytes

State = Literal["absent", "whole", "damaged"]


def state_of(dataset: Dataset, folder: Path) -> State:
    """Whether the dataset lies in ``folder``: what a fetch left is read whole, anything else is shown to the reader.

    Raises:
        DataError: something else lies there.
    """
    if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
        raise _in_the_way(dataset.card, folder, "it is no folder")
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return "absent"
    except PermissionError as problem:
        raise _in_the_way(dataset.card, folder, str(problem.strerror)) from problem
    note = read_note(folder)
    if note is not None:
        return "damaged" if differing(folder, note) or not note.is_of(dataset.card) else "whole"
    _require_readable(dataset, folder)
    return "whole"


def _require_readable(dataset: Dataset, folder: Path) -> None:
    card = dataset.card
    try:
        clips = len(list(dataset.clips(folder)))
        problem = "" if clips >= card.expected_clips else f"{clips:,} of {card.expected_clips:,} clips"
    except EmobenchError as refusal:
        problem = f"{refusal.what}\n{refusal.found}"
    if problem:
        raise _in_the_way(card, folder, problem)


def _in_the_way(card: DatasetCard, folder: Path, found: str) -> DataError:
    return DataError(
        f"'{folder}' is in the way: it is neither '{card.name}' nor empty.",
        found=f"found: {found}",
        remedy=f"Move it elsewhere and fetch again. `emobench data verify {card.name}` tells what is in a folder.",
    )


def fetch(dataset: Dataset, catalog: Catalog, ways: Ways, progress: Progress) -> Fetched | None:
    """Bring a dataset whose licence was accepted into ``ways.folder``, verified and unpacked, with a note of it all.

    Of several processes one does it and the others wait. What a fetch left and somebody damaged is set aside before.
    Returns the note; None where somebody else put the dataset there.

    Raises:
        DataError: no archives to be had, or not the published ones, or something else lies in the folder.
        StorageError: too little room, or the disk refuses.
    """
    sources = sources_of(dataset.card, catalog, ways)
    with explained(ways.folder):
        ways.folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(ways.folder):
        if state_of(dataset, ways.folder) == "damaged":
            set_aside(ways.folder, "it is not what was unpacked there", anew=True)
        elif ways.folder.is_dir() and not any(ways.folder.iterdir()):
            _make_way(dataset.card, ways.folder)
    once_folder(ways.folder, lambda temporary: _fill(temporary, dataset.card, ways, sources, progress))
    return read_note(ways.folder)


def _make_way(card: DatasetCard, folder: Path) -> None:
    """Delete an empty folder, so that the dataset can take its place in one step."""
    if folder.is_symlink() or folder.is_mount():
        raise DataError(
            f"'{folder}' cannot be replaced by '{card.name}'.",
            found="found: a link, or a disk that is mounted there",
            remedy=f"Name the folder above it: emobench data fetch {card.name} --data-home DIR, which makes "
            f"DIR/{card.name}; or let EMOBENCH_DATA be DIR.",
        )
    with explained(folder):
        folder.rmdir()


def _fill(
    temporary: Path, card: DatasetCard, ways: Ways, sources: Mapping[Archive, Path | None], progress: Progress
) -> None:
    files: dict[str, PublishedFile] = {}
    for archive, file in sources.items():
        with at_hand(card, archive, file, ways, progress) as path:
            require_room({temporary: unpacked_bytes(path)}, f"to unpack {archive.name}")
            show = megabytes(f"unpacking {card.name}", progress)
            files.update(published(archive, unpack(path, temporary / archive.folder, show)))
    files.pop(NOTE, None)
    today = datetime.now(UTC).date().isoformat()
    note = Fetched(dataset=card.name, licence=card.licence, accepted=today, archives=card.archives, files=files)
    write_note(temporary, note)
