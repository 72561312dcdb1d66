"""Is every fault of an audio file told before anything is computed, with its reason, and can a run go on without it?"""

import os
import struct

import numpy as np
import pytest
import soundfile
from corpus_toys import Corpus, tone

from emobench.corpora.remarks import lines_about
from emobench.domain.errors import DataError
from emobench.domain.progress import Silent
from emobench.runs.plan_tables import as_data, as_tables
from emobench.runs.running import carry_out, require_success
from emobench.testing.toys import MODEL, toy_backbone

EXCLUDE = {"reading.on_bad_audio": "exclude"}


def damaged(path, place, form, value):
    """Write a number into the header of a good file."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, place, value)
    path.write_bytes(data)


def with_value(value):
    samples = tone(0.6, 900)
    samples[50] = value
    return samples


def replaced(make):
    """A clip whose file is something else."""

    def add(corpus):
        path = corpus.add("odd")
        make(path)

    return add


FAULTS = {
    "missing": (lambda corpus: corpus.add("odd"), "does not exist"),
    "empty": (replaced(lambda path: path.write_bytes(b"")), "is empty (0 bytes)"),
    "no audio": (replaced(lambda path: path.write_bytes(b"no audio")), "cannot be decoded"),
    "folder": (replaced(lambda path: path.mkdir()), "is a folder"),
    "pipe": (replaced(os.mkfifo), "is not a regular file"),
    "device": (replaced(lambda path: path.symlink_to("/dev/zero")), "is not a regular file"),
    "loop": (replaced(lambda path: path.symlink_to(path)), "Too many levels of symbolic links"),
    "dangling": (replaced(lambda path: path.symlink_to(path.with_name("nowhere"))), "does not exist"),
    "truncated": (
        lambda corpus: os.truncate(corpus.add("odd", tone(seed=900)), 5_000),
        "is truncated: its header promises 19200 bytes of audio, 4956 are there",
    ),
    "no samples": (lambda corpus: corpus.add("odd", np.zeros(0)), "holds no samples"),
    "NaN": (lambda corpus: corpus.add("odd", with_value(np.nan), subtype="FLOAT"), "not numbers"),
    "infinite": (lambda corpus: corpus.add("odd", with_value(np.inf), subtype="FLOAT"), "not numbers"),
    "far too loud": (lambda corpus: corpus.add("odd", with_value(1e30), subtype="FLOAT"), "far beyond full scale"),
    "0 Hz": (lambda corpus: damaged(corpus.add("odd", tone(seed=900)), 24, "<I", 0), "cannot be"),
    "1 Hz": (lambda corpus: damaged(corpus.add("odd", tone(seed=900)), 24, "<I", 1), "impossible sample rate (1 Hz)"),
    "no channels": (lambda corpus: damaged(corpus.add("odd", tone(seed=900)), 22, "<H", 0), "cannot be decoded"),
    "silent": (lambda corpus: corpus.add("odd", np.zeros(8_000)), "is silent"),
    "constant": (lambda corpus: corpus.add("odd", np.full(8_000, 0.1)), "is constant: all of its samples are equal"),
    "cancelled": (
        lambda corpus: corpus.add("odd", np.stack([tone(seed=900), -tone(seed=900)], axis=1), subtype="FLOAT"),
        "is silent once its channels are mixed",
    ),
    "too short": (lambda corpus: corpus.add("odd", tone(0.005, 900)), "lasts 0.0050 s, and the model needs"),
    "too long": (
        lambda corpus: corpus.add("odd", tone(3_960, 900, 1_000), rate=1_000),
        "is longer than an hour (1.1 h): cut it into clips with start and end",
    ),
}


@pytest.fixture
def corpus(tmp_path):
    return Corpus(tmp_path / "corpus")


@pytest.fixture
def bench_of(bench):
    """The bench, for a corpus that is filled already."""

    def make(corpus, *backbones):
        bench.corpus = corpus.root
        bench.heard.clear()
        bench.catalog = corpus.catalog(*(backbones or (toy_backbone(bench.heard.append),)))
        return bench

    return make


def refused(bench):
    """The error of a run that must not begin."""
    with pytest.raises(DataError) as caught:
        bench.run()
    assert caught.value.exit_code == 3
    assert bench.heard == []
    return caught.value


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_told_before_computing(corpus, bench_of, fault):
    """A file that cannot be used ends a run before a model hears anything, with its name, its reason and the remedy."""
    harm, reason = FAULTS[fault]
    harm(corpus)
    problem = refused(bench_of(corpus))
    assert problem.what == "dataset 'toy-corpus': 1 of 19 clips cannot be used."
    assert problem.found.startswith(f"{corpus.root / 'odd.wav'}: ")
    assert reason in problem.found
    assert "--set reading.on_bad_audio=exclude" in problem.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told(corpus, bench_of):
    """A file that may not be read says so."""
    corpus.add("odd", tone(seed=900)).chmod(0)
    assert "odd.wav: cannot be read (Permission denied)" in refused(bench_of(corpus)).found


def test_a_run_goes_on_without_them(corpus, bench_of):
    """With on_bad_audio=exclude every kind of fault is left out, named in the record, and grouped by its reason."""
    for number, (harm, _) in enumerate(FAULTS.values()):
        harm(corpus)
        clip = corpus.listed[-1]
        renamed = clip.path.with_name(f"odd-{number:02}.wav")
        if os.path.lexists(clip.path):
            clip.path.rename(renamed)
        corpus.listed[-1] = clip.model_copy(update={"id": f"odd-{number:02}", "path": renamed})
    bench = bench_of(corpus)
    plan, _ = bench.plan(options=EXCLUDE)
    lines = lines_about(plan)
    assert len(lines) < len(FAULTS), "reasons that are alike share a line"
    assert any(line.startswith("excluded from toy-corpus: 3 clips (odd-00, ") for line in lines), lines
    data = as_data(plan, bench.home, 0.0)
    assert set(data["datasets"][0]["reasons"]) == {f"odd-{number:02}" for number in range(len(FAULTS))}
    assert all(line in as_tables(data) for line in lines)
    ((path, record),) = bench.run(options=EXCLUDE).records
    assert len(record.used["dataset"]["excluded"]) == len(FAULTS)
    assert record.used["dataset"]["clips"] == 18
    assert str(corpus.root) not in path.read_text()


def test_silent_segments_are_found_in_good_files(corpus, bench_of):
    """A segment without sound is told by its clip and its place, and its neighbours are used; an hour's file may be."""
    sound = tone(3.0, 900)
    sound[16_000:32_000] = 0
    for number in range(3):
        corpus.add(f"part-{number}", sound, file="long.wav", start=float(number), end=number + 1.0)
    corpus.add("late", file="long.wav", start=2.5, end=4.0)
    hours = corpus.add("of hours", tone(3_960, 901, 1_000), rate=1_000, start=3_700.0)
    problem = refused(bench_of(corpus))
    assert "long.wav (clip 'part-1'): is silent from 1.000 s to 2.000 s" in problem.found
    assert "long.wav (clip 'late'): ends at 4.000 s, and its file ends at 3.000 s" in problem.found
    assert str(hours) not in problem.found
    plan, _ = bench_of(corpus).plan(options=EXCLUDE)
    assert set(plan.datasets["toy-corpus"].excluded) == {"part-1", "late"}


def test_a_bad_file_of_many_clips_is_one_line(corpus, bench_of):
    """A broken file with many segments is told once, with how many clips it holds."""
    corpus.add("part-0", file="long.wav", end=1.0).write_bytes(b"")
    corpus.add("part-1", file="long.wav", start=1.0)
    assert refused(bench_of(corpus)).found == f"{corpus.root / 'long.wav'} (2 clips): is empty (0 bytes)"


NAMES = {b"two  spaces": "two  spaces", b"it's \"q\"": "it's \"q\"", b"two\nlines": r"two\nlines",
         b"\xc3\xa4": "\u00e4", b"\xff\x1b[1m": r"\xff\x1b[1m"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_used_or_told_on_one_line(corpus, bench_of, name):
    """Whatever a file is called, it takes part when it is good, and stands on one line, printable, when it is not."""
    name, shown = os.fsdecode(name), NAMES[name]
    path = corpus.add(name, tone(seed=900))
    ((record_path, _),) = bench_of(corpus).run().records
    assert record_path.is_file()
    path.write_bytes(b"")
    (line,) = refused(bench_of(corpus)).found.splitlines()
    assert line == f"{corpus.root}/{shown}.wav: is empty (0 bytes)"
    (line,) = lines_about(bench_of(corpus).plan(options=EXCLUDE)[0])
    assert line == f"excluded from toy-corpus: 1 clip ({shown}): is empty (0 bytes)"


@pytest.mark.parametrize(("kind", "samples", "how", "card"), [
    ("clipped", np.clip(9 * tone(1, 900), -1, 1), {}, {}),
    ("wrong ending", tone(1, 900), {"format": "FLAC"}, {}),
    ("upsampled", tone(1, 900, 8_000), {"rate": 8_000}, {}),
    ("padded", tone(0.02, 900), {}, {}),
    ("beyond full scale", 9 * tone(1, 900), {"subtype": "FLOAT"}, {}),
    (None, tone(1, 900), {}, {"sample_rate": 24_000}),
])  # fmt: skip
def test_remarks_are_made_of_clips_that_are_used(corpus, bench_of, kind, samples, how, card):
    """What is odd is said once, by name, in plan and run, and the clip is used; an official low rate is not odd."""
    corpus.add("odd", samples, **how)
    bench = bench_of(corpus, toy_backbone(card=MODEL.model_copy(update=card)))
    plan, _ = bench.plan()
    (row,) = as_data(plan, bench.home, 0.0)["datasets"]
    assert [(remark["kind"], remark["clips"]) for remark in row["remarks"]] == [(kind, ["odd"])] * bool(kind)
    lines = lines_about(plan)
    assert len(lines) == bool(kind)
    assert all(line.startswith("toy-corpus: 1 clip (odd): ") for line in lines)
    assert "odd" in [planned.clip.id for planned in plan.datasets["toy-corpus"].clips]


@pytest.mark.parametrize("change", ["other sound", "shorter", "another rate", "touched", "gone"])
def test_a_file_that_changes_after_the_plan_is_noticed(corpus, bench_of, change):
    """Between plan and run: never features of other audio under the old key; the same command again is right."""
    path = corpus.add("odd", tone(seed=900))
    os.utime(path, (1, 1))
    bench = bench_of(corpus)
    plan, device = bench.plan()
    if change == "gone":
        path.unlink()
    elif change == "touched":
        os.utime(path, (2, 2))
    else:
        samples = tone(0.5 if change == "shorter" else 0.6, 901)
        soundfile.write(path, samples, 8_000 if change == "another rate" else 16_000)
    env = {"EMOBENCH_HOME": str(bench.home)}
    with pytest.raises(DataError) as caught:
        require_success(carry_out(plan, device, bench.where(), bench.catalog, Silent(), ["run"], env))
    assert caught.value.exit_code == 3
    assert "odd.wav" in caught.value.what
    told = "it does not exist" if change == "gone" else "changed since it was scanned"
    assert told in str(caught.value)
    if change != "gone":
        again, _ = bench.plan()
        same = plan.features["toy-model", "toy-corpus"].clip_keys == again.features["toy-model", "toy-corpus"].clip_keys
        assert same == (change == "touched")
        assert len(bench.run().records) == 1
