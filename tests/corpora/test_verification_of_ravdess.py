"""Is it said of real copies of RAVDESS what they are, and which files differ?"""

import shutil

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.corpora.verification import verify
from emobench.datasets.ravdess import official_files
from emobench.domain.progress import Silent

pytestmark = pytest.mark.shared
SPEECH = "Audio_Speech_Actors_01-24"


@pytest.fixture
def verified(tmp_path):
    catalog = build_catalog(*discover())
    return lambda name, root: verify(catalog.dataset(name), catalog, root, (), tmp_path / "home", Silent())


@pytest.mark.parametrize(("name", "count"), [("ravdess-speech", 1_440), ("ravdess-song", 1_012)])
def test_the_copy_at_16_khz_is_derived(name, count, shared_data, verified):
    """Both parts lie below one root; each is a derived copy, mono FLAC at 16 kHz, and nothing of it differs."""
    found = verified(name, shared_data / "ravdess")
    assert (found.verdict, found.findings) == ("derived copy", ())
    assert (found.expected, found.found) == (count, count)
    assert (found.rates_hz, found.channels, found.formats) == ((16_000,), (1,), ("FLAC",))
    assert len(found.audio) == 64


@pytest.fixture
def linked(shared_data, tmp_path):
    """Both parts in one folder, as archives unpacked over each other, made of links to the real files."""
    for file in (shared_data / "ravdess").glob("Audio_*/Actor_*/*.flac"):
        actor = tmp_path / "linked" / file.parent.name
        actor.mkdir(parents=True, exist_ok=True)
        (actor / file.name).symlink_to(file)
    return tmp_path / "linked"


def test_every_fault_of_a_copy_is_named(linked, verified):
    """One file truncated, one doubled under another official name, one missing, one stray: each by name, in one go."""
    actor = linked / "Actor_05"
    damaged, doubled, source, missing = (
        actor / f"03-01-05-0{intensity}-0{statement}-01-05.flac" for intensity in (1, 2) for statement in (1, 2)
    )
    data = damaged.read_bytes()
    damaged.unlink()
    damaged.write_bytes(data[: len(data) // 2])
    doubled.unlink()
    shutil.copy(source, doubled)
    missing.unlink()
    shutil.copy(linked / "Actor_01" / "03-02-01-01-01-01-01.flac", linked / "Actor_01" / "notes.flac")
    found = verified("ravdess-speech", linked)
    assert found.verdict == "differs"
    told = {(finding.kind, finding.file.rpartition("/")[2]) for finding in found.findings}
    assert told == {
        ("missing", f"{missing.stem}.wav"),
        ("damaged", damaged.name),
        ("doubled", source.name),
        ("unexpected", "notes.flac"),
        ("refused", "linked"),
    }
    assert found.findings[0].file in official_files("speech")
