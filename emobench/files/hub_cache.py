"""What of the Hub's repositories lies on this machine?"""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from emobench.domain.errors import EmobenchError
from emobench.files.atomic import set_aside, write_bytes

COMMIT = re.compile(r"[0-9a-f]{40}")
TRUE = frozenset({"1", "ON", "YES", "TRUE"})


@dataclass(frozen=True)
class Listed:
    """A file as the Hub lists it: its bytes, and the SHA-256 of large ones (Git LFS); None where it does not say."""

    size: int | None
    sha256: str | None


Listing = Mapping[str, Listed]
Kind = Literal["model", "dataset"]


@dataclass(frozen=True)
class Place:
    """Where one repository lies: ``folder`` is its own in the cache that all programs share, ``lists`` is ours.

    The layout of ``folder`` is Hugging Face's: ``refs/<revision>`` holds a commit, ``snapshots/<commit>`` the files
    that were fetched (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). It does not say which files
    there would have been: ``lists`` does.
    """

    folder: Path
    lists: Path

    @property
    def cache(self) -> Path:
        """The cache that ``folder`` lies in."""
        return self.folder.parent


def cache_folder(env: Mapping[str, str]) -> Path:
    """HF_HUB_CACHE, else ``hub`` in HF_HOME, else the default, read from ``env`` now."""
    home = env.get("HF_HOME") or str(Path(env.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    given = env.get("HF_HUB_CACHE") or env.get("HUGGINGFACE_HUB_CACHE") or str(Path(home) / "hub")
    return Path(os.path.expandvars(given)).expanduser().absolute()


def told_offline(env: Mapping[str, str]) -> bool:
    """Whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids connections."""
    return (env.get("HF_HUB_OFFLINE") or env.get("TRANSFORMERS_OFFLINE") or "").upper() in TRUE


def place_of(repo: str, env: Mapping[str, str], home: Path, kind: Kind = "model") -> Place:
    """Where ``repo`` lies, or would lie."""
    name = "--".join((f"{kind}s", *repo.split("/")))
    return Place(cache_folder(env) / name, home / "scans" / "hub" / name)


def is_revision(revision: str) -> bool:
    """Whether this can be the name of a branch, a tag or a commit: Git allows nothing that leads out of a folder."""
    return bool(revision) and ".." not in revision and revision[0] != "/" and not set(revision) & set("\\:")


def commit_of(place: Place, revision: str) -> str | None:
    """The commit that a branch, a tag or a commit was when it was last fetched; None when it never was."""
    if COMMIT.fullmatch(revision):
        return revision
    try:
        commit = _ref(place, revision).read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return commit if COMMIT.fullmatch(commit) else None


def remember(place: Place, revision: str, commit: str, listing: Listing) -> None:
    """Keep what a revision was, and which files there are.

    Raises:
        EmobenchError: our own home cannot be written.
    """
    stored = {"files": {name: asdict(listed) for name, listed in sorted(listing.items())}}
    if listing_of(place, commit) != listing:
        write_bytes(place.lists / f"{commit}.json", json.dumps(stored, indent=1).encode())
    if revision != commit and commit_of(place, revision) != commit:
        with suppress(EmobenchError):  # a cache that others keep for us, read-only, serves all the same
            write_bytes(_ref(place, revision), commit.encode())


def listing_of(place: Place, commit: str) -> Listing | None:
    """The files of a commit; None when we never fetched it."""
    path = place.lists / f"{commit}.json"
    try:
        stored = json.loads(path.read_bytes())["files"]
        return {str(name): Listed(**listed) for name, listed in stored.items()}
    except OSError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        set_aside(path, f"no list of files: {problem!r}")
        return None


def kept_files(place: Place, commit: str) -> dict[str, Path]:
    """The files of a commit that lie in the cache, by name."""
    folder = place.folder / "snapshots" / commit
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def discard(path: Path) -> None:
    """Delete a damaged file of the cache: its name in the snapshot and the bytes it points to."""
    bytes_ = path.resolve()
    for each in (path, bytes_):
        each.unlink(missing_ok=True)


def _ref(place: Place, revision: str) -> Path:
    assert is_revision(revision), "a revision is a path here, and must stay in its folder"
    return place.folder / "refs" / revision
