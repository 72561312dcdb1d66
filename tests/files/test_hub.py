"""Do weights come from the Hub once, whole, of one commit, and are refusals explained?"""

import errno
import hashlib
import json
import os
import socket

import pytest
from huggingface_hub import constants

from emobench.domain.cards import Weights
from emobench.domain.errors import DataError, EmobenchError
from emobench.files.hub_cache import cache_folder
from emobench.files.weights import resolve_weights

MAIN, V1 = "a" * 40, "b" * 40


@pytest.fixture
def env(hub, tmp_path):
    return {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}


@pytest.fixture
def resolve(env, tmp_path):
    def resolve(repo="org/toy", revision=None, given=None, *, offline=False, env=env, **options):
        weights = Weights(repo=repo, revision=revision)
        return resolve_weights("toy", weights, given, offline=offline, home=tmp_path / "home", env=env, **options)

    return resolve


@pytest.fixture
def refusal(resolve):
    """The error that a request ends with: exit code 3, with a remedy, without a token or an address of a file."""

    def refusal(*arguments, **options):
        with pytest.raises(DataError) as caught:
            resolve(*arguments, **options)
        assert caught.value.exit_code == 3
        assert caught.value.remedy
        assert "hf_secret" not in str(caught.value)
        assert "/resolve/" not in str(caught.value)
        return caught.value

    return refusal


def contents(resolved):
    return {name: path.read_bytes() for name, path in resolved.files.items()}


def copied(files, folder):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def gone(env):
    """The same environment with a Hub that nobody listens at."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return {**env, "HF_ENDPOINT": f"http://127.0.0.1:{unused.getsockname()[1]}"}


def test_weights_are_fetched_once(hub, resolve):
    """The first run fetches what the model needs and nothing else; later ones, offline too, fetch nothing."""
    first = resolve()
    names = ["config.json", "preprocessor_config.json", "model.safetensors"]
    assert hub.fetched() == names
    assert contents(first) == {name: hub.files[name] for name in names}
    assert resolve() == first
    assert hub.fetched() == names
    hub.asked.clear()
    assert resolve(offline=True) == first
    assert hub.asked == []


@pytest.mark.parametrize("how", [{"offline": True}, {"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "yes"}])
def test_offline_opens_no_socket(hub, env, resolve, refusal, monkeypatch, how):
    """With --offline or HF_HUB_OFFLINE no connection is tried, whether the weights are there or not."""
    offline = how.pop("offline", False)
    resolve()

    def connect(*arguments):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    resolve(offline=offline, env={**env, **how})
    error = refusal("org/other", offline=offline, env={**env, **how})
    assert "the weights of 'org/other' are not on this machine" in error.what
    assert "--weights toy=DIR" in error.remedy
    assert "without --offline" in error.remedy


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors"])
def test_offline_an_incomplete_copy_is_not_used(resolve, refusal, lost):
    """What the repository has and the cache has lost is named: half a model has other numbers, or none."""
    resolve().files[lost].unlink()
    error = refusal(offline=True)
    assert "are not on this machine" in error.what
    assert lost in error.found


def test_offline_a_shard_that_was_never_fetched_is_named(hub, resolve, refusal):
    """Settings alone do not pass for weights when they are asked for later."""
    resolve(settings_only=True)
    assert "model.safetensors" in refusal(offline=True).found


@pytest.mark.parametrize(("revision", "commit"), [(None, MAIN), ("main", MAIN), ("v1", V1), (V1, V1)])
def test_a_revision_becomes_a_commit(hub, resolve, revision, commit):
    """A branch, a tag and a commit are resolved to the commit, and the identity says it, offline the same."""
    identity = resolve(revision=revision).identity
    assert (identity["repo"], identity["revision"]) == ("org/toy", commit)
    assert all(f"/resolve/{commit}/" in path for method, path, _ in hub.asked if "/resolve/" in path)
    assert resolve(revision=revision, offline=True).identity == identity


def test_a_branch_that_moves_is_followed(hub, resolve):
    """When a branch has a new commit, its files are fetched and both commits stay apart."""
    old = resolve()
    hub.commits["main"], hub.files["model.safetensors"] = "c" * 40, b"trained on"
    new = resolve()
    assert new.identity["revision"] == "c" * 40
    assert new.files["model.safetensors"].read_bytes() == b"trained on"
    assert resolve(offline=True) == new
    assert resolve(revision=MAIN, offline=True).identity == old.identity


def test_a_broken_connection_is_taken_up_where_it_broke(hub, resolve, monkeypatch):
    """After a connection that ends midway only the rest is asked for, and the file is the published one."""
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.files = {"model.safetensors": hub.files["model.safetensors"]}
    hub.stops = [300_000, 200_000]
    assert contents(resolve()) == hub.files
    assert hub.ranges() == [None, "bytes=300000-", "bytes=500000-"]


def test_a_connection_that_dies_is_tried_again(hub, resolve):
    """A connection reset by the network costs another try and not the run."""
    hub.files = {"model.safetensors": hub.files["model.safetensors"]}
    hub.stops, hub.resets = [100_000, 100_000], True
    assert contents(resolve()) == hub.files
    assert len(hub.fetched()) == 3


def test_a_server_that_always_breaks_off_is_an_error(hub, refusal):
    """When nothing more arrives in any try, it is an error with the cause, and no half file is left in the cache."""
    hub.stops = [0] * 100
    error = refusal()
    assert "no connection to the Hub" in error.what
    assert "Try again" in error.remedy
    assert len(hub.stops) > 50, "it gives up after some tries"


def test_progress_reaches_the_total(hub, resolve):
    """Progress runs over all files together, from nothing to all bytes, and again not at all when all is there."""
    seen = []
    resolve(progress=lambda done, total: seen.append((done, total)))
    total = sum(len(data) for name, data in hub.files.items() if name != "README.md")
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((0, total), (total, total))
    seen.clear()
    resolve(progress=lambda done, total: seen.append((done, total)))
    assert seen == []


def test_downloads_draw_no_bars_of_their_own(resolve, capfd, monkeypatch):
    """What is shown is our caller's: huggingface_hub writes neither to stdout nor to stderr, even where it wants to."""
    monkeypatch.setenv("TQDM_POSITION", "-1")
    resolve()
    assert capfd.readouterr() == ("", "")


def test_safetensors_come_before_pickles(hub, resolve):
    """Of a repository with both, the pickle is not fetched."""
    hub.files["pytorch_model.bin"] = b"pickle"
    assert "pytorch_model.bin" not in resolve().files
    del hub.files["model.safetensors"]
    hub.commits["main"] = "d" * 40
    assert resolve().files["pytorch_model.bin"].read_bytes() == b"pickle"


def test_shards_come_with_their_index(hub, resolve):
    """An index is read, and the files it names are fetched; the others are not."""
    index = json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}).encode()
    shards = {f"model-{number}.safetensors": b"%d" % number for number in (1, 2, 3)}
    hub.files = {"config.json": b"{}", "model.safetensors.index.json": index, **shards}
    resolved = resolve()
    assert set(resolved.files) == set(hub.files) - {"model-3.safetensors"}
    assert len(hub.fetched()) == 4
    assert resolve(offline=True) == resolved


def test_settings_come_alone(hub, resolve):
    """A random control takes the configuration and leaves the weights on the Hub."""
    resolved = resolve(settings_only=True)
    assert set(resolved.files) == set(hub.fetched()) == {"config.json", "preprocessor_config.json"}


@pytest.mark.parametrize("settings_only", [False, True])
def test_a_copy_in_a_folder_has_the_same_identity(hub, resolve, tmp_path, settings_only):
    """A folder with the repository's files is the same weights: same files, same digest, nothing asked."""
    hub.files["pytorch_model.bin"] = b"pickle"
    fetched = resolve(settings_only=settings_only).identity
    hub.asked.clear()
    folder = copied(hub.files, tmp_path / "copy")
    given = resolve(given=folder, settings_only=settings_only).identity
    assert given == {key: fetched[key] for key in ("digest", "files")}
    assert fetched["files"]["config.json"] == hashlib.sha256(b"{}").hexdigest()
    assert hub.asked == []


def test_a_hub_that_is_gone_is_replaced_by_the_cache(env, resolve):
    """Without a network, the commit fetched before is used, and the user is told which."""
    fetched, said = resolve(), []
    assert resolve(env=gone(env), say=said.append) == fetched
    assert len(said) == 1
    assert "No connection to the Hub" in said[0]
    assert MAIN[:12] in said[0]


def test_a_hub_that_fails_is_replaced_by_the_cache(hub, resolve):
    """A server error does not stop a run whose weights are here."""
    fetched, said = resolve(), []
    hub.refuses = {"info": (503, "")}
    assert resolve(say=said.append) == fetched
    assert "does not manage" in said[0]


def test_a_hub_that_is_gone_without_a_copy_is_an_error(env, refusal):
    """Without a network and without a copy, the error names the cause, the cache, and --weights."""
    error = refusal(env=gone(env))
    assert "no connection to the Hub (127.0.0.1" in error.what
    assert "refused" in error.found
    assert "are not on this machine" in error.found
    assert "--weights toy=DIR" in error.remedy


REFUSALS = {
    "gated": ("HEAD", 403, "GatedRepo", "is gated", ("https://huggingface.co/org/toy", "licence", "HF_TOKEN")),
    "gated, not logged in": ("HEAD", 401, "GatedRepo", "is gated", ("https://huggingface.co/org/toy", "hf auth login")),
    "gated list": ("info", 403, "GatedRepo", "is gated", ("https://huggingface.co/org/toy", "licence")),
    "private or missing": ("info", 401, "RepoNotFound", "no repository 'org/toy'", ("Check the name", "HF_TOKEN")),
    "missing": ("info", 404, "RepoNotFound", "no repository 'org/toy'", ("Check the name", "hf auth login")),
    "token refused": ("info", 401, "", "refuses access", ("HF_TOKEN",)),
    "server error": ("info", 500, "", "does not manage", ("Try again", "--weights toy=DIR")),
    "server error at a file": ("HEAD", 502, "", "does not manage", ("Try again",)),
    "server error at its bytes": ("GET", 500, "", "does not manage", ("Try again",)),
    "too many requests": ("info", 429, "", "does not manage", ("Try again later",)),
    "something else": ("info", 418, "", "does not give", ("--weights toy=DIR",)),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_what_to_do(hub, refusal, case):
    """Each refusal of the Hub has its own words, the answer that was seen, and a way out."""
    kind, status, code, what, remedies = REFUSALS[case]
    hub.refuses = {kind: (status, code)}
    error = refusal()
    assert what in error.what
    assert str(status) in error.found
    assert all(words in error.remedy for words in remedies), error.remedy


def test_an_unknown_revision_is_named(refusal):
    """A revision that the repository does not have is an error that names both."""
    error = refusal(revision="v9")
    assert error.what == "the repository 'org/toy' has no revision 'v9'."
    assert "404" in error.found


@pytest.mark.parametrize("revision", ["../../../secret", "/etc/passwd", "..", "C:\\secret"])
def test_a_revision_reads_nothing_outside_the_cache(hub, refusal, revision):
    """A revision is a name on the Hub and no path: what leads out of a folder is refused unasked."""
    for offline in (True, False):
        assert "has no revision" in refusal(revision=revision, offline=offline).what
    assert hub.asked == []


@pytest.mark.parametrize("repo", ["a/b/c", "org/../toy", "https://huggingface.co/org/toy"])
def test_a_name_that_cannot_be_is_refused(hub, refusal, repo):
    """What is no ORG/REPO is said before anybody is asked."""
    assert "is not the name of a repository" in refusal(repo).what
    assert hub.asked == []


def test_a_repository_without_weights_is_listed(hub, refusal):
    """A repository that holds other formats is an error that lists what it has."""
    hub.files = {"config.json": b"{}", "tf_model.h5": b""}
    error = refusal()
    assert "the repository 'org/toy' holds no weights" in error.what
    assert "config.json, tf_model.h5" in error.found
    assert hub.fetched() == []


def test_an_answer_of_somebody_else_is_no_traceback(hub, refusal):
    """A login page in place of the Hub is explained like a missing connection."""
    hub.info = lambda revision: ["please log in to this network"]
    assert "no connection to the Hub" in refusal().what


def test_a_secret_in_a_cause_is_not_shown(hub, refusal, monkeypatch):
    """A token that a library repeats in its complaint is not shown."""

    def complain(*arguments, **options):
        raise ValueError("Illegal header value b'Bearer hf_secret'")

    monkeypatch.setattr("huggingface_hub.hf_api.get_session", complain)
    assert "Illegal header value b'***'" in refusal().found


def test_a_damaged_file_is_fetched_again(hub, resolve):
    """A file whose SHA-256 is not the Hub's is deleted, fetched once more, and then right."""
    hub.spoils = ["model.safetensors"]
    assert contents(resolve())["model.safetensors"] == hub.files["model.safetensors"]
    assert hub.fetched().count("model.safetensors") == 2


def test_a_file_that_stays_damaged_is_refused(hub, refusal):
    """A file that arrives damaged twice is an error that names it, and is not used."""
    hub.spoils = ["model.safetensors"] * 2
    error = refusal()
    assert error.what == "'model.safetensors' of 'org/toy' is damaged."
    assert hashlib.sha256(bytes(len(hub.files["model.safetensors"]))).hexdigest() in error.found


def test_a_file_that_rots_is_noticed(hub, resolve, refusal):
    """Weights that change in the cache are refused offline and fetched again online."""
    path = resolve().files["model.safetensors"]
    path.resolve().write_bytes(b"rotten")
    assert "is damaged" in refusal(offline=True).what
    assert resolve().files["model.safetensors"].read_bytes() == hub.files["model.safetensors"]


def test_files_of_other_programs_serve_offline(resolve, refusal, tmp_path):
    """A cache that another program filled is used offline, with a word about what cannot be known."""
    fetched, said = resolve(), []
    for path in (tmp_path / "home").rglob("*.json"):
        path.unlink()
    assert resolve(offline=True, say=said.append) == fetched
    assert "model.safetensors" in said[0]
    fetched.files["model.safetensors"].unlink()
    assert "are not on this machine" in refusal(offline=True).what


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"HF_HUB_CACHE": "/cache", "HF_HOME": "/hf"}, "/cache"),
        ({"HF_HOME": "/hf"}, "/hf/hub"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/huggingface/hub"),
        ({}, "/me/.cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_the_environment_says(monkeypatch, given, folder):
    """HF_HUB_CACHE, HF_HOME and the default are as everywhere else, and read when they are needed."""
    monkeypatch.setenv("HOME", "/me")
    assert str(cache_folder(given)) == folder


def test_hf_home_is_respected(resolve, tmp_path):
    """All files lie below HF_HOME, in the layout that other programs share."""
    for path in resolve().files.values():
        assert path.is_relative_to(tmp_path / "hf" / "hub" / "models--org--toy" / "snapshots" / MAIN)


def test_a_cache_that_cannot_be_written_is_explained(resolve, tmp_path):
    """A file in the place of the cache is explained like a full disk, and the remedy names HF_HOME."""
    (tmp_path / "hf").touch()
    with pytest.raises(EmobenchError, match="cannot be written") as caught:
        resolve()
    assert "HF_HOME" in caught.value.remedy


def test_a_full_disk_is_explained(resolve, monkeypatch, tmp_path):
    """A disk that is full ends with the path and what to do, not with a connection that is blamed."""

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    with pytest.raises(EmobenchError, match="cannot be written") as caught:
        resolve()
    assert str(tmp_path / "hf" / "hub") in caught.value.what
    assert "Free some space" in caught.value.remedy
    assert "HF_HOME" in caught.value.remedy
