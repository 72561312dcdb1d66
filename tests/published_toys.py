"""What does a published corpus look like that a test can fetch? The toy corpus in an archive, on a loopback server."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from emobench.catalog.catalog import Catalog
from emobench.catalog.contracts import Dataset
from emobench.corpora.archive_sources import Ways
from emobench.corpora.fetching import fetch
from emobench.domain.cards import Archive
from emobench.domain.progress import Silent
from emobench.testing.toys import CORPUS, toy_catalog, toy_clips, write_toy_corpus

NAME = "published-toy"
PLUGIN = """
from emobench import Archive, Dataset, hookimpl
from emobench.testing.toys import CORPUS, toy_clips

ARCHIVE = Archive(name="toy.zip", url={url!r}, size={size}, sha256={sha256!r})

@hookimpl
def emobench_datasets():
    yield Dataset(CORPUS.model_copy(update={{"name": {name!r}, "archives": (ARCHIVE,)}}), clips=toy_clips)
"""


class Told(Silent):
    """Progress that remembers what was said, and how far each bar came."""

    def __init__(self):
        self.said, self.bars = [], {}

    def start(self, title, total, unit):
        self.bars[title] = 0

        def advance(done):
            self.bars[title] += done

        return advance

    def say(self, message):
        self.said.append(message)


@dataclass
class Published:
    """A corpus that was published: its archive, its dataset, a catalog with it, and where it would be fetched to."""

    archive: Path
    dataset: Dataset
    catalog: Catalog
    home: Path

    @property
    def folder(self):
        return self.home / "data" / NAME

    @property
    def part(self):
        name = f"{self.dataset.card.archives[0].sha256}-toy.zip"
        return self.home / "downloads" / f"{name}.part"

    def fetch(self, progress=None, **ways):
        where = {"folder": self.folder, "downloads": self.home / "downloads", "pause_seconds": 0, **ways}
        return fetch(self.dataset, self.catalog, Ways(**where), progress or Silent())

    def plugin(self, path):
        """A plugin file that offers the corpus."""
        archive = self.dataset.card.archives[0]
        path.write_text(PLUGIN.format(name=NAME, url=archive.url, size=archive.size, sha256=archive.sha256))
        return path


def leftovers(folder):
    """What an attempt left beside locks and notes: nothing, when all is well."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.parent.name != ".locks")


def described(path, url, **changes):
    """The archive at ``path``, as a card names it."""
    data = path.read_bytes()
    known = {"name": path.name, "url": url, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return Archive.model_validate({**known, **changes})


@pytest.fixture(scope="session")
def toy_archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    (folder / "files").mkdir()
    write_toy_corpus(folder / "files")
    with zipfile.ZipFile(folder / "toy.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._p0-calm-0.wav", b"of a Macintosh")
        for path in sorted((folder / "files").iterdir()):
            archive.write(path, path.name)
        archive.writestr("about.json", json.dumps({"license": "CC0-1.0"}))
    return folder / "toy.zip"


@pytest.fixture
def published(toy_archive, site, tmp_path):
    """The toy corpus, published at the loopback server."""
    site.content = toy_archive.read_bytes()
    card = CORPUS.model_copy(update={"name": NAME, "archives": (described(toy_archive, site.url),)})
    dataset = Dataset(card, clips=toy_clips)
    return Published(toy_archive, dataset, toy_catalog(dataset=dataset), tmp_path / "home")
