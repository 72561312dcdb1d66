"""Does a large file of the Hub arrive once, in spite of broken connections and kills?"""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants, snapshot_download, try_to_load_from_cache

from emobench.domain.errors import DataError, EmobenchError
from emobench.files.hub import fetch_repository

MAIN = "a" * 40
NAME = "model.safetensors"
CHILD = """
import hashlib, os, sys
from pathlib import Path
from emobench.files.hub import fetch_repository
fetch_repository("org/toy", None, lambda names, read: ["model.safetensors"], name="toy", offline=False,
    home=Path(sys.argv[1]), env=os.environ, sha256=lambda path: hashlib.sha256(path.read_bytes()).hexdigest(),
    progress=None, say=print)
"""


@pytest.fixture
def env(hub, tmp_path):
    hub.files = {NAME: hub.files[NAME]}
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}


@pytest.fixture
def fetch(env, tmp_path):
    """Fetches the weights of the repository and gives their path."""

    def fetch(progress=None, **given):
        repository = fetch_repository(
            "org/toy",
            None,
            lambda names, read: list(names),
            name="toy",
            offline=False,
            home=tmp_path / "home",
            env={**env, **given},
            sha256=lambda path: hashlib.sha256(path.read_bytes()).hexdigest(),
            progress=progress,
            say=print,
        )
        return repository.files[NAME]

    return fetch


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "hf" / "hub"


@pytest.fixture
def blob(hub, env, cache):
    return cache / "models--org--toy" / "blobs" / hashlib.sha256(hub.files[NAME]).hexdigest()


@pytest.fixture
def part(blob):
    return blob.with_name(f"{blob.name}.incomplete")


def given_up(fetch):
    with pytest.raises(DataError) as caught:
        fetch()
    assert "hf_secret" not in str(caught.value)
    assert "/resolve/" not in str(caught.value)
    return caught.value


def test_a_download_given_up_is_taken_up_by_the_next_run(hub, fetch, part):
    """A run whose connections bring nothing new any more leaves what arrived; the next one asks for the rest."""
    hub.stops = [50_000, 20_000] + [0] * 100
    error = given_up(fetch)
    assert "no connection to the Hub" in error.what
    assert "it goes on where it stopped" in error.remedy
    have = part.stat().st_size
    assert have == 70_000
    hub.stops = []
    hub.asked.clear()
    assert fetch().read_bytes() == hub.files[NAME]
    assert hub.ranges() == [f"bytes={have}-"]
    assert not part.exists()


def test_a_killed_process_is_taken_up_by_the_next_run(hub, env, fetch, part, tmp_path):
    """After a SIGKILL in the middle of a file only the rest is asked for."""
    hub.stalls = [700_000]
    known = {**os.environ, **env, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path / "home"], env=known)
    try:
        while not (part.exists() and part.stat().st_size):
            assert child.poll() is None, "it ended before anything arrived"
            threading.Event().wait(0.01)
    finally:
        child.kill()
        child.wait()
        hub.goes_on.set()
    have = part.stat().st_size
    assert 0 < have < len(hub.files[NAME])
    assert fetch().read_bytes() == hub.files[NAME]
    assert hub.ranges() == [None, f"bytes={have}-"]


def test_a_file_that_is_here_is_not_asked_for(hub, fetch):
    """The second run asks for no byte of a file, nor about one."""
    first = fetch()
    assert len(hub.fetched()) == 1
    hub.asked.clear()
    assert fetch() == first
    assert [path for _, path, _ in hub.asked if "/resolve/" in path] == []


def test_huggingface_hub_finds_the_file(hub, fetch, cache, blob):
    """What arrived is an entry of the cache like any other: other programs find it, and it lies there once."""
    path = fetch()
    assert try_to_load_from_cache("org/toy", NAME, cache_dir=cache, revision=MAIN) == str(path)
    folder = snapshot_download("org/toy", revision="main", cache_dir=cache, local_files_only=True)
    assert (Path(folder) / NAME).read_bytes() == hub.files[NAME]
    assert path.resolve() == blob.resolve()
    assert [each.name for each in blob.parent.iterdir()] == [blob.name]


def test_a_cache_without_symlinks_holds_the_file_once(hub, fetch, blob, monkeypatch):
    """Where the entry of a file is no link, the bytes do not stay a second time beside it."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", True)
    path = fetch()
    assert not path.is_symlink()
    assert path.read_bytes() == hub.files[NAME]
    assert not blob.exists()


def test_the_token_goes_to_the_hub_alone(hub, fetch):
    """The host that the Hub redirects to gets no Authorization header, when a download is taken up neither."""
    hub.elsewhere, hub.stops = True, [300_000]
    assert fetch().read_bytes() == hub.files[NAME]
    assert [wanted for _, path, wanted in hub.asked if path.startswith("/elsewhere/")] == [None, "bytes=300000-"]
    assert {token for host, token in hub.tokens if host == "localhost"} == {None}
    assert {token for host, token in hub.tokens if host == "127.0.0.1"} == {"Bearer hf_secret"}


def test_progress_counts_on(hub, fetch, part):
    """The run that takes a download up reports from what is here to the whole."""
    seen, total = [], len(hub.files[NAME])
    part.parent.mkdir(parents=True)
    part.write_bytes(hub.files[NAME][:300_000])
    fetch(lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((300_000, total), (total, total))


def test_a_hub_that_ignores_ranges_starts_anew(hub, fetch, part):
    """When everything is sent although the rest was asked for, nothing of the leftover stays."""
    hub.knows_ranges = False
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 300_000)
    assert fetch().read_bytes() == hub.files[NAME]
    assert hub.ranges() == ["bytes=300000-"]


@pytest.mark.parametrize("size", [300_000, 256 * 4096])
def test_a_leftover_of_something_else_is_thrown_away(hub, fetch, part, size):
    """A leftover that does not become the published bytes is deleted and the file fetched anew, once."""
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * size)
    assert fetch().read_bytes() == hub.files[NAME]
    assert hub.ranges()[-1] is None
    assert len(hub.ranges()) <= 2


def test_a_whole_leftover_is_taken(hub, fetch, part):
    """A process killed after the last byte leaves nothing to fetch."""
    part.parent.mkdir(parents=True)
    part.write_bytes(hub.files[NAME])
    assert fetch().read_bytes() == hub.files[NAME]
    assert hub.fetched() == []


def test_two_at_once_fetch_once(hub, fetch):
    """Who wants a file that another process is fetching waits, and takes what that one fetched."""
    paths = []
    second = threading.Thread(target=lambda: paths.append(fetch()))

    def start_second(done, total):
        if second.ident is None:
            second.start()
            while second.is_alive() and [method for method, _, _ in hub.asked].count("HEAD") < 2:
                threading.Event().wait(0.01)

    paths.append(fetch(start_second))
    second.join()
    assert [path.read_bytes() == hub.files[NAME] for path in paths] == [True, True]
    assert len(hub.fetched()) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code", "what"),
    [
        ("HEAD", 403, "GatedRepo", "is gated"),
        ("HEAD", 401, "RepoNotFound", "no repository 'org/toy'"),
        ("HEAD", 502, "", "does not manage"),
        ("GET", 503, "", "does not manage"),
        ("GET", 403, "", "refuses access"),
        ("GET", 404, "EntryNotFound", "does not give"),
    ],
)
def test_a_refused_file_is_explained(hub, fetch, kind, status, code, what):
    """Whether the Hub refuses to tell of a large file or to give it: its answer is named, and no address."""
    hub.refuses = {kind: (status, code)}
    error = given_up(fetch)
    assert what in error.what
    assert str(status) in error.found


def test_a_full_disk_is_explained(fetch, monkeypatch):
    """A disk that fills up midway is not blamed on the network, and the remedy names HF_HOME."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("emobench.files.download._copy", full)
    with pytest.raises(EmobenchError, match="cannot be written") as caught:
        fetch()
    assert "Free some space" in caught.value.remedy
    assert "HF_HOME" in caught.value.remedy


def test_an_address_with_a_password_is_left_to_huggingface_hub(hub, fetch):
    """A mirror that asks for a name and a password works as before: what fetches files here knows no passwords."""
    assert fetch(HF_ENDPOINT=hub.url.replace("//", "//me:password@")).read_bytes() == hub.files[NAME]
