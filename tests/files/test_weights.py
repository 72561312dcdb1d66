"""Are the weights the ones that were asked for, and does their identity say which they are?"""

import hashlib
from pathlib import Path

import pytest

from emobench.domain.canonical import canonical
from emobench.domain.cards import Weights
from emobench.domain.errors import DataError
from emobench.files.weights import resolve_weights


def resolve(weights, given, **options):
    return resolve_weights("toy", weights, given, env={}, **options)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def published(site):
    return Weights(url=site.url + "?download=1", sha256=sha256(site.content))


def test_a_card_without_weights_needs_none(tmp_path):
    """Backbones without weights resolve to nothing, offline too, and leave no file."""
    resolved = resolve(None, None, offline=True, home=tmp_path)
    assert (resolved.files, resolved.identity) == ({}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_given_file_is_known_by_its_digest(tmp_path):
    """The identity of local weights is their SHA-256 and holds no path."""
    (tmp_path / "mine.pth").write_bytes(b"weights")
    resolved = resolve(None, tmp_path / "mine.pth", offline=True, home=tmp_path / "home")
    assert resolved.files == {"mine.pth": tmp_path / "mine.pth"}
    assert resolved.identity == {"digest": sha256(b"weights"), "files": {"mine.pth": sha256(b"weights")}}
    assert str(tmp_path).encode() not in canonical(resolved.identity)


def test_a_changed_file_has_another_identity(tmp_path):
    """Digests are remembered between runs, and not beyond a change of the file."""
    path = tmp_path / "mine.pth"
    digests = []
    for content in (b"weights", b"weights", b"other weights"):
        path.write_bytes(content)
        digests.append(resolve(None, path, offline=True, home=tmp_path / "home").identity["digest"])
    assert digests == [sha256(b"weights"), sha256(b"weights"), sha256(b"other weights")]


def test_a_file_without_a_digest_is_never_fetched(site, tmp_path):
    """A URL without a SHA-256 is told to the user and not opened; the file that the user gives is known by its own."""
    unstated = Weights(url=site.url)
    with pytest.raises(DataError, match="states no SHA-256") as told:
        resolve(unstated, None, offline=False, home=tmp_path / "home")
    assert site.url in str(told.value)
    assert "--weights toy=FILE" in str(told.value)
    assert not (tmp_path / "home" / "downloads").exists()
    (tmp_path / "mine.pth").write_bytes(b"weights")
    resolved = resolve(unstated, tmp_path / "mine.pth", offline=True, home=tmp_path / "home")
    assert resolved.identity == {"digest": sha256(b"weights"), "files": {"mine.pth": sha256(b"weights")}}


def test_a_given_folder_gives_weights_and_configuration(tmp_path):
    """Of a folder, the configuration and weight files are taken, by name; the rest is left alone."""
    names = ("config.json", "preprocessor_config.json", "model.safetensors", "pytorch_model.bin")
    for name in (*names, "README.md", "vocab.txt"):
        (tmp_path / name).write_text(name)
    resolved = resolve(None, tmp_path, offline=True, home=tmp_path / "home")
    assert set(resolved.files) == set(names)
    assert resolved.identity["files"] == {name: sha256(name.encode()) for name in names}
    assert resolved.identity["digest"] == sha256(canonical(resolved.identity["files"]))


@pytest.mark.parametrize("given", ["missing.pth", "empty"])
def test_given_weights_that_are_not_there_are_an_error(tmp_path, given):
    """A missing file and a folder without weights end with exit code 3 and name the path."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").touch()
    with pytest.raises(DataError) as caught:
        resolve(None, tmp_path / given, offline=False, home=tmp_path)
    assert str(tmp_path / given) in caught.value.found
    assert "--weights toy=" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_a_given_file_may_differ_from_the_card(tmp_path, published):
    """Other weights than the published ones are used, and the identity says that they are others."""
    (tmp_path / "mine.pth").write_bytes(b"fine-tuned")
    resolved = resolve(published, tmp_path / "mine.pth", offline=True, home=tmp_path)
    assert resolved.identity["matches_card"] is False
    assert resolved.identity["digest"] == sha256(b"fine-tuned")


def test_a_url_is_fetched_once(tmp_path, site, published):
    """Published weights are downloaded by the first run only, and have the identity of the same local file."""
    first = resolve(published, None, offline=False, home=tmp_path)
    again = resolve(published, None, offline=True, home=tmp_path)
    assert first == again
    assert first.files["model.pth"].read_bytes() == site.content
    assert len(site.asked) == 1
    (tmp_path / "model.pth").write_bytes(site.content)
    assert resolve(published, tmp_path / "model.pth", offline=True, home=tmp_path).identity == first.identity


def test_a_wrong_checksum_is_never_used(tmp_path, site, published):
    """What is not the published file is set aside, named, and fetched again by the next run."""
    right, site.content = site.content, b"an error page"
    with pytest.raises(DataError, match="not the file") as caught:
        resolve(published, None, offline=False, home=tmp_path)
    assert sha256(b"an error page") in caught.value.found
    aside = Path(caught.value.found.rpartition("it lies at ")[2])
    assert aside.read_bytes() == b"an error page"
    site.content = right
    assert resolve(published, None, offline=False, home=tmp_path).identity["matches_card"] is True


def test_a_file_that_rots_is_fetched_again(tmp_path, site, published):
    """A download that changed on disk is set aside and replaced; offline it is an error."""
    path = resolve(published, None, offline=False, home=tmp_path).files["model.pth"]
    path.write_bytes(b"rotten")
    assert resolve(published, None, offline=False, home=tmp_path).files["model.pth"].read_bytes() == site.content
    path.write_bytes(b"rotten again")
    with pytest.raises(DataError, match="not on this machine"):
        resolve(published, None, offline=True, home=tmp_path)


def test_offline_asks_nobody(tmp_path, site, published):
    """Offline, missing weights are an error that names --weights, and the server is not asked."""
    with pytest.raises(DataError, match="not on this machine") as caught:
        resolve(published, None, offline=True, home=tmp_path)
    assert "--weights toy=PATH" in caught.value.remedy
    assert site.asked == []


def test_settings_alone_leave_the_weights(tmp_path, site, published):
    """A random control takes of a folder its configuration, and of a file or a URL nothing."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_text(name)
    options = {"offline": False, "home": tmp_path / "home", "settings_only": True}
    assert set(resolve(None, tmp_path, **options).files) == {"config.json"}
    for weights, given in ((None, tmp_path / "model.safetensors"), (published, None)):
        resolved = resolve(weights, given, **options)
        assert (resolved.files, resolved.identity) == ({}, {})
    assert site.asked == []


@pytest.mark.shared
def test_the_real_weights_have_their_published_digest(shared_weights, tmp_path):
    """The BYOL-S checkpoint beside the project resolves to one file whose digest is that of its bytes."""
    path = next((shared_weights / "byol-s").glob("*.pth"))
    resolved = resolve(None, path, offline=True, home=tmp_path)
    assert resolved.identity["digest"] == sha256(path.read_bytes())
