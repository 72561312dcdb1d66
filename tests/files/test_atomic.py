"""Is a file old or new at every moment, and never half of one?"""

import errno
import logging
import os
import subprocess
import sys
import threading
import time

import pytest

from emobench.domain.errors import EmobenchError
from emobench.files.atomic import (
    atomic_path,
    explained,
    locked,
    once,
    require_writable,
    set_aside,
    write_bytes,
)
from emobench.files.leftovers import sweep

OLD, NEW = b"old" * 1_000_000, b"new" * 1_000_000

HALF_WRITTEN = """
import sys, time
from pathlib import Path
from emobench.files.atomic import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary, temporary.open("wb") as file:
    file.write(b"new" * 500_000)
    file.flush()
    print("half", flush=True)
    time.sleep(60)
"""
OVER_AND_OVER = """
import sys
from pathlib import Path
from emobench.files.atomic import write_bytes
while True:
    for word in (b"new", b"old"):
        write_bytes(Path(sys.argv[1]), word * 1_000_000)
        print("written", flush=True)
"""
ONE_OF_MANY = """
import sys, time
from pathlib import Path
from emobench.files.atomic import once
def compute(temporary):
    with open(sys.argv[2], "a") as log:
        log.write("computed\\n")
    time.sleep(0.2)
    temporary.write_bytes(b"result")
once(Path(sys.argv[1]), compute)
"""


def start(script, *arguments):
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_write_bytes_writes_and_leaves_nothing_else(tmp_path):
    """After writing there is the file, in a folder made for it, and no temporary one."""
    write_bytes(tmp_path / "new" / "file.bin", OLD)
    write_bytes(tmp_path / "new" / "file.bin", NEW)
    assert (tmp_path / "new" / "file.bin").read_bytes() == NEW
    assert names(tmp_path / "new") == ["file.bin"]


def test_an_exception_leaves_the_old_file(tmp_path):
    """When writing fails halfway, the old file stands and the temporary one is gone."""
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)

    def interrupted():
        with atomic_path(path) as temporary:
            temporary.write_bytes(NEW[:100])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["file.bin"]


def test_the_temporary_file_lies_beside_and_keeps_the_suffix(tmp_path):
    """Writers that look at the suffix work, names of any length too, and sweep can tell the file."""
    path = tmp_path / ("x" * 240 + ".parquet")
    with atomic_path(path) as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".parquet")
        assert temporary.name.startswith(".tmp-")
        temporary.touch()
    assert path.exists()


def test_a_kill_in_the_middle_leaves_the_old_file(tmp_path):
    """A process killed after half of the bytes leaves the old file, and a leftover that sweep removes later."""
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    with start(HALF_WRITTEN, path) as process:
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert path.read_bytes() == OLD
    assert sweep(tmp_path) == 0, "a young temporary file may still be written to"
    assert sweep(tmp_path, older_than_seconds=-60) == 1
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("delay_ms", [0, 2, 5, 9])
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path, delay_ms):
    """Whenever a process that rewrites a file again and again is killed, what it leaves is one of the versions."""
    path = tmp_path / "file.bin"
    with start(OVER_AND_OVER, path) as process:
        process.stdout.readline()
        time.sleep(delay_ms / 1000)
        process.kill()
    assert path.read_bytes() in {OLD, NEW}


def test_processes_compute_once(tmp_path):
    """Of several processes that need one file, one computes it and all find it."""
    processes = [start(ONE_OF_MANY, tmp_path / "result", tmp_path / "log") for _ in range(3)]
    for process in processes:
        with process:
            assert process.wait() == 0
    assert (tmp_path / "log").read_text() == "computed\n"
    assert (tmp_path / "result").read_bytes() == b"result"


def test_once_says_whether_it_computed(tmp_path):
    """A missing file is computed, an existing one is left, and a failure is tried again."""
    path = tmp_path / "result"
    with pytest.raises(ZeroDivisionError):
        once(path, lambda _: 1 / 0)
    assert not path.exists()
    assert once(path, lambda temporary: temporary.write_bytes(b"first"))
    assert not once(path, lambda temporary: temporary.write_bytes(b"second"))
    assert path.read_bytes() == b"first"


def test_a_lock_keeps_other_threads_out(tmp_path):
    """While one thread holds the lock of a path, no other is inside."""
    inside, most = [], []

    def visit():
        with locked(tmp_path / "file"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "Free some space"), (errno.EROFS, "read-only"), (errno.EACCES, "permissions")],
)
def test_a_disk_that_refuses_is_explained(tmp_path, code, words):
    """A full, read-only or forbidden disk ends with exit code 1, the path, and what to do."""
    with pytest.raises(EmobenchError, match="cannot be written") as caught, atomic_path(tmp_path / "file"):
        raise OSError(code, os.strerror(code))
    assert caught.value.exit_code == 1
    assert words in caught.value.remedy
    assert os.strerror(code) in caught.value.found


def test_a_file_in_the_place_of_a_folder_is_explained(tmp_path):
    """A folder that cannot be made because a file has its name is explained like a full disk."""
    (tmp_path / "units").touch()
    with pytest.raises(EmobenchError, match="cannot be written"):
        write_bytes(tmp_path / "units" / "result", b"")


def test_errors_about_other_files_stay_what_they_are(tmp_path):
    """A source that may not be read is not reported as a target that may not be written."""
    with pytest.raises(PermissionError), explained(tmp_path / "target"):
        raise PermissionError(errno.EACCES, "Permission denied", "/elsewhere/source")


def test_damaged_files_are_set_aside_one_by_one(tmp_path, caplog):
    """A damaged file keeps its bytes under a new name, never over another one, and the log says why."""
    path = tmp_path / "shard"
    for content in (b"first", b"second"):
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            set_aside(path, "its digest is wrong")
    assert (tmp_path / "shard.damaged-1").read_bytes() == b"first"
    assert (tmp_path / "shard.damaged-2").read_bytes() == b"second"
    assert not path.exists()
    assert "its digest is wrong" in caplog.text


def test_sweep_deletes_old_temporary_files_only(tmp_path):
    """Leftovers older than a day go, folders too; younger ones and other files stay; a missing folder is no error."""
    for name in (".tmp-old", ".tmp-young", "old"):
        (tmp_path / name).touch()
    (tmp_path / ".tmp-folder").mkdir()
    (tmp_path / ".tmp-folder" / "content").touch()
    for name in (".tmp-old", "old", ".tmp-folder"):
        os.utime(tmp_path / name, (0, 0))
    assert sweep(tmp_path) == 2
    assert names(tmp_path) == [".tmp-young", "old"]
    assert sweep(tmp_path / "missing") == 0


def test_a_folder_that_takes_nothing_is_told_before_the_work(tmp_path):
    """A folder is made and left empty; one that a file stands in the way of is an error that says what to do."""
    require_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("x")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(EmobenchError, match="cannot be written") as caught:
            require_writable(wrong)
        assert "--out" in caught.value.remedy


def test_what_exists_and_is_not_whole_is_made_again(tmp_path):
    """`once` computes again what its caller says is not whole, and nothing else."""
    made = []

    def compute(path):
        made.append(path)
        path.write_bytes(b"new")

    path = tmp_path / "file"
    assert once(path, compute)
    assert not once(path, compute)
    assert once(path, compute, lambda: len(made) > 1)
    assert len(made) == 2
