"""What is tried when a dataset is held against its laws? Its folder, listed three times, and what its audio holds."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from emobench.audio.scan import Fault
from emobench.catalog.contracts import Dataset
from emobench.corpora.corpus import scanned
from emobench.corpora.corpus_files import files_below
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.plan import AudioFacts
from emobench.domain.progress import Progress, Silent
from emobench.testing.dataset.reversed_folders import reversed_folders


@dataclass(frozen=True)
class DatasetSubject:
    """A dataset that is held against the laws.

    Attributes:
        dataset: what a plugin offers.
        root: the folder in which it lies; of a generated one, the folder that was filled. None where the corpus is not
            at hand: then only its card is looked at.
        stamps: the folder in which findings about audio are kept, so that no file is decoded a second time; a
            temporary one where there is none.
        progress: is told of the scan.
    """

    dataset: Dataset
    root: Path | None
    stamps: Path | None = None
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Listed:
    """A clip as it was listed, and where its file lies below the folder that was given; None for outside of it."""

    clip: Clip
    place: str | None


class DatasetTrial:
    """What a dataset does: each part is found out when a law first asks for it, and once.

    All parts raise what the plugin's code raises.
    """

    def __init__(self, subject: DatasetSubject) -> None:
        self.subject = subject

    @property
    def dataset(self) -> Dataset:
        """What a plugin offers."""
        return self.subject.dataset

    @property
    def card(self) -> DatasetCard:
        """Its card."""
        return self.subject.dataset.card

    @property
    def root(self) -> Path:
        """The folder. Raises ValueError where there is none."""
        if self.subject.root is None:
            raise ValueError("no folder to list")
        return self.subject.root

    @cached_property
    def first(self) -> tuple[Listed, ...]:
        """The clips, as the folder is."""
        return _listed(self.dataset, self.root)

    @cached_property
    def again(self) -> tuple[Listed, ...]:
        """The clips a second time, while all folders list their entries in reverse order."""
        with reversed_folders():
            return _listed(self.dataset, self.root)

    @cached_property
    def elsewhere(self) -> tuple[Listed, ...]:
        """The clips of the same files in a folder of another name at another place."""
        with another_place(self.root) as folder:
            return _listed(self.dataset, folder)

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the first listing."""
        return tuple(listed.clip for listed in self.first)

    @cached_property
    def facts(self) -> Mapping[Path, AudioFacts | Fault]:
        """What every audio file holds, decoded to its end."""
        files = [clip.path for clip in self.clips]
        with tempfile.TemporaryDirectory() as folder:
            stamps = self.subject.stamps or Path(folder)
            return scanned(self.card, self.root, files, stamps, self.subject.progress)


@contextmanager
def another_place(root: Path) -> Iterator[Path]:
    """A temporary folder with the same files: hard links where the disk allows them, else symbolic links.

    Raises:
        DataError: a folder below ``root`` cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve() / "another place"
        place.mkdir()
        for file in files_below(root):
            if file.is_dir():
                continue
            beside = place / file.relative_to(root)
            beside.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file.resolve(), beside)
            except OSError:
                beside.symlink_to(file.resolve())
        yield place


def _listed(dataset: Dataset, root: Path) -> tuple[Listed, ...]:
    given, listed = dataset.clips(root), []
    if not isinstance(given, Iterable):
        raise TypeError(f"clips(root) has to give clips, and gives {type(given).__name__}")
    for clip in given:
        if not isinstance(clip, Clip):
            raise TypeError(f"clips(root) has to yield emobench.Clip, and yields {type(clip).__name__}")
        listed.append(Listed(clip, place_below(clip.path, root)))
    return tuple(listed)


def place_below(path: Path, root: Path) -> str | None:
    """Where a file lies below a folder, with ``/`` between folders; None for a path that leads out of it.

    Links are not followed: a corpus may be made of them.
    """
    here = Path(os.path.normpath(path))
    for folder in (Path(os.path.normpath(root)), root.resolve()):
        if here != folder and here.is_relative_to(folder):
            return here.relative_to(folder).as_posix()
    return None
