"""Does a published corpus arrive once, whole, and the right one, whatever happens on the way?"""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_archives import ZEROS, zip_file
from published_toys import NAME, Told, described, leftovers

from emobench.corpora import archive_sources
from emobench.corpora.fetching import state_of
from emobench.domain.errors import DataError, StorageError
from emobench.testing.toys import write_toy_corpus


def refusal(fetch, kind=DataError, code=3):
    with pytest.raises(kind) as caught:
        fetch()
    assert caught.value.exit_code == code
    assert caught.value.remedy
    return caught.value


def test_a_corpus_is_fetched_verified_and_noted(published, site):
    """Its files are those of the archive, the note has licence, day, archives and every file, and the archive goes."""
    told = Told()
    assert state_of(published.dataset, published.folder) == "absent"
    published.fetch(told)
    assert len(published.dataset.clips(published.folder) and list(published.folder.glob("*.wav"))) == 108
    note = json.loads((published.folder / ".emobench.json").read_text())
    assert (note["dataset"], note["licence"]) == (NAME, "CC0-1.0")
    assert note["archives"][0]["sha256"] == published.dataset.card.archives[0].sha256
    for name, file in note["files"].items():
        data = (published.folder / name).read_bytes()
        assert file == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert set(note["files"]) == {path.name for path in published.folder.iterdir()} - {".emobench.json"}
    assert leftovers(published.home / "downloads") == []
    assert set(told.bars) == {f"downloading {NAME}", f"unpacking {NAME}"}
    assert len(site.asked) == 1


def test_what_is_there_is_not_fetched_again(published, site):
    """A second fetch asks nobody for anything; a copy that a user put there is left alone and not noted."""
    published.fetch()
    published.fetch()
    assert len(site.asked) == 1
    (published.folder / ".emobench.json").unlink()
    assert state_of(published.dataset, published.folder) == "whole"
    assert published.fetch() is None
    assert len(site.asked) == 1


def test_what_was_damaged_since_is_fetched_anew(published, caplog):
    """A fetched corpus that lost or changed a file is set aside as it is, and comes again whole."""
    published.fetch()
    wav = published.folder / "p0-calm-0.wav"
    wav.write_bytes(wav.read_bytes()[:-1] + b"x")
    assert state_of(published.dataset, published.folder) == "damaged"
    published.fetch()
    assert state_of(published.dataset, published.folder) == "whole"
    assert f"set aside as {NAME}.damaged-1" in caplog.text
    assert (published.folder.parent / f"{NAME}.damaged-1" / "p0-calm-0.wav").is_file()


def test_something_else_in_the_folder_is_not_touched(published, site):
    """A folder that holds neither the corpus nor a note is refused with what is in it; an empty one is used."""
    published.folder.mkdir(parents=True)
    (published.folder / "diary.txt").write_text("mine")
    error = refusal(published.fetch)
    assert "is in the way" in error.what
    assert "0 of 108 clips" in error.found
    assert (published.folder / "diary.txt").read_text() == "mine"
    assert site.asked == []
    (published.folder / "diary.txt").unlink()
    published.folder.rmdir()
    published.folder.write_text("a file")
    assert "it is no folder" in refusal(published.fetch).found
    published.folder.unlink()
    published.folder.mkdir()
    assert published.fetch().dataset == NAME


@pytest.mark.parametrize("kind", ["link", "mounted disk"])
def test_an_empty_folder_that_cannot_be_replaced_is_refused(kind, published, site, tmp_path, monkeypatch):
    """A link to an empty folder, or an empty disk, stays where it is; what to name instead is said, before a byte."""
    published.folder.parent.mkdir(parents=True)
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        published.folder.symlink_to(tmp_path / "elsewhere")
    else:
        published.folder.mkdir()
        monkeypatch.setattr(Path, "is_mount", lambda path: path == published.folder)
    error = refusal(published.fetch)
    assert "cannot be replaced" in error.what
    assert f"emobench data fetch {NAME} --data-home DIR" in error.remedy
    assert published.folder.is_dir()
    assert published.folder.is_symlink() == (kind == "link")
    assert list(published.folder.iterdir()) == []
    assert site.asked == []


def test_an_ordinary_empty_folder_is_used(published):
    """An empty folder that somebody made is where the corpus goes."""
    published.folder.mkdir(parents=True)
    assert published.fetch().dataset == NAME
    assert state_of(published.dataset, published.folder) == "whole"


def test_an_archive_at_hand_needs_no_network(published, site):
    """--archive unpacks the user's file, also offline and under any name, and leaves it where it is."""
    mine = published.home / "my copy"
    mine.parent.mkdir()
    shutil.copy(published.archive, mine)
    published.fetch(given=(mine,), offline=True)
    assert state_of(published.dataset, published.folder) == "whole"
    assert mine.is_file()
    assert site.asked == []


def test_a_kept_archive_is_used_again(published, site):
    """--keep-archive leaves it in downloads, where the next fetch finds it, also offline; a damaged one is not used."""
    published.fetch(keep_archive=True)
    shutil.rmtree(published.folder)
    published.fetch(keep_archive=True, offline=True)
    assert len(site.asked) == 1
    shutil.rmtree(published.folder)
    kept = published.part.with_suffix("")
    kept.write_bytes(b"damaged")
    published.fetch()
    assert len(site.asked) == 2
    assert not kept.exists()


def test_another_archive_is_refused(published, tmp_path):
    """A file with other bytes is not unpacked: both digests are told, and whose archive it is where that is known."""
    other = zip_file(tmp_path / "other.zip", [("a.wav", b"x")])
    error = refusal(lambda: published.fetch(given=(other,)))
    assert hashlib.sha256(other.read_bytes()).hexdigest() in error.found
    assert published.dataset.card.archives[0].sha256 in error.found
    cards = published.dataset.card
    sibling = cards.model_copy(update={"name": "sibling", "archives": (described(other, "https://example.org/o"),)})
    offers = dict(published.catalog.datasets)
    offers["sibling"] = replace(offers[NAME], what=replace(published.dataset, card=sibling))
    published.catalog = replace(published.catalog, datasets=offers)
    assert "the archive of 'sibling'" in refusal(lambda: published.fetch(given=(other,))).found
    assert "does not exist" in refusal(lambda: published.fetch(given=(tmp_path / "absent.zip",))).found
    assert not published.folder.exists()


def test_a_wrong_checksum_is_set_aside(published, site):
    """Bytes that are not the published ones are kept apart and told with both digests; the next fetch starts anew."""
    whole, site.content = site.content, site.content[:-1] + b"x"
    error = refusal(published.fetch)
    assert "is not the archive" in error.what
    assert hashlib.sha256(site.content).hexdigest() in error.found
    assert published.dataset.card.archives[0].sha256 in error.found
    assert leftovers(published.home) == [f"{published.part.name}.damaged-1"]
    site.content = whole
    assert published.fetch().dataset == NAME


@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_that_stops_at_half_once_is_asked_again(ranges, published, site):
    """The file arrives, with the rest alone where the server knows ranges, and the break is said."""
    site.ranges, site.stops = ranges, [len(site.content) // 2]
    told = Told()
    published.fetch(told)
    assert state_of(published.dataset, published.folder) == "whole"
    assert "trying again" in told.said[0]


def test_a_server_that_always_stops_at_half_is_given_up(published, site):
    """The error says how to go on and how to do without the network; what arrived stays; no folder appears."""
    half = len(site.content) // 2
    site.ranges, site.stops = False, [half] * 9
    error = refusal(published.fetch)
    assert f"after {half} of {len(site.content)} bytes, 3 times" in error.found
    assert f"emobench data fetch {NAME} --accept-licence --archive toy.zip" in error.remedy
    assert site.url in error.remedy
    assert leftovers(published.home) == [published.part.name]
    site.ranges, site.stops = True, []
    published.fetch()
    assert site.asked[-1] == f"bytes={half}-"


def test_a_server_that_sends_more_is_refused(published, site):
    """More bytes than the card says are no archive of ours, whatever they are."""
    site.content += b"more"
    assert "the published file has" in refusal(published.fetch).found
    assert not published.folder.exists()


def test_offline_says_what_to_do(published, site):
    """--offline asks nobody and tells how to bring the archive by hand."""
    error = refusal(lambda: published.fetch(offline=True))
    assert "--archive toy.zip" in error.remedy
    assert site.asked == []


@pytest.mark.parametrize(
    ("members", "reason"), [([("../evil.wav", b"x")], "leads outside"), ([("zeros.wav", ZEROS)], "far more than")]
)
def test_a_hostile_archive_leaves_nothing(members, reason, published, tmp_path):
    """Even with the right checksum, an archive that would harm is refused, and no folder of any name stays."""
    archive = zip_file(tmp_path / "toy.zip", members)
    card = published.dataset.card.model_copy(update={"archives": (described(archive, "https://example.org/toy.zip"),)})
    published.dataset = replace(published.dataset, card=card)
    assert reason in refusal(lambda: published.fetch(given=(archive,))).found
    assert leftovers(published.home) == []
    assert not (tmp_path / "home" / "evil.wav").exists()


@pytest.mark.parametrize("purpose", ["to fetch and unpack", "to unpack"])
def test_too_little_room_is_told_before(purpose, published, monkeypatch, site):
    """Needed and free bytes are told before anything is downloaded, and again before anything is unpacked."""
    free = 1_000 if purpose == "to fetch and unpack" else 2 * len(site.content) + 10
    found = shutil.disk_usage(published.home.parent)._replace(free=free)
    monkeypatch.setattr(archive_sources.shutil, "disk_usage", lambda path: found)
    if purpose == "to unpack":
        monkeypatch.setattr("emobench.corpora.fetching.unpacked_bytes", lambda archive: 10**9)
    error = refusal(published.fetch, StorageError, 1)
    assert f"{purpose} toy.zip" in error.what
    assert f"free: {free:,}" in error.found
    assert len(site.asked) == (purpose == "to unpack")
    assert not published.folder.exists()


def test_a_corpus_without_archives_says_where_it_is(published, tmp_path):
    """What nobody may pass on is not fetched: its address is told."""
    card = published.dataset.card.model_copy(update={"archives": ()})
    published.dataset = replace(published.dataset, card=card)
    assert card.url in refusal(published.fetch).remedy
    write_toy_corpus(tmp_path)
    assert state_of(published.dataset, tmp_path) == "whole"
