"""Does an audit find doubled audio, leaks, faults and odd clips, and nothing in a good corpus?"""

import json

import numpy as np
import pytest
import soundfile
from corpus_toys import Corpus, tone

from emobench.corpora.audit_report import as_data, as_page
from emobench.corpora.auditing import audit
from emobench.domain.errors import DataError
from emobench.domain.progress import Silent


@pytest.fixture
def corpus(tmp_path):
    return Corpus(tmp_path / "corpus")


@pytest.fixture
def audited(corpus, tmp_path):
    """Look the corpus through."""
    return lambda: audit(corpus.catalog().dataset("toy-corpus"), corpus.root, tmp_path / "scans", Silent())


def found(looked_at, kind):
    """Findings of one kind."""
    return [finding for finding in looked_at.findings if finding.kind == kind]


def test_a_good_corpus_has_no_findings(audited):
    """Where nothing is wrong or odd, nothing is said, and the page has the balance."""
    looked_at = audited()
    assert looked_at.findings == ()
    assert "errors: none" in as_page(looked_at)
    assert as_data(looked_at)["balance"]["emotion"]["calm"] == {"clips": 6, "by_group": {"g0": 2, "g1": 2, "g2": 2}}


@pytest.mark.parametrize(("group", "emotion", "severity", "differs"), [
    ("g0", "calm", "note", "the same label and group"), ("g0", "angry", "error", "other labels"),
    ("g1", "calm", "error", "other groups and folds"), ("g2", "happy", "error", "other labels and groups and folds"),
])  # fmt: skip
def test_copies_are_found_in_other_files_and_formats(corpus, audited, group, emotion, severity, differs):
    """A copy is found by its samples, under any name and lossless format; what differs decides how bad it is."""
    samples, rate = soundfile.read(corpus.root / "g0-calm-0.wav")
    corpus.add("copy", samples, file="copy.flac", group=group, emotion=emotion, rate=rate)
    (finding,) = audited().findings
    assert (finding.severity, finding.kind) == (severity, "doubled audio")
    assert finding.clips == ("copy", "g0-calm-0")
    assert finding.says.endswith(differs)


def test_the_same_segments_under_other_labels_are_found(corpus, audited):
    """Segments listed twice, once to learn from and once to test on, each under another label, are all errors."""
    corpus.add("train-0", tone(4.0, seed=900), file="long.wav", group="g0", emotion="calm", start=0.0, end=2.0)
    corpus.add("train-1", file="long.wav", group="g0", emotion="calm", start=2.0, end=4.0)
    corpus.add("test-0", file="long.wav", group="g1", emotion="happy", start=0.0, end=2.0)
    corpus.add("test-1", file="long.wav", group="g1", emotion="angry", start=2.0)
    looked_at = audited()
    assert [finding.clips for finding in looked_at.errors] == [("test-0", "train-0"), ("test-1", "train-1")]
    assert "test-0 (arousal 0.0, emotion happy, group g1, fold " in looked_at.errors[0].says


@pytest.mark.parametrize(("start", "group", "severity"), [
    (1.5, "g1", "error"), (1.5, "g0", "note"), (1.97, "g1", None), (2.0, "g1", None),
])  # fmt: skip
def test_overlaps_between_groups_are_leaks(corpus, audited, start, group, severity):
    """Segments of one file that overlap are noted, and an error between groups; neighbours may touch."""
    corpus.add("first", tone(4.0, seed=900), file="long.wav", group="g0", start=0.0, end=2.0)
    corpus.add("second", file="long.wav", group=group, start=start, end=4.0)
    assert [finding.severity for finding in found(audited(), "overlapping segments")] == [severity] * bool(severity)


def test_groups_on_both_sides_are_found(corpus, audited):
    """Fixed folds that list a group twice, or not at all, are an error."""
    corpus.folds = (("g0",), ("g1", "g0"), ("g2",))
    (finding,) = found(audited(), "split")
    assert finding.severity == "error"
    assert "'g0' of toy-corpus would be on both sides" in finding.says
    corpus.folds = (("g0",), ("g1",), ("g3",))
    (finding,) = found(audited(), "split")
    assert "in no fold: 'g2'" in finding.says


def test_clips_that_cannot_be_used_are_errors_with_reasons(corpus, audited):
    """Silent, constant, empty and missing: each reason is one line, and the data has it for every clip."""
    corpus.add("silent", np.zeros(16_000))
    corpus.add("flat", np.full(16_000, 0.5))
    corpus.add("empty").write_bytes(b"")
    corpus.add("missing")
    corpus.add("gone")
    looked_at = audited()
    assert {finding.says for finding in looked_at.errors} == {
        "1 clip (silent): is silent", "1 clip (flat): is constant: all of its samples are equal",
        "1 clip (empty): is empty (0 bytes)", "2 clips (gone, missing): does not exist",
    }  # fmt: skip
    assert as_data(looked_at)["reasons"]["gone"] == "does not exist"


@pytest.mark.parametrize(("kind", "samples", "how"), [
    ("short", tone(0.3, 900), {}), ("long", tone(31, 900), {}), ("odd rate", tone(2, 900), {"rate": 8_000}),
    ("channels", np.stack([tone(1, 900)] * 2, axis=1), {}), ("clipped", np.clip(9 * tone(1, 900), -1, 1), {}),
    ("beyond full scale", 9 * tone(1, 900), {"subtype": "FLOAT"}),
    ("wrong ending", tone(1, 900), {"format": "FLAC"}),
])  # fmt: skip
def test_odd_clips_are_noted(corpus, audited, kind, samples, how):
    """Short, long, at another rate or with other channels than most, clipped, misnamed: noted by name, and no error."""
    corpus.add("odd", samples, **how)
    looked_at = audited()
    assert [finding.clips for finding in found(looked_at, kind)] == [("odd",)]
    assert not looked_at.errors


def test_what_a_run_would_refuse_is_an_error(corpus, audited):
    """Twin ids and labels outside the label space are told before anybody starts a run."""
    corpus.add("odd", tone(1, 900), emotion="bored")
    (finding,) = audited().errors
    assert (finding.kind, "outside the label space" in finding.says) == ("labels", True)
    corpus.add("odd", tone(1, 901))
    assert "two clips 'odd'" in found(audited(), "twin ids")[0].says


def test_an_empty_corpus_is_no_audit(corpus, audited):
    """Without a clip there is nothing to say but that."""
    corpus.listed.clear()
    with pytest.raises(DataError, match="has no clips"):
        audited()


def test_groups_that_lack_a_class_are_named(corpus, audited):
    """The table says how many groups have no clip of a class, and which."""
    corpus.listed = [clip for clip in corpus.listed if clip.group == "g0" or clip.labels["emotion"] != "happy"]
    (row,) = [line for line in as_page(audited()).splitlines() if line.startswith("happy")]
    assert row.split() == ["happy", "2", "14.3%", "2", "2", "(g1,", "g2)"]


PLUGIN = """
from emobench import Attribute, Clip, Dataset, DatasetCard, hookimpl

CARD = DatasetCard(
    name="rooms", title="Rooms", domain="speech", licence="CC0-1.0", citation="nobody", url="https://example.org",
    attributes=(Attribute(name="emotion", classes=("calm", "angry")),), group_is="speaker", people="rooms", folds=3,
    expected_clips=6, sample_rate=16_000,
)

def clips(root):
    for place, path in enumerate(sorted(root.glob("*.wav"))):
        labels = {"emotion": ("calm", "angry")[place % 2]}
        yield Clip(id=path.stem, path=path, group=f"s{place // 2}", labels=labels)

@hookimpl
def emobench_datasets():
    yield Dataset(CARD, clips=clips)
"""


def test_the_command_ends_with_its_exit_code(emobench, tmp_path):
    """A page or JSON on stdout; 4 and the number of errors on stderr where there are errors, else 0."""
    (tmp_path / "rooms.py").write_text(PLUGIN)
    root = tmp_path / "rooms"
    root.mkdir()
    for place in range(6):
        soundfile.write(root / f"{place}\n.wav", tone(seed=place), 16_000)
    asked = ["data", "audit", "rooms", "--data", f"rooms={root}", "--plugin", str(tmp_path / "rooms.py")]
    code, out, err = emobench(*asked)
    assert (code, err) == (0, "")
    assert "6 clips of 3 groups (speaker)" in out
    soundfile.write(root / "5\n.wav", tone(seed=0), 16_000)
    code, out, err = emobench(*asked)
    assert code == 4
    assert "error: 'rooms' has 1 error." in err
    assert "doubled audio: 0\\n (emotion calm, group s0, fold " in out
    code, out, _ = emobench(*asked, "--json")
    assert code == 4
    assert json.loads(out)["findings"][0]["clips"] == ["0\n", "5\n"]
    code, out, err = emobench(*[part.replace("rooms", "roms") if part == "rooms" else part for part in asked])
    assert (code, out) == (2, "")
    assert "Did you mean 'rooms'?" in err
