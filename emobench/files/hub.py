"""How do the files of a repository come from the Hugging Face Hub?"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emobench.domain.errors import DataError
from emobench.files.download import Progress
from emobench.files.hub_cache import (
    COMMIT,
    Kind,
    Listed,
    Listing,
    Place,
    commit_of,
    discard,
    is_revision,
    kept_files,
    listing_of,
    place_of,
    remember,
    told_offline,
)
from emobench.files.hub_errors import Asked, HubDown, damaged, hub_errors, missing, no_revision
from emobench.files.hub_file import AGAIN, Wanted, fetch_file

Read = Callable[[str], bytes]
Choose = Callable[[Collection[str], Read], Sequence[str]]
ENDPOINT = "https://huggingface.co"
SHORT = 12


@dataclass(frozen=True)
class Repository:
    """Files of a Hub repository that lie on this machine: ``revision`` is the commit, ``files`` name -> path."""

    revision: str
    files: Mapping[str, Path]


@dataclass(frozen=True)
class _Errand:
    asked: Asked
    place: Place
    choose: Choose
    sha256: Callable[[Path], str]


def fetch_repository(
    repo: str,
    revision: str | None,
    choose: Choose,
    *,
    name: str,
    offline: bool,
    home: Path,
    env: Mapping[str, str],
    sha256: Callable[[Path], str],
    progress: Progress | None,
    say: Callable[[str], None],
    kind: Kind = "model",
) -> Repository:
    """Fetch those files of ``repo`` that ``choose`` picks into the Hub's own cache, each once.

    The revision (a branch, a tag or a commit; the branch main by default) is resolved to a commit, and all files
    are of that commit. A large file that is interrupted, even by a kill, goes on where it stopped. Files that the Hub
    knows the SHA-256 of are verified; a damaged one is deleted and fetched once more. When the Hub is out of reach,
    files of an earlier run serve, and ``say`` tells. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT and HF_HUB_OFFLINE are read
    from ``env``; the token is found as huggingface_hub does.

    Args:
        repo: ``ORG/REPO``.
        revision: what to fetch of it.
        choose: given all names of the repository and a function that reads one, says which are needed.
        name: the backbone they are for, as ``--weights`` calls it; the dataset, as ``--data`` does.
        offline: open no connection.
        home: our own home; it keeps what the Hub listed.
        env: the environment.
        sha256: the digest of a file, better stamped than computed anew.
        progress: called with the bytes so far and in total, over all files that have to be fetched.
        say: tells the user one line.
        kind: what the repository holds.

    Raises:
        DataError: no such repository or revision, not ours to see, not on this machine, damaged; or ``choose`` raises.
        HubDown: the Hub is out of reach and the cache does not serve.
        EmobenchError: the disk is full, read-only or forbidden.
    """
    place = place_of(repo, env, home, kind)
    endpoint = (env.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")
    asked = Asked(name, repo, revision or "main", endpoint, place.cache, kind)
    errand = _Errand(asked, place, choose, sha256)
    if not is_revision(asked.revision):
        raise no_revision(asked, "found: what Git does not allow as a name")
    if offline or told_offline(env):
        return _kept(errand, say)
    try:
        commit, listing = _listed(asked)
    except HubDown as down:
        return _kept_instead(errand, down, say)
    return _fetched(errand, commit, listing, progress or _unheard)


def _unheard(done: int, total: int | None) -> None:
    pass


def _listed(asked: Asked) -> tuple[str, dict[str, Listed]]:
    """The commit that is asked for, and its files."""
    from huggingface_hub import HfApi, constants

    with hub_errors(asked):
        hub = HfApi(endpoint=asked.endpoint, library_name="emobench")
        ask = hub.model_info if asked.kind == "model" else hub.dataset_info
        info = ask(asked.repo, revision=asked.revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        if info.sha is None or not COMMIT.fullmatch(info.sha):
            raise ValueError("an answer that names no commit")
        siblings = info.siblings or ()
        return info.sha, {file.rfilename: Listed(file.size, file.lfs.sha256 if file.lfs else None) for file in siblings}


def _fetched(errand: _Errand, commit: str, listing: Listing, progress: Progress) -> Repository:
    chosen = errand.choose(
        listing, lambda name: _fetch(errand, commit, name, listing[name], lambda _: None).read_bytes()
    )
    here = kept_files(errand.place, commit)
    lacking = [name for name in chosen if name not in here]
    sizes = [size for name in lacking if (size := listing[name].size) is not None]
    total, before = sum(sizes) if len(sizes) == len(lacking) else None, 0
    for name in lacking:
        here[name] = _fetch(errand, commit, name, listing[name], partial(_beyond, progress, before, total))
        before += here[name].stat().st_size
        progress(before, total)
    for name in chosen:
        here[name] = _whole(errand, commit, name, here[name], listing[name], progress)
    remember(errand.place, errand.asked.revision, commit, listing)
    return Repository(commit, {name: here[name] for name in chosen})


def _beyond(progress: Progress, before: int, total: int | None, done: int) -> None:
    progress(before + done, total)


def _whole(errand: _Errand, commit: str, name: str, path: Path, listed: Listed, progress: Progress) -> Path:
    """The file, fetched once more if it is damaged."""
    if _is_whole(errand, path, listed):
        return path
    with hub_errors(errand.asked):
        discard(path)
    path = _fetch(errand, commit, name, listed, lambda done: progress(done, listed.size))
    if not _is_whole(errand, path, listed):
        raise damaged(errand.asked, name, path, errand.sha256(path), AGAIN)
    return path


def _fetch(errand: _Errand, commit: str, name: str, listed: Listed, report: Callable[[int], None]) -> Path:
    return fetch_file(Wanted(errand.asked, errand.place, commit, name, listed), report)


def _kept(errand: _Errand, say: Callable[[str], None]) -> Repository:
    """The files as an earlier run, or another program, left them.

    Raises:
        DataError: some are missing or damaged.
    """
    asked = errand.asked
    commit = commit_of(errand.place, asked.revision)
    if commit is None:
        raise missing(asked, f"nothing of revision '{asked.revision}'")
    here, listing = kept_files(errand.place, commit), listing_of(errand.place, commit)

    def read(name: str) -> bytes:
        if name not in here:
            raise missing(asked, f"commit {commit[:SHORT]} without {name}")
        return here[name].read_bytes()

    try:
        chosen = errand.choose(here if listing is None else listing, read)
    except DataError:
        if listing is not None:
            raise
        raise missing(asked, f"of commit {commit[:SHORT]} {', '.join(here) or 'nothing'}") from None
    lacking = [name for name in chosen if name not in here]
    if lacking:
        raise missing(asked, f"commit {commit[:SHORT]} without {', '.join(lacking)}")
    if listing is None:
        say(f"The Hub's list of '{asked.repo}' is not on this machine; taking what is: {', '.join(chosen)}.")
    for name in chosen if listing else ():
        if listing and not _is_whole(errand, here[name], listing[name]):
            again = "Run once without --offline: it is fetched again"
            raise damaged(asked, name, here[name], errand.sha256(here[name]), again)
    return Repository(commit, {name: here[name] for name in chosen})


def _kept_instead(errand: _Errand, down: HubDown, say: Callable[[str], None]) -> Repository:
    try:
        kept = _kept(errand, say)
    except DataError as lacking:
        found = f"{down.found}; and {lacking.what} {lacking.found}"
        raise HubDown(down.what, found=found, remedy=down.remedy) from None
    say(f"{down.what[0].upper()}{down.what[1:]} Using commit {kept.revision[:SHORT]} as fetched before.")
    return kept


def _is_whole(errand: _Errand, path: Path, listed: Listed) -> bool:
    return listed.sha256 is None or errand.sha256(path) == listed.sha256
