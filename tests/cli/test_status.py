"""Does `emobench status` say what is going on, and what became of what is not?"""

import json
import os
import platform
import signal
from datetime import UTC, datetime, timedelta

import pytest
from live_command import wait_for

from emobench.cli.app import main
from emobench.runs.status import RunStatus, StageStatus, UnitCount, read_status, write_status


@pytest.fixture
def status(capsys):
    """Runs the verb; gives (exit code, stdout, stderr)."""

    def command(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["status", *map(str, arguments)])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return command


def entry(name, **changes):
    now = datetime.now(UTC)
    values = {
        "id": name, "task": "layerwise", "backbones": ("logmel", "mert-v1", "clap"), "datasets": ("b",),
        "command": f"emobench run --limit {name}", "pid": os.getpid(), "host": platform.node(), "started": now,
        "updated": now, "state": "running",
    }  # fmt: skip
    return RunStatus.model_validate({**values, **changes})


STAGE = StageStatus(title="probes", done=12, total=48, unit="units", rate=0.5, seconds_left=7300.0)


def test_runs_at_work_are_a_table(status, tmp_path):
    """Every run has its line: units, stage with percent, rate, time left, when it last spoke, and its last words."""
    write_status(tmp_path, entry("1", stage=STAGE, units=UnitCount(done=3, total=9), shard=(1, 4), said="go\x1b[2J on"))
    write_status(tmp_path, entry("2", state="done", units=UnitCount(done=9, total=9)))
    code, out, err = status(tmp_path)
    assert (code, err) == (0, "")
    first, second = out.splitlines()[2:4]
    for told in ("logmel, mert-v1 and 1 more, 1/4", "running ", "3 of 9", "probes: 12 of 48 (25 %)", "0.5 units/s"):
        assert told in first
    assert "2.0 h" in first
    assert " s ago" in first
    assert ("done" in second, "9 of 9" in second) == (True, True)
    assert "go?[2J on" in out, "what was said cannot move the cursor of whoever reads it"


def test_what_ended_is_told_with_what_to_do(status, tmp_path):
    """A failure has its error, an interrupted or killed run its command, and silence from elsewhere its last time."""
    before = datetime.now(UTC) - timedelta(minutes=5)
    write_status(tmp_path, entry("1", state="failed", error="the disk is full.\nFree some space."))
    write_status(tmp_path, entry("2", state="interrupted", error="SIGTERM"))
    write_status(tmp_path, entry("3", host="elsewhere", updated=before, stage=STAGE))
    _, out, _ = status(tmp_path)
    assert "failed.\nthe disk is full.\nFree some space." in out
    assert "interrupted (SIGTERM): continue with the same command:\nemobench run --limit 2" in out
    assert "no sign of life since" in out
    assert "running?" in out
    assert "units/s" not in out, "a rate of the past is no rate"


def test_what_the_same_command_made_good_is_no_trouble(status, tmp_path):
    """An interrupted run whose command came to its end afterwards asks for nothing; an earlier success helps nobody."""
    now = datetime.now(UTC)
    first, then = ({"started": now + timedelta(minutes=number)} for number in (0, 1))
    write_status(tmp_path, entry("1", state="interrupted", error="SIGTERM", command="emobench run", **first))
    write_status(tmp_path, entry("2", state="done", command="emobench run", **then))
    _, out, _ = status(tmp_path)
    assert "done later" in out
    assert "continue" not in out
    write_status(tmp_path, entry("3", state="interrupted", error="SIGTERM", command="emobench plan", **then))
    write_status(tmp_path, entry("4", state="done", command="emobench plan", **first))
    _, out, _ = status(tmp_path)
    assert out.count("continue with the same command:\nemobench plan") == 1


def test_a_killed_run_is_noticed(status, live):
    """A run says that it runs while it does; after SIGKILL the status says so, with the command to go on with."""
    process = live.start(*live.asked())
    wait_for((live.gate / "heard").exists, process)
    wait_for(lambda: "my-model" in str(read_status(live.out)[0].stage), process)
    (seen,) = read_status(live.out)
    assert (seen.state, seen.pid, seen.units.done, seen.units.total) == ("running", process.pid, 0, 4)
    assert str(live.folder) not in (live.out / "status.json").read_text()
    process.send_signal(signal.SIGKILL)
    process.wait()
    code, out, _ = status(live.out)
    assert code == 0
    assert "ended without a word, perhaps killed: continue with the same command:\nemobench run --plugin <path>" in out
    _, out, _ = status(live.out, "--json")
    (run,) = json.loads(out)["runs"]
    assert (run["state"], run["trouble"][:20]) == ("running", "ended without a word")


def test_nothing_there_says_where_it_looked(status, tmp_path, monkeypatch):
    """A folder without a status ends with 3 and the place that was looked at, and names one that has one."""
    monkeypatch.chdir(tmp_path)
    code, out, err = status()
    assert (code, out) == (3, "")
    assert "looked for: runs/status.json; there is no such folder" in err
    write_status(tmp_path / "runs", entry("1"))
    code, _, err = status("rnus")
    assert code == 3
    assert "Did you mean `emobench status runs`?" in err
    write_status(tmp_path / "all" / "first", entry("1"))
    assert "Did you mean `emobench status all/first`?" in status("all")[2]
    assert status()[0] == 0
    assert status("runs/status.json")[0] == 0


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'{"schema": "emobench.status/1", "runs": [{"id": 1}]}']
)
def test_a_damaged_status_is_told(status, tmp_path, content):
    """A file that is no status ends with 3, says what is wrong with it and what to do."""
    (tmp_path / "status.json").write_bytes(content)
    code, out, err = status(tmp_path)
    assert (code, out) == (3, "")
    assert "is not a status" in err
    assert "the next run in that folder writes a new one" in err


def test_a_time_without_a_zone_is_a_damaged_status(status, tmp_path):
    """What another tool wrote is refused, and the next run replaces it."""
    write_status(tmp_path, entry("one"))
    written = json.loads((tmp_path / "status.json").read_text())
    written["runs"][0]["updated"] = "2026-11-21T21:20:37"
    (tmp_path / "status.json").write_text(json.dumps(written))
    code, _, err = status(tmp_path)
    assert (code, "updated" in err) == (3, True)
    write_status(tmp_path, entry("two"))
    assert [run.id for run in read_status(tmp_path)] == ["two"]


def test_a_pipe_in_its_place_is_not_read(status, tmp_path):
    """Whoever opened it would wait for ever."""
    os.mkfifo(tmp_path / "status.json")
    code, _, err = status(tmp_path)
    assert (code, "no regular file" in err) == (3, True)
