"""Where does a published archive come from: the user, an earlier download, or the network?"""

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from emobench.catalog.catalog import Catalog
from emobench.corpora.fetched import published_file
from emobench.domain.cards import Archive, DatasetCard
from emobench.domain.errors import DataError, StorageError
from emobench.domain.progress import Progress, megabytes
from emobench.files.atomic import explained, locked, set_aside
from emobench.files.download import DownloadError, download


@dataclass(frozen=True)
class Ways:
    """Where archives may come from, and where everything goes.

    Attributes:
        folder: of the dataset.
        downloads: the folder of archives that are downloaded.
        given: archives that the user has.
        offline: whether the network is left alone.
        keep_archive: whether a downloaded archive stays when it is unpacked.
        pause_seconds: before a second try of a download; it doubles.
        options: of the command, which a command that is advised has to have as well.
    """

    folder: Path
    downloads: Path
    given: tuple[Path, ...] = ()
    offline: bool = False
    keep_archive: bool = False
    pause_seconds: float = 1.0
    options: tuple[str, ...] = ()


def sources_of(card: DatasetCard, catalog: Catalog, ways: Ways) -> Mapping[Archive, Path | None]:
    """Which file each archive comes from: one that was given; None for those that were kept or are to be downloaded.

    Raises:
        DataError: the card names no archives, a given file is none of them, or one is missing and it is offline.
    """
    require_archives(card)
    found: dict[Archive, Path | None] = dict.fromkeys(card.archives)
    for file in ways.given:
        digest = digest_of(file)
        archive = next((archive for archive in card.archives if archive.sha256 == digest), None)
        if archive is None:
            more = f"found: {file}: SHA-256 {digest}{_owner(digest, catalog)}"
            raise _wrong(card, card.archives, more, "Give another copy, or ", ways)
        found[archive] = file
    missing = [archive for archive in card.archives if found[archive] is None and not kept(archive, ways).is_file()]
    if ways.offline and missing:
        raise DataError(
            f"'{card.name}' is not on this machine.",
            found="found: --offline, and no archive at hand",
            remedy="Leave --offline out, or " + by_hand(card, missing, ways),
        )
    return found


def require_archives(card: DatasetCard) -> None:
    """Refuse to fetch what nobody may pass on. Raises DataError."""
    if not card.archives:
        raise DataError(
            f"'{card.name}' cannot be fetched: its card names no archives.",
            found=f"licence: {card.licence}",
            remedy=f"Get it from {card.url} and say where it lies: --data {card.name}=DIR.",
        )


def _owner(digest: str, catalog: Catalog) -> str:
    offers = (offer.what.card for offer in catalog.datasets.values())
    owner = next((card.name for card in offers if digest in {archive.sha256 for archive in card.archives}), None)
    return f", the archive of '{owner}'" if owner else ""


def _wrong(card: DatasetCard, archives: Sequence[Archive], found: str, first: str, ways: Ways) -> DataError:
    published = "\n".join(f"published: {archive.name}: SHA-256 {archive.sha256}" for archive in archives)
    return DataError(
        f"this is not the archive that '{card.name}' is published in.",
        found=f"{found}\n{published}",
        remedy=first + by_hand(card, archives, ways),
    )


def by_hand(card: DatasetCard, archives: Sequence[Archive], ways: Ways) -> str:
    """What to do where the network does not help."""
    urls = "\n".join(f"  {archive.url}" for archive in archives)
    given = shlex.join([*ways.options, *(word for archive in archives for word in ("--archive", archive.name))])
    return f"get this elsewhere and bring it here:\n{urls}\n  emobench data fetch {card.name} --accept-licence {given}"


def kept(archive: Archive, ways: Ways) -> Path:
    """Where an archive lies while it is needed, and afterwards for those who want to keep it."""
    return ways.downloads / f"{archive.sha256}-{archive.name}"


@contextmanager
def at_hand(card: DatasetCard, archive: Archive, file: Path | None, ways: Ways, progress: Progress) -> Iterator[Path]:
    """The archive as a file, downloaded where need be; what was downloaded goes when it is no longer needed.

    Raises:
        DataError: it cannot be downloaded, or is not the published one: then it is set aside.
        StorageError: too little room, or the disk refuses.
    """
    if file is not None:
        yield file
        return
    path = kept(archive, ways)
    with locked(path):
        if path.is_file() and digest_of(path) != archive.sha256:
            set_aside(path, "its SHA-256 is not the card's")
        if not path.is_file():
            _bring(card, archive, path, ways, progress)
        yield path
        if not ways.keep_archive:
            with suppress(OSError):  # it takes room and harms nothing
                path.unlink()


def _bring(card: DatasetCard, archive: Archive, path: Path, ways: Ways, progress: Progress) -> None:
    part = path.with_name(f"{path.name}.part")
    if part.is_file() and part.stat().st_size > archive.size:
        set_aside(part, "it is longer than the published archive")
    have = part.stat().st_size if part.is_file() else 0
    require_room({path: archive.size - have, ways.folder: archive.size}, f"to fetch and unpack {archive.name}")
    if have < archive.size:
        try:
            show = megabytes(f"downloading {card.name}", progress)
            download(archive.url, part, show, ways.pause_seconds, size=archive.size, say=progress.say)
        except DownloadError as problem:
            raise DataError(
                f"the archive of '{card.name}' cannot be downloaded.",
                found=f"{archive.url}\nfound: {problem.cause}",
                remedy="The same command goes on where it stopped; else " + by_hand(card, [archive], ways),
            ) from problem
    digest = digest_of(part)
    if digest != archive.sha256:
        for before in part.parent.glob(f"{part.name}.damaged-*"):
            before.unlink()  # one wrong copy is enough to look at
        aside = set_aside(part, "its SHA-256 is not the card's")
        found = f"found: SHA-256 {digest}, from {archive.url}; it lies at {aside}"
        raise _wrong(card, (archive,), found, "Try again; if it stays so, ", ways)
    with explained(path):
        part.replace(path)


def digest_of(path: Path) -> str:
    """SHA-256 of an archive. Raises DataError where it cannot be read."""
    found = published_file(path) if path.is_file() else None  # whoever opens a pipe waits for ever
    if found is None:
        there = path.exists() or path.is_symlink()
        reason = "is a folder" if path.is_dir() else "cannot be read as a file" if there else "does not exist"
        raise DataError(
            "the archive cannot be used.", found=f"found: {path} {reason}", remedy="Correct --archive FILE."
        )
    return found.sha256


def require_room(needs: Mapping[Path, int], purpose: str) -> None:
    """Refuse what will not fit: bytes by path; those on the same disk are added up. Raises StorageError."""
    disks: dict[int, tuple[Path, int]] = {}
    for path, size in needs.items():
        place = next(parent for parent in (path, *path.parents) if parent.exists())
        first, before = disks.get(place.stat().st_dev, (place, 0))
        disks[place.stat().st_dev] = (first, before + size)
    for place, size in disks.values():
        free = shutil.disk_usage(place).free
        if size > free:
            raise StorageError(
                f"too little room {purpose}.",
                found=f"needed on the disk of {place}: {size:,} bytes; free: {free:,}",
                remedy="Free some space there, or let EMOBENCH_HOME and EMOBENCH_DATA lie on a larger one.",
            )
