"""When a disk is full, fails, is read-only or vanishes, is it said so, and does the same command go on afterwards?"""

import errno
import os
import shutil
import subprocess
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from pair_bench import digests

from emobench.datasets import synthetic
from emobench.domain.errors import EmobenchError, StorageError
from emobench.files import atomic
from emobench.files.folders import once_folder
from emobench.runs import units_stage

CALLS = {
    "write": (Path, "write_bytes"),
    "replace": (Path, "replace"),
    "sync": (atomic, "_settle"),
    "folder": (Path, "mkdir"),
}
QUICK = {"layerwise.statements": False, "layerwise.weighted_sum": False, "probe.c": 0.01}
CODES = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)


def fail_once(patch, call, number):
    """Let one call of a function that writes fail, the one with this number; gives whether it has happened."""
    owner, name = CALLS[call]
    real, left, code = getattr(owner, name), [number], CODES[number % len(CODES)]

    def maybe(path, *arguments, **named):
        left[0] -= call != "folder" or not path.exists()
        if left[0] == 0:
            raise OSError(code, os.strerror(code))
        return real(path, *arguments, **named)

    patch.setattr(owner, name, maybe)
    return lambda: left[0] <= 0


def leftovers(*folders):
    """Files of which nobody may believe anything."""
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.name.startswith(".tmp-") or ".damaged-" in path.name
    ]


def told(action):
    """What an action gives, or the error with which it ends."""
    try:
        return action()
    except EmobenchError as problem:
        return problem


@pytest.mark.parametrize("call", CALLS)
def test_whichever_write_fails_the_same_command_goes_on(bench, tmp_path, monkeypatch, call):
    """For every call that writes: when the disk fails just then, the run says so and goes on to the same bytes."""
    run, failed = partial(bench.run, options=QUICK), 0
    whole = digests(run())
    for number in count(1):
        bench.home, bench.out = tmp_path / f"home-{number}", tmp_path / f"out-{number}"
        with monkeypatch.context() as patch:
            happened = fail_once(patch, call, number)
            ended = told(run)
        if not happened():
            break
        if isinstance(ended, EmobenchError):
            failed += 1
            assert isinstance(ended, StorageError), ended
            assert "cannot be written" in ended.what
            assert "run the same command again" in ended.remedy
        else:
            assert digests(ended) == whole
        assert leftovers(bench.home, bench.out) == []
        assert digests(run()) == whole
    assert failed >= 4, "stamps, features, units and a record were written"


def test_a_write_that_fails_in_the_middle_leaves_nothing(bench, monkeypatch):
    """A disk that is full after half of a shard: no half of it is left, and the run names the place and the remedy."""

    def full(path, data):
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    bench.plan()  # stamps are written
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StorageError, match=r"cannot be written") as caught:
            bench.run()
    assert "Free some space" in caught.value.remedy
    assert not list((bench.home / "features").rglob("*.safetensors"))
    assert leftovers(bench.home) == []
    assert len(bench.run().records) == 1


@pytest.mark.parametrize("what", ["home", "out"])
def test_a_folder_that_vanishes_while_it_runs(bench, monkeypatch, what):
    """The cache or the folder of records deleted in the middle: the run ends well or says so, then goes on."""
    whole = digests(bench.run())
    shutil.rmtree(bench.home)
    shutil.rmtree(bench.out)
    real, calls = units_stage.run_unit, []

    def vanishing(plan, unit, work):
        calls.append(unit.part)
        if len(calls) == 2:
            shutil.rmtree(bench.home if what == "home" else bench.out)
        return real(plan, unit, work)

    monkeypatch.setattr(units_stage, "run_unit", vanishing)
    ended = told(bench.run)
    if isinstance(ended, EmobenchError):
        assert "ame command again" in str(ended)
        ended = bench.run()
    assert digests(ended) == whole


@pytest.mark.parametrize("place", ["/proc/emobench", "/proc/self/emobench/deep"])
def test_a_home_that_cannot_be_made(bench, place):
    """A home where nothing can be made is told with its name and what to change."""
    bench.home = Path(place)
    with pytest.raises(StorageError, match="cannot be written") as caught:
        bench.run()
    assert "EMOBENCH_HOME" in caught.value.remedy
    assert place in caught.value.what


def test_a_full_disk_while_data_is_generated(tmp_path, monkeypatch):
    """What generates data says that the disk is full, leaves nothing half made, and makes it whole the next time."""

    def takes():
        return list(synthetic.speech_takes())[:3]

    calls, real = [], Path.write_bytes

    def full(path, data):
        calls.append(path)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, data)

    def generate(root):
        synthetic._generate(root, takes(), synthetic.spoken)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StorageError, match="cannot be written"):
            once_folder(tmp_path / "data", generate)
    assert not (tmp_path / "data").exists()
    assert leftovers(tmp_path) == []
    assert len(synthetic.clips(once_folder(tmp_path / "data", generate))) == 3


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system in memory of so many kB; skipped where that is not allowed."""
    place = tmp_path / "small"
    place.mkdir()

    def mount(options):
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "emobench-test", str(place)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
        return place

    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    yield mount
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


@pytest.mark.parametrize("kilobytes", [12, 48, 96])
def test_a_small_disk_fills_up(bench, small_disk, kilobytes):
    """A real file system without room: a clear end, nothing half written, and with room the same numbers."""
    whole = digests(bench.run())
    bench.home = small_disk(f"size={kilobytes}k") / "home"
    with pytest.raises(StorageError, match="cannot be written") as caught:
        bench.run()
    assert "Free some space" in caught.value.remedy
    assert leftovers(bench.home) == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(bench.home.parent)], check=True)
    assert digests(bench.run()) == whole


def test_a_read_only_cache(bench, small_disk):
    """A cache that became read-only serves what it holds, and says so when something is to be kept in it."""
    bench.home = small_disk("size=64m") / "home"
    whole = digests(bench.run())
    subprocess.run(["mount", "-o", "remount,ro", str(bench.home.parent)], check=True)
    bench.out = bench.out.with_name("elsewhere")
    assert digests(bench.run()) == whole
    with pytest.raises(StorageError, match="cannot be written") as caught:
        bench.run(options={"probe.c": 0.1})
    assert "read-only" in caught.value.remedy
