"""Which files are the weights of a backbone, and which weights are they?"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from emobench.domain import canonical
from emobench.domain.cards import Weights
from emobench.domain.errors import DataError
from emobench.files.atomic import once, set_aside
from emobench.files.download import Progress, download
from emobench.files.hub import fetch_repository
from emobench.files.published import published_files
from emobench.files.stamps import Stamps

WEIGHT_PATTERNS = ("*.safetensors", "*.bin", "*.pth", "*.pt")
CONFIG_PATTERNS = ("config.json", "preprocessor_config.json", "*.index.json")


@dataclass(frozen=True)
class ResolvedWeights:
    """Weights that lie on this machine.

    Attributes:
        files: name -> path, empty for a backbone without weights.
        identity: JSON data without paths, for keys and records: ``digest`` (SHA-256; of the one file, or of the
            canonical ``files``), ``files`` (name -> SHA-256), ``matches_card`` where the card says a SHA-256, and for
            weights from the Hub ``repo`` and ``revision`` (the commit).
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)


def resolve_weights(
    name: str,
    weights: Weights | None,
    given: Path | None,
    *,
    offline: bool,
    home: Path,
    env: Mapping[str, str],
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda _: None,
    settings_only: bool = False,
) -> ResolvedWeights:
    """Find the weights of the backbone ``name``: those given by ``--weights NAME=PATH``, else the published ones.

    A URL is downloaded once into ``home/downloads`` and verified against the card's SHA-256. A Hub repository is
    fetched into the Hub's own cache, at the commit that its revision is now. Of a repository, and of a folder given
    in its place, `published_files` says which files are taken. Given weights that differ from the card's are used,
    and ``matches_card`` says so. ``settings_only`` takes the configuration and no weights: what a random control of
    the same architecture needs.

    Raises:
        DataError: nothing there, not the published bytes, or not to be had: offline, gated, private.
        EmobenchError: the disk is full, read-only or forbidden.
    """
    stamps = Stamps(home / "scans" / "weights.json", version="sha256")
    expected = weights.sha256 if weights is not None and not settings_only else None
    try:
        if given is not None:
            return _identified(_given_files(name, weights, given.expanduser(), settings_only), expected, stamps)
        if weights is None:
            return ResolvedWeights()
        if weights.repo is None:
            downloads = home / "downloads"
            files = {} if settings_only else _published_file(name, weights, offline, downloads, stamps, progress)
            return _identified(files, expected, stamps)
        repository = fetch_repository(
            weights.repo,
            weights.revision,
            partial(published_files, where=f"the repository '{weights.repo}'", settings_only=settings_only),
            name=name,
            offline=offline,
            home=home,
            env=env,
            sha256=partial(stamped_sha256, stamps=stamps),
            progress=progress,
            say=say,
        )
        origin = {"repo": weights.repo, "revision": repository.revision}
        return _identified(repository.files, expected, stamps, origin)
    finally:
        stamps.save()


def _given_files(name: str, weights: Weights | None, given: Path, settings_only: bool) -> dict[str, Path]:
    if given.is_file():
        return {} if settings_only else {given.name: given}
    if not given.is_dir():
        raise DataError(
            f"the weights given for '{name}' are missing.",
            found=f"{given} does not exist",
            remedy=f"Correct --weights {name}=PATH: a file, or a folder with config.json and weights.",
        )
    if weights is not None and weights.repo is not None:
        return _given_copy(name, given, settings_only)
    found = [path for pattern in WEIGHT_PATTERNS for path in given.glob(pattern)]
    if not found:
        raise DataError(
            f"the folder given for '{name}' holds no weights.",
            found=f"{given} has no file like {', '.join(WEIGHT_PATTERNS)}",
            remedy=f"Correct --weights {name}=PATH.",
        )
    configs = [path for pattern in CONFIG_PATTERNS for path in given.glob(pattern)]
    return {path.name: path for path in sorted(configs if settings_only else configs + found)}


def _given_copy(name: str, given: Path, settings_only: bool) -> dict[str, Path]:
    """The files of a folder that stands in for a Hub repository: the same as the repository's."""
    files = {path.name: path for path in given.iterdir() if path.is_file()}
    where = f"the folder given by --weights {name}={given}"
    chosen = published_files(files, lambda file: files[file].read_bytes(), where=where, settings_only=settings_only)
    return {file: files[file] for file in chosen}


def _published_file(
    name: str, weights: Weights, offline: bool, downloads: Path, stamps: Stamps, progress: Progress | None
) -> dict[str, Path]:
    assert weights.url is not None
    url, expected = weights.url, weights.sha256
    if expected is None:
        raise DataError(
            f"the weights of '{name}' are not fetched: their publisher states no SHA-256 to hold them against.",
            found=f"published at {url}",
            remedy=f"Get the file yourself, and give --weights {name}=FILE; the record then names its SHA-256.",
        )
    file = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    path = downloads / f"{expected}-{file}"
    if path.exists() and stamped_sha256(path, stamps) != expected:
        set_aside(path, "its SHA-256 is not the card's")
    if offline and not path.exists():
        raise DataError(
            f"the weights of '{name}' are not on this machine.",
            found=f"found: --offline, and nothing at {path}",
            remedy=f"Run once without --offline, or give --weights {name}=PATH.",
        )

    def fetch(temporary: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        download(url, part, progress)
        found = stamped_sha256(part, stamps)
        if found != expected:
            aside = set_aside(part, "its SHA-256 is not the card's")
            raise DataError(
                f"{url} is not the file that '{name}' was published with.",
                found=f"SHA-256 {found}, expected {expected}; it lies at {aside}",
                remedy=f"Try again; if it stays so, get the weights elsewhere and give --weights {name}=PATH.",
            )
        part.replace(temporary)

    once(path, fetch)
    return {file: path}


def _identified(
    files: Mapping[str, Path], expected: str | None, stamps: Stamps, origin: Mapping[str, str] | None = None
) -> ResolvedWeights:
    if not files:
        return ResolvedWeights()
    digests = {name: stamped_sha256(path, stamps) for name, path in files.items()}
    whole = next(iter(digests.values())) if len(digests) == 1 else canonical.digest(digests)
    identity: dict[str, Any] = {**(origin or {}), "digest": whole, "files": digests}
    if expected is not None:
        identity["matches_card"] = expected in digests.values()
    return ResolvedWeights(dict(files), identity)


def stamped_sha256(path: Path, stamps: Stamps) -> str:
    """The digest of a file; a large one is read once and stamped."""
    try:
        seen = path.stat()
        found = stamps.recall(path, seen)
        if found is None:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            stamps.remember(path, seen, found)
    except OSError as problem:
        raise DataError(f"'{path}' cannot be read.", found=f"found: {problem.strerror}") from problem
    return str(found)
