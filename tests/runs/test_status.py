"""Does the status of a folder hold what every process there said, whole at any moment, and cost a run nothing?"""

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from filelock import FileLock

from emobench.domain.errors import DataError, EmobenchError, UsageError
from emobench.domain.progress import Silent
from emobench.runs import reporting
from emobench.runs.reporting import Report, reported
from emobench.runs.status import KEPT, RunStatus, lost, read_status, write_status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ASKED = {"task": "layerwise", "backbones": ("a",), "datasets": ("b",), "command": "emobench run"}


def entry(name, **changes):
    values = {**ASKED, "id": name, "pid": os.getpid(), "host": "here", "started": NOON, "updated": NOON, **changes}
    return RunStatus.model_validate(values)


@pytest.fixture
def quick(monkeypatch):
    """Writes whatever is new at once."""
    monkeypatch.setattr(reporting, "LOOK_SECONDS", 0.01)


def only(folder):
    (one,) = read_status(folder)
    return one


def test_entries_of_several_processes_stand_beside_each_other(tmp_path):
    """Who writes keeps what others wrote, replaces what it wrote itself, and a reader never finds half a file."""
    write_status(tmp_path, entry("first"))
    broken, over = [], threading.Event()

    def look():
        while not over.is_set():
            try:
                read_status(tmp_path)
            except (DataError, FileNotFoundError) as problem:
                broken.append(problem)

    reader = threading.Thread(target=look)
    reader.start()
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import test_status as t\n"
        "for n in range(30): t.write_status(pathlib.Path(sys.argv[2]), t.entry(sys.argv[3], records=n))"
    )
    folder = os.path.dirname(__file__)  # noqa: PTH120 - an argument
    writers = [
        subprocess.Popen([sys.executable, "-c", code, folder, str(tmp_path), name]) for name in ("second", "third")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    over.set()
    reader.join()
    assert broken == []
    assert {one.id: one.records for one in read_status(tmp_path)} == {"first": 0, "second": 29, "third": 29}
    assert list(tmp_path.glob(".tmp-*")) == []


def test_what_ended_long_ago_is_forgotten(tmp_path):
    """The newest twenty that ended are kept, and every one that may be at work."""
    write_status(tmp_path, entry("works", state="running", updated=NOON + timedelta(hours=1)))
    for number in range(KEPT + 5):
        later = NOON + timedelta(hours=2, minutes=number)
        write_status(tmp_path, entry(f"old-{number}", state="done", started=later, updated=later))
    names = [one.id for one in read_status(tmp_path)]
    assert names == ["works", *(f"old-{number}" for number in range(5, KEPT + 5))]
    write_status(tmp_path, entry("now", updated=NOON + timedelta(days=2)))
    assert "works" not in [one.id for one in read_status(tmp_path)], "nobody works for a day without a word"


def test_a_damaged_file_is_told_and_replaced(tmp_path):
    """Who reads a damaged status is told so, and who writes puts a whole one in its place."""
    (tmp_path / "status.json").write_text('{"schema": "emobench.status/1", "runs": [{')
    with pytest.raises(DataError, match="not a status"):
        read_status(tmp_path)
    write_status(tmp_path, entry("new"))
    assert only(tmp_path).id == "new"
    (tmp_path / "status.json").write_text('{"schema": "emobench.status/9", "runs": []}')
    with pytest.raises(DataError, match="not a status"):
        read_status(tmp_path)


def test_a_run_says_what_it_does(tmp_path, quick):
    """State, stage, units and words stand in the file while it works; its last word is how it ended."""
    done = []
    with reported(tmp_path, ASKED) as report:
        progress = report.over(Silent())
        report.planned(5, lambda: len(done))
        assert only(tmp_path).state == "running"
        advance = progress.start("probes", 4, "units")
        advance(1)
        done.append(1)
        progress.say("one is done")
        _until(lambda: only(tmp_path).said == "one is done" and only(tmp_path).units.done == 1)
        seen = only(tmp_path)
        assert (seen.stage.title, seen.stage.done, seen.stage.total, seen.stage.unit) == ("probes", 1, 4, "units")
        assert (seen.units.done, seen.units.total, seen.pid) == (1, 5, os.getpid())
        report.records = 2
    assert (only(tmp_path).state, only(tmp_path).records, only(tmp_path).stage) == ("done", 2, None)


def _until(moment):
    waiting = threading.Event()
    for _ in range(12_000):
        if moment():
            return
        waiting.wait(0.01)
    raise AssertionError


@pytest.mark.parametrize(
    ("problem", "state", "words"),
    [
        (EmobenchError("it broke.", found="found: a hole"), "failed", "it broke.\nfound: a hole"),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
        (KeyboardInterrupt("SIGTERM"), "interrupted", "SIGTERM"),
        (EmobenchError("'caf\udce9.wav' is empty."), "failed", r"'caf\udce9.wav' is empty."),
    ],
    ids=["told", "unforeseen", "interrupted", "a name that is no text"],
)
def test_whatever_ends_a_run_is_its_last_word(tmp_path, problem, state, words):
    """A run that fails or is interrupted says so in the file, with the words of the error, which passes unchanged."""

    def run():
        with reported(tmp_path, ASKED) as report:
            report.planned(1, lambda: 0)
            raise problem

    with pytest.raises(type(problem)) as seen:
        run()
    assert seen.value is problem
    assert (only(tmp_path).state, only(tmp_path).error) == (state, words)


def test_a_typing_error_leaves_no_file(tmp_path):
    """Wrong usage that shows before anything began makes no folder and no file."""
    with pytest.raises(UsageError), reported(tmp_path / "runs", ASKED):
        raise UsageError("no backbone named 'x'.")
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path, quick, caplog):
    """The run goes on without a status, with one warning."""
    (tmp_path / "file").touch()
    with caplog.at_level(logging.DEBUG), reported(tmp_path / "file", ASKED) as report:
        report.planned(1, lambda: 0)
        for number in range(3):
            report.said(str(number))
            report._write()
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "cannot be written" in warnings[0].getMessage()


def test_nobody_waits_long_for_the_lock(tmp_path, monkeypatch, caplog):
    """While another process holds the lock, a run goes on, without a warning, and writes the next time."""
    monkeypatch.setattr("emobench.runs.status.LOCK_SECONDS", 0.01)
    (tmp_path / ".locks").mkdir()
    report = Report(tmp_path, ASKED)
    with FileLock(tmp_path / ".locks" / "status.json.lock"):
        report.planned(1, lambda: 0)
        assert not (tmp_path / "status.json").exists()
    report._write()
    assert only(tmp_path).state == "running"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_who_is_gone_is_known(tmp_path):
    """A process of this machine that is gone, and one elsewhere that is silent for a minute, are told apart."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    gone = entry("1", state="running", pid=process.pid)
    assert "ended without a word" in lost(gone, "here", NOON)
    assert lost(gone, "elsewhere", NOON + timedelta(seconds=30)) == ""
    assert "no sign of life since" in lost(gone, "elsewhere", NOON + timedelta(seconds=90))
    assert lost(entry("2", state="running"), "here", NOON) == ""
    assert lost(gone.model_copy(update={"state": "done"}), "here", NOON) == ""


def test_the_file_is_plain_json(tmp_path):
    """The file is read with any JSON reader; times carry their zone."""
    write_status(tmp_path, entry("1", shard=(1, 4)))
    data = json.loads((tmp_path / "status.json").read_text("utf-8"))
    assert data["schema"] == "emobench.status/1"
    assert data["runs"][0]["shard"] == [1, 4]
    assert datetime.fromisoformat(data["runs"][0]["updated"]).utcoffset() is not None


def test_names_that_are_no_text_are_written_escaped(tmp_path, caplog):
    """A model or corpus whose name holds bytes that are no UTF-8 has its entry like any other, with them escaped."""
    asked = {**ASKED, "backbones": ("hf:m\udcff",), "datasets": ("c\udcfe",), "command": "emobench run caf\udce9"}
    with reported(tmp_path, asked) as report:
        report.planned(1, lambda: 0)
        assert only(tmp_path).state == "running"
    seen = only(tmp_path)
    assert (seen.backbones, seen.datasets) == ((r"hf:m\udcff",), (r"c\udcfe",))
    assert (seen.state, seen.command) == ("done", r"emobench run caf\udce9")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
