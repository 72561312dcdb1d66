"""Is generated audio that of the code that is there, and is a full disk called a full disk?"""

import errno
from types import SimpleNamespace

import pytest

from emobench.catalog.discovery import PluginModule, from_file
from emobench.catalog.known import known_plugins
from emobench.corpora import generated
from emobench.corpora.corpus import root_of
from emobench.corpora.generated import generated_folder, generated_once
from emobench.domain.errors import StorageError

PLUGIN = """
from emobench import Attribute, Clip, Dataset, DatasetCard, hookimpl

CARD = DatasetCard(
    name="made-up", title="t", domain="speech", licence="l", citation="c", url="", group_is="speaker", people="p",
    attributes=(Attribute(name="emotion", classes=("angry", "sad")),), folds=3, expected_clips=1, sample_rate=8_000,
    generated=True,
)


def generate(root):
    (root / "a.txt").write_text("TEXT")


@hookimpl
def emobench_datasets():
    yield Dataset(CARD, clips=lambda root: [], generate=generate)
"""


@pytest.fixture
def made(tmp_path):
    """Writes the plugin with a text of its own, and gives the folder that its dataset has generated."""

    def made(text):
        file = tmp_path / "plugin.py"
        file.write_text(PLUGIN.replace("TEXT", text))
        offer = known_plugins([file]).dataset("made-up")
        return root_of(offer.what, {}, tmp_path / "home", {}, offer.owner)

    return made


def test_changed_code_generates_anew(made):
    """The same name and version with other code: another folder, with what the new code writes; the old one stays."""
    first, second = made("one"), made("two")
    assert [folder.joinpath("a.txt").read_text() for folder in (first, second, made("one"))] == ["one", "two", "one"]
    assert first != second
    assert first.parent == second.parent


def test_the_folder_says_whose_code_it_was(tmp_path):
    """Name, version and the first digits of the code; name and version alone for what emobench brings itself."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN)
    owner = from_file(file)
    card = known_plugins([file]).dataset("made-up").what.card
    assert generated_folder(card, owner, tmp_path) == tmp_path / "data" / f"made-up-v1-{owner.digest[:8]}"
    offer = known_plugins(()).dataset("synthetic-speech")
    assert isinstance(offer.owner, PluginModule)
    assert generated_folder(offer.what.card, offer.owner, tmp_path) == tmp_path / "data" / "synthetic-speech-v1"


def system_error(root):
    (root / "half.wav").write_bytes(b"RIFF")
    raise RuntimeError("System error.")


@pytest.mark.parametrize(("free", "error", "words"), [(0, StorageError, "No space left"), (2**30, RuntimeError, "Sys")])
def test_an_error_on_a_full_disk_is_that_of_a_full_disk(free, error, words, tmp_path, monkeypatch):
    """Whatever a library calls it; where there is room, its error is its own. Nothing half made stays either way."""
    monkeypatch.setattr(generated.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(error, match=words):
        generated_once(tmp_path / "data" / "made-up-v1", system_error)
    assert [path.name for path in (tmp_path / "data").iterdir() if path.name != ".locks"] == []


def test_errors_of_the_system_keep_their_reason(tmp_path, monkeypatch):
    """A disk that fails is not called full, however little room there is."""
    monkeypatch.setattr(generated.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))

    def failing(root):
        raise OSError(errno.EIO, "Input/output error", str(root / "a.wav"))

    with pytest.raises(StorageError, match="Input/output error"):
        generated_once(tmp_path / "data" / "made-up-v1", failing)
