"""Is it said of a corpus what it is, and of every file that differs how?"""

import json
import shutil
from dataclasses import replace

import pytest
import soundfile
from published_toys import NAME

from emobench.corpora import corpus
from emobench.corpora.corpus_files import files_below, place
from emobench.corpora.verification import verify
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.progress import Silent


@pytest.fixture
def verified(published, tmp_path):
    """Verifies the corpus below a folder; ``kinds`` of the result are its findings by kind, files alone."""

    def look(root=None, *given):
        offer = replace(published.catalog.datasets[NAME], what=published.dataset)
        return verify(offer, published.catalog, root or published.folder, given, tmp_path / "home", Silent())

    return look


def kinds(found):
    told = {}
    for finding in found.findings:
        told.setdefault(finding.kind, []).append(finding.file)
    return told


@pytest.fixture
def copy(published, tmp_path):
    """The published files in a folder of the user's, without a note."""
    published.fetch()
    folder = tmp_path / "copy"
    shutil.copytree(published.folder, folder)
    (folder / ".emobench.json").unlink()
    return folder


def test_a_fetched_corpus_is_official(published, verified):
    """Every byte is as it was unpacked: official, with rate, format and the digest that records have."""
    published.fetch()
    found = verified()
    assert (found.verdict, found.whole, found.findings) == ("official", True, ())
    assert (found.expected, found.found, found.same) == (109, 109, 109)
    assert (found.rates_hz, found.channels, found.formats) == ((16_000,), (1,), ("WAV",))
    assert len(found.audio) == 64


def test_a_copy_is_official_by_its_archive(published, verified, copy):
    """Without a note only number and rate are known; with the archive every byte is, and the digest stays the same."""
    found = verified(copy)
    assert (found.verdict, found.same) == ("official by number and rate", 0)
    again = verified(copy, published.archive)
    assert (again.verdict, again.same) == ("official", 109)
    assert found.audio == again.audio
    published.part.parent.mkdir(exist_ok=True)
    shutil.copy(published.archive, published.part.with_suffix(""))
    assert verified(copy).verdict == "official"


def test_a_rule_for_names_tells_what_is_missing(published, verified, copy):
    """Where a rule gives the names of a release, a copy is official by them, and what is missing has its name."""
    names = sorted(path.name for path in copy.glob("*.wav"))
    published.dataset = replace(published.dataset, official=lambda: names)
    assert verified(copy).verdict == "official by name, number, rate and format"
    (copy / "p0-calm-0.wav").unlink()
    found = verified(copy)
    assert kinds(found) == {"missing": ["p0-calm-0.wav"], "refused": [str(copy)]}
    assert found.findings[1].reason == "107 of 108 clips are there."


def test_all_archives_are_needed_to_compare(published, verified, copy):
    """Of a corpus in two archives, one is not enough, and the other is named."""
    card = published.dataset.card
    second = card.archives[0].model_copy(update={"name": "second.zip", "sha256": "0" * 64})
    more = card.model_copy(update={"archives": (*card.archives, second)})
    published.dataset = replace(published.dataset, card=more)
    with pytest.raises(DataError, match="in 2 archives") as caught:
        verified(copy, published.archive)
    assert "second.zip" in caught.value.found


def test_another_archive_is_no_measure(verified, copy, tmp_path):
    """What is compared with has to be the published archive."""
    (tmp_path / "other.zip").write_bytes(b"other")
    with pytest.raises(DataError, match="not the archive"):
        verified(copy, tmp_path / "other.zip")


def any_format(root):
    """The toy corpus, whatever the ending of its files."""
    for path in sorted(root.glob("p*.*")):
        person, emotion, _ = path.stem.split("-")
        labels = {"emotion": emotion, "arousal": 0.0}
        yield Clip(id=path.stem, path=path, group=person, labels=labels)


@pytest.mark.parametrize(("ending", "rate", "name"), [(".flac", 16_000, "FLAC"), (".wav", 8_000, "WAV")])
def test_other_rates_and_formats_are_a_derived_copy(ending, rate, name, published, verified, copy):
    """FLAC made from all files, or another rate under the same names, is a derived copy and whole."""
    for wav in copy.glob("*.wav"):
        data, _ = soundfile.read(wav, dtype="int16")
        wav.unlink()
        soundfile.write(wav.with_suffix(ending), data, rate)
    published.dataset = replace(published.dataset, clips=any_format)
    found = verified(copy, published.archive)
    assert (found.verdict, found.whole) == ("derived copy", True)
    assert (found.found, found.same) == (109, 1)
    assert (found.formats, found.rates_hz) == ((name,), (rate,))


def test_a_reader_that_fails_does_not_end_it(published, verified):
    """What a plugin's reader raises is one finding more, and every file is still looked at."""

    def broken(root):
        raise ZeroDivisionError("of a stranger")

    published.fetch()
    published.dataset = replace(published.dataset, clips=broken)
    found = verified()
    assert (found.found, found.same, found.audio) == (109, 109, None)
    assert found.findings[0].reason == "its reader fails: ZeroDivisionError: of a stranger"
    (published.folder / ".emobench.json").unlink()
    assert list(kinds(verified())) == ["refused"], "nobody knows any more which files belong there"


def test_doubles_of_the_release_are_no_fault(published, verified):
    """Two names of one recording that were published so are remarked on, and the corpus stays official."""
    published.fetch()
    shutil.copy(published.folder / "p0-calm-2.wav", published.folder / "p0-calm-3.wav")
    published.dataset = replace(published.dataset, doubles=(("p0-calm-2", "p0-calm-3"),))
    (published.folder / ".emobench.json").unlink()
    found = verified()
    assert found.whole
    assert found.remarks == ("p0-calm-2.wav and p0-calm-3.wav have the same audio, which is known of this corpus",)


def test_every_fault_is_told_by_file(published, verified):
    """Missing, damaged, changed, unexpected and doubled files are each named, in one go."""
    published.fetch()
    folder = published.folder
    (folder / "p0-calm-0.wav").unlink()
    (folder / "p0-calm-1.wav").write_bytes((folder / "p0-calm-1.wav").read_bytes()[:100])
    shutil.copy(folder / "p0-calm-2.wav", folder / "p0-calm-3.wav")
    data, rate = soundfile.read(folder / "p1-calm-0.wav")
    soundfile.write(folder / "p1-calm-0.wav", data / 2, rate)
    (folder / "about.json").write_text("{}")
    (folder / "sub").mkdir()
    shutil.copy(folder / "p2-calm-0.wav", folder / "sub" / "stranger.wav")
    (folder / "p3-calm-0.wav").unlink()
    (folder / "p3-calm-0.wav").mkdir()
    found = verified()
    assert found.verdict == "differs"
    assert kinds(found) == {
        "missing": ["p0-calm-0.wav"],
        "damaged": ["p0-calm-1.wav", "p3-calm-0.wav"],
        "changed": ["about.json", "p0-calm-3.wav", "p1-calm-0.wav"],
        "unexpected": ["sub/stranger.wav"],
        "doubled": ["p0-calm-3.wav", "sub/stranger.wav"],
        "refused": [str(folder)],
    }
    reasons = {(finding.kind, finding.file): finding.reason for finding in found.findings}
    assert reasons["doubled", "sub/stranger.wav"] == "has the same audio as p2-calm-0.wav"
    assert reasons["changed", "about.json"] == "was changed since it was unpacked"
    assert "truncated" in reasons["damaged", "p0-calm-1.wav"]
    assert reasons["damaged", "p3-calm-0.wav"] == "is a folder"
    assert found.audio is None


def test_a_scan_is_stamped(published, verified, monkeypatch):
    """What was decoded once is not decoded again, and what changed since is."""
    published.fetch()
    verified()
    seen = []
    looked = corpus.scan
    monkeypatch.setattr(corpus, "scan", lambda paths, stamps, count: looked(paths, stamps, note(count)))

    def note(count):
        return lambda done, total: seen.append(total)

    verified()
    assert seen == []
    shutil.copy(published.folder / "p0-calm-2.wav", published.folder / "p0-calm-3.wav")
    verified()
    assert seen == [1]


def test_a_damaged_note_is_told_and_not_believed(published, verified, caplog):
    """A note that nobody can read is warned of, and the corpus is held against what else is known."""
    published.fetch()
    (published.folder / ".emobench.json").write_text(json.dumps({"dataset": NAME}))
    assert verified().verdict == "official by number and rate"
    assert "cannot be used" in caplog.text


def test_links_that_lead_back_are_walked_once(tmp_path):
    """A folder that links to itself, and one that is linked twice, are entered once; what is hidden is left out."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "x.wav").touch()
    (tmp_path / "a" / "._x.wav").touch()
    (tmp_path / "a" / "gone.wav").symlink_to(tmp_path / "nowhere")
    assert {path.name for path in files_below(tmp_path)} == {"x.wav", "gone.wav"}
    assert len(files_below(tmp_path)) == 2


def test_files_are_found_wherever_people_unpack(tmp_path):
    """Names that occur once need no folder, names that occur in every folder need theirs, with or without the top."""
    names = ["top/one/mix.wav", "top/two/mix.wav", "top/notes.csv"]
    files = [tmp_path / "x" / "one" / "mix.flac", tmp_path / "two" / "mix.wav", tmp_path / "mix.wav"]
    placed = place(names, files, tmp_path)
    assert placed.found == {names[0]: files[0], names[1]: files[1]}
    assert placed.missing == ("top/notes.csv",)
    assert set(placed.extra) == {files[2]}
    again = place(
        ["a/x.wav"], [tmp_path / "b" / "x.flac", tmp_path / "b" / "x.wav", tmp_path / "y.wav"], tmp_path, ["y.wav"]
    )
    assert again.found == {"a/x.wav": tmp_path / "b" / "x.wav"}
    assert set(again.extra) == {tmp_path / "b" / "x.flac"}
