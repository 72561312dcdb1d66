"""Do several processes share a list of work, each piece done once, with nobody idle while a piece is free?"""

import logging
import subprocess
import sys
import threading

import pytest

from emobench.domain.errors import StorageError
from emobench.files import atomic, sharing
from emobench.files.atomic import locked, once, try_once, write_bytes
from emobench.files.folders import once_folder
from emobench.files.leftovers import TEMPORARY, UNDER_LOCK, temporary_beside
from emobench.files.sharing import once_each

WORKER = """
import sys, time
from pathlib import Path
from emobench.files.atomic import try_once
from emobench.files.sharing import once_each
root, log = Path(sys.argv[1]), Path(sys.argv[2])
def attempt(number):
    def compute(file):
        with log.open("a") as lines:
            lines.write(f"{number}\\n")
        time.sleep(0.05)
        file.write_bytes(str(number).encode())
    return try_once(root / str(number), compute) != "busy"
print("ready", flush=True)
sys.stdin.readline()
once_each(range(12), attempt, str)
assert all((root / str(number)).read_bytes() == str(number).encode() for number in range(12))
"""
HOLDER = """
import sys, time
from pathlib import Path
from emobench.files.atomic import once
def compute(file):
    file.write_bytes(b"half")
    print("held", flush=True)
    time.sleep(600)
once(Path(sys.argv[1]), compute)
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def holder(tmp_path):
    """A process that is in the middle of making ``piece`` under its lock."""
    with start(HOLDER, tmp_path / "piece") as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_every_piece_is_done_once_by_several_processes(tmp_path):
    """Four processes with one list: each piece is computed once in all, and all find all of them."""
    processes = [start(WORKER, tmp_path / "work", tmp_path / "log") for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        with process:
            assert process.wait() == 0
    lines = (tmp_path / "log").read_text().split()
    assert sorted(map(int, lines)) == list(range(12))


def test_what_another_process_holds_is_put_back(tmp_path, holder):
    """While one piece is held elsewhere all others are done; after the holder is killed, the piece is done here."""
    done = []

    def attempt(name):
        made = try_once(tmp_path / name, lambda file: file.write_bytes(b"here"))
        if made != "busy":
            done.append(name)
        elif len(done) == 2:
            holder.kill()
        return made != "busy"

    once_each(["piece", "first", "second"], attempt, str)
    assert done == ["first", "second", "piece"]
    assert (tmp_path / "piece").read_bytes() == b"here"


def test_a_killed_process_leaves_a_free_lock_and_its_leftover_goes(tmp_path, holder):
    """The lock of a killed process is free at once, and what it had half written is deleted under that lock."""
    assert try_once(tmp_path / "piece", lambda file: file.write_bytes(b"here")) == "busy"
    assert len(list(tmp_path.glob(f"{UNDER_LOCK}*"))) == 1
    holder.kill()
    holder.wait()
    once(tmp_path / "piece", lambda file: file.write_bytes(b"here"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".locks", "piece"]


def test_only_the_leftovers_of_that_very_path_go(tmp_path):
    """Temporaries of other names, and those written without the lock, may be in use: they stay."""
    mine = [temporary_beside(tmp_path / "a-b", UNDER_LOCK), temporary_beside(tmp_path / "a-b", UNDER_LOCK)]
    others = [
        temporary_beside(tmp_path / "b", UNDER_LOCK),
        temporary_beside(tmp_path / "x-a-b", UNDER_LOCK),
        temporary_beside(tmp_path / "a-b", TEMPORARY),
    ]
    for path in (*mine, *others):
        path.write_bytes(b"")
    (tmp_path / ".locks").mkdir()
    (tmp_path / ".locks" / "a-b.lock").touch()  # of whoever was killed
    once(tmp_path / "a-b", lambda file: file.write_bytes(b"whole"))
    assert not any(path.exists() for path in mine)
    assert all(path.exists() for path in others)
    (temporary_beside(tmp_path / "folder", UNDER_LOCK) / "deep").mkdir(parents=True)
    once_folder(tmp_path / "folder", lambda folder: write_bytes(folder / "file", b""))
    assert {path.name for path in tmp_path.glob(f"{UNDER_LOCK}*")} == {path.name for path in others[:2]}


def test_what_is_there_needs_no_lock(tmp_path, holder):
    """What exists is found at once, whoever holds its lock."""
    (tmp_path / "piece").write_bytes(b"there")
    assert try_once(tmp_path / "piece", lambda _: 1 / 0) == "found"


def test_a_failure_frees_the_lock(tmp_path):
    """When computing raises, nothing is left and the piece can be tried again."""
    with pytest.raises(ZeroDivisionError):
        try_once(tmp_path / "piece", lambda _: 1 / 0)
    assert try_once(tmp_path / "piece", lambda file: file.write_bytes(b"")) == "made"
    assert not list(tmp_path.glob(f"{TEMPORARY}*"))


def test_who_waits_says_for_what_and_only_once(monkeypatch, caplog):
    """Beyond the patience of a few seconds one line names the piece and how many more; a short wait says nothing."""
    answers = {"a": iter([False, False, False, True]), "b": iter([False, False, False, True])}
    monkeypatch.setattr(sharing, "REST_SECONDS", 0.0)
    with caplog.at_level(logging.WARNING):
        once_each("ab", lambda piece: next(answers[piece]), str)
    assert caplog.records == []
    monkeypatch.setattr(sharing, "PATIENCE_SECONDS", 0.0)
    answers = {"a": iter([False, False, False, True]), "b": iter([False, False, False, True])}
    with caplog.at_level(logging.WARNING):
        once_each("ab", lambda piece: next(answers[piece]), str)
    (line,) = caplog.records
    assert line.getMessage() == "waiting for another process that computes a and 1 more; it goes on by itself"


def test_who_waits_for_a_lock_says_so(tmp_path, monkeypatch, caplog):
    """A lock that is not free within a few seconds is named, and taken when it is free."""
    monkeypatch.setattr(atomic, "PATIENCE_SECONDS", 0.05)
    inside, told = threading.Event(), threading.Event()

    def hold():
        with locked(tmp_path / "piece"):
            inside.set()
            told.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(20)
    monkeypatch.setattr(atomic.log, "warning", lambda *words: told.set() or caplog.text or said.append(words))
    said = []
    with locked(tmp_path / "piece"):
        thread.join()
    ((words, path),) = said
    assert words.startswith("waiting for another process")
    assert path == tmp_path / "piece"


def test_a_lock_needs_no_tidying(tmp_path):
    """Files of locks stay where they are, empty, and harm nobody."""
    for _ in range(3):
        with locked(tmp_path / "piece"):
            pass
    (file,) = (tmp_path / ".locks").iterdir()
    assert file.stat().st_size == 0


@pytest.mark.parametrize("make", [once, try_once])
def test_a_folder_in_the_place_of_a_file_is_told_before_anything_is_computed(tmp_path, make):
    """It is neither taken for the result nor found out after hours of work."""
    (tmp_path / "piece").mkdir()
    computed = []
    with pytest.raises(StorageError, match="cannot be written") as caught:
        make(tmp_path / "piece", computed.append)
    assert "A folder stands where a file is needed" in caught.value.remedy
    assert computed == []
