"""Does a fetch survive kills, rivals and full disks?"""

import errno
import os
import subprocess
import sys
import time

import pytest
from published_toys import NAME, leftovers

from emobench.corpora import fetching
from emobench.corpora.fetching import state_of
from emobench.domain.errors import StorageError
from emobench.files import unpacking

# A process that stops in the middle of its work and says so.
STALLS = """
import sys, time
from pathlib import Path
from emobench.cli.app import main
from emobench.files import unpacking
chunks, seen = unpacking._chunks, []
def stall(member):
    seen.append(member)
    if len(seen) == 20:
        Path(sys.argv[1]).touch()
        time.sleep(600)
    return chunks(member)
unpacking._chunks = stall
main(sys.argv[2:])
"""


@pytest.fixture
def command(published, tmp_path):
    """The arguments of a fetch, for processes of their own."""
    return ["data", "fetch", NAME, "--accept-licence", "--plugin", str(published.plugin(tmp_path / "plugin.py"))]


@pytest.fixture
def env(published):
    return {**os.environ, "EMOBENCH_HOME": str(published.home)}


def test_a_kill_while_unpacking_leaves_no_half_corpus(published, command, env, tmp_path):
    """After a SIGKILL no folder has the dataset's name; the next fetch has it whole and clears what was left."""
    flag = tmp_path / "stalled"
    child = subprocess.Popen([sys.executable, "-c", STALLS, str(flag), *command], env=env)
    try:
        while not flag.exists():
            assert child.poll() is None
            time.sleep(0.01)
        assert state_of(published.dataset, published.folder) == "absent"
        assert any(published.folder.parent.glob(".*/*.wav"))
    finally:
        child.kill()
        child.wait()
    assert not published.folder.exists()
    published.fetch()
    assert state_of(published.dataset, published.folder) == "whole"
    assert [path.name for path in published.folder.parent.iterdir() if path.name != ".locks"] == [NAME]


def test_two_processes_fetch_once(published, command, env, site):
    """Both end well with the same folder, and the archive was asked for once."""
    arguments = [sys.executable, "-m", "emobench", *command]
    children = [subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [text.splitlines()[-1] for text in told] == [str(published.folder)] * 2
    assert len(site.asked) == 1
    assert leftovers(published.home / "downloads") == []


def test_a_disk_that_fills_up_leaves_nothing(published, monkeypatch):
    """A write that fails for lack of room ends with what to do, and no part of the corpus stays."""

    def full(member):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(unpacking, "_chunks", full)
        with pytest.raises(StorageError, match="cannot be written") as caught:
            published.fetch()
    assert caught.value.exit_code == 1
    assert [path.name for path in published.folder.parent.iterdir() if path.name != ".locks"] == []
    published.fetch()
    assert state_of(published.dataset, published.folder) == "whole"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 kB."""
    place = tmp_path / "small"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError as problem:
        pytest.skip(f"no file system can be mounted here: {problem.strerror}")
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_small_disk_is_told_before_and_while_unpacking(published, small_disk, monkeypatch):
    """On a real disk that is too small the fetch is refused before; forced to go on, it fails and leaves nothing."""
    folder = small_disk / NAME
    with pytest.raises(StorageError, match="too little room") as caught:
        published.fetch(folder=folder)
    assert f"the disk of {small_disk}" in caught.value.found
    monkeypatch.setattr("emobench.corpora.archive_sources.require_room", lambda needs, purpose: None)
    monkeypatch.setattr(fetching, "require_room", lambda needs, purpose: None)
    with pytest.raises(StorageError, match="cannot be written") as caught:
        published.fetch(folder=folder)
    assert "No space left" in caught.value.found
    assert [path.name for path in small_disk.iterdir() if path.name != ".locks"] == []
