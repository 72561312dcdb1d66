"""What was published, as far as can be known here?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.catalog.catalog import Catalog
from emobench.catalog.contracts import Dataset
from emobench.corpora.archive_sources import Ways, digest_of, kept, sources_of
from emobench.corpora.corpus_files import files_below
from emobench.corpora.fetched import PublishedFile, published, read_note
from emobench.domain.cards import Archive, DatasetCard
from emobench.domain.errors import DataError
from emobench.domain.own_names import is_own
from emobench.domain.progress import Progress, megabytes
from emobench.files.unpacking import digests


@dataclass(frozen=True)
class Release:
    """The files of a release, by name with ``/`` between folders; None where their bytes are not known.

    Attributes:
        files: what was published.
        origin: how we know, in words.
        verdict: what a folder is that holds it all.
        changed: what is said of a file with other bytes.
        others: names of files of datasets that are published beside it, and may lie in the same folder.
    """

    files: Mapping[str, PublishedFile | None]
    origin: str
    verdict: str
    changed: str
    others: tuple[str, ...]


def release_of(
    dataset: Dataset, catalog: Catalog, root: Path, listed: Sequence[Path], given: Sequence[Path], home: Path,
    progress: Progress,
) -> Release:  # fmt: skip
    """What is known best: given archives, a fetch's note, kept archives, names by rule, or what the reader listed.

    Raises:
        DataError: a given archive is not the published one, or damaged, or another one is needed too.
    """
    card = dataset.card
    others = tuple(
        name
        for offer in catalog.datasets.values()
        if offer.what.official is not None and offer.what.card.url == card.url and offer.what.card.name != card.name
        for name in offer.what.official()
    )
    note = None if given else read_note(root)
    if note is not None and note.is_of(card):
        return Release(note.files, f"what was unpacked here on {note.accepted}", "official",
                       "was changed since it was unpacked", others)  # fmt: skip
    if archives := _archives(card, catalog, root, given, home):
        files = _inside(archives, progress)
        origin = "the published archive, " + ", ".join(str(path) for path in archives.values())
        return Release(files, origin, "official", "has other bytes than the published file", others)
    if dataset.official is not None:
        verdict = "official by name, number, rate and format"
        return Release(dict.fromkeys(dataset.official()), "the names of the release", verdict, "", others)
    names = {path.relative_to(root).as_posix(): None for path in listed if path.is_relative_to(root)}
    if is_own(card.name):  # what else lies in somebody's folder is not ours to judge
        return Release(names, "the rows of its table", "own data", "", tuple(map(str, files_below(root))))
    return Release(names, "what its reader lists", "official by number and rate", "", others)


def _archives(
    card: DatasetCard, catalog: Catalog, root: Path, given: Sequence[Path], home: Path
) -> Mapping[Archive, Path]:
    """All archives of a card as files, given or kept; none where one is missing."""
    if not card.archives and not given:
        return {}
    ways = Ways(folder=root, downloads=home / "downloads", given=tuple(given))
    sources = {archive: path or kept(archive, ways) for archive, path in sources_of(card, catalog, ways).items()}
    good = {
        archive: path
        for archive, path in sources.items()
        if path in given or (path.is_file() and digest_of(path) == archive.sha256)
    }
    if given and len(good) < len(sources):
        missing = ", ".join(archive.name for archive in sources if archive not in good)
        raise DataError(
            f"'{card.name}' is published in {len(sources)} archives, and not all are given.",
            found=f"missing: {missing}",
            remedy="Give every one of them with --archive FILE.",
        )
    return good if len(good) == len(sources) else {}


def _inside(archives: Mapping[Archive, Path], progress: Progress) -> dict[str, PublishedFile | None]:
    files: dict[str, PublishedFile | None] = {}
    for archive, path in archives.items():
        files.update(published(archive, digests(path, megabytes(f"reading {archive.name}", progress))))
    return files
