"""Which files are the weights of a backbone, and which weights are they?"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench.domain import canonical
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import DataError
from emobench.files.atomic import once, set_aside
from emobench.files.download import Progress, download
from emobench.files.stamps import Stamps

WEIGHT_PATTERNS = ("*.safetensors", "*.bin", "*.pth", "*.pt")
CONFIG_PATTERNS = ("config.json", "preprocessor_config.json", "*.index.json")


@dataclass(frozen=True)
class ResolvedWeights:
    """Weights that lie on this machine.

    Attributes:
        files: name -> path, empty for a backbone without weights.
        identity: JSON data without paths, for keys and records: ``digest`` (SHA-256; of the one file, or of the
            canonical ``files``), ``files`` (name -> SHA-256), and ``matches_card`` where the card says a SHA-256.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    identity: Mapping[str, Any] = field(default_factory=dict)


def resolve_weights(
    card: BackboneCard, given: Path | None, offline: bool, home: Path, progress: Progress | None = None
) -> ResolvedWeights:
    """Find the weights of ``card``: those given by ``--weights NAME=PATH``, else those that the card names.

    A URL is downloaded once into ``home/downloads`` and verified against the card's SHA-256. Given weights that
    differ from the card's are used, and ``matches_card`` says so.

    Raises:
        DataError: nothing there, not the published bytes, not to be had offline, or only on the Hub.
        EmobenchError: the disk is full, read-only or forbidden.
    """
    stamps = Stamps(home / "scans" / "weights.json", version="sha256")
    try:
        if given is not None:
            return _identified(card, _given_files(card, given.expanduser()), stamps)
        if card.weights is None:
            return ResolvedWeights()
        if card.weights.url is None:
            raise DataError(
                f"the weights of '{card.name}' lie on the Hub ({card.weights.repo}).",
                found="found: this version does not download from the Hub yet",
                remedy=f"Fetch the repository yourself and give --weights {card.name}=DIR.",
            )
        return _identified(card, _published_file(card, offline, home / "downloads", stamps, progress), stamps)
    finally:
        stamps.save()


def _given_files(card: BackboneCard, given: Path) -> dict[str, Path]:
    if given.is_file():
        return {given.name: given}
    if not given.is_dir():
        raise DataError(
            f"the weights given for '{card.name}' are missing.",
            found=f"{given} does not exist",
            remedy=f"Correct --weights {card.name}=PATH: a file, or a folder with config.json and weights.",
        )
    weights = [path for pattern in WEIGHT_PATTERNS for path in given.glob(pattern)]
    if not weights:
        raise DataError(
            f"the folder given for '{card.name}' holds no weights.",
            found=f"{given} has no file like {', '.join(WEIGHT_PATTERNS)}",
            remedy=f"Correct --weights {card.name}=PATH.",
        )
    configs = [path for pattern in CONFIG_PATTERNS for path in given.glob(pattern)]
    return {path.name: path for path in sorted(configs + weights)}


def _published_file(
    card: BackboneCard, offline: bool, downloads: Path, stamps: Stamps, progress: Progress | None
) -> dict[str, Path]:
    assert card.weights is not None
    assert card.weights.url is not None
    url, expected = card.weights.url, card.weights.sha256
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    path = downloads / f"{expected}-{name}"
    if path.exists() and _sha256(path, stamps) != expected:
        set_aside(path, "its SHA-256 is not the card's")
    if offline and not path.exists():
        raise DataError(
            f"the weights of '{card.name}' are not on this machine.",
            found=f"found: --offline, and nothing at {path}",
            remedy=f"Run once without --offline, or give --weights {card.name}=PATH.",
        )

    def fetch(temporary: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        download(url, part, progress)
        found = _sha256(part, stamps)
        if found != expected:
            aside = set_aside(part, "its SHA-256 is not the card's")
            raise DataError(
                f"{url} is not the file that '{card.name}' was published with.",
                found=f"SHA-256 {found}, expected {expected}; it lies at {aside}",
                remedy=f"Try again; if it stays so, get the weights elsewhere and give --weights {card.name}=PATH.",
            )
        part.replace(temporary)

    once(path, fetch)
    return {name: path}


def _identified(card: BackboneCard, files: Mapping[str, Path], stamps: Stamps) -> ResolvedWeights:
    digests = {name: _sha256(path, stamps) for name, path in files.items()}
    whole = next(iter(digests.values())) if len(digests) == 1 else canonical.digest(digests)
    identity: dict[str, Any] = {"digest": whole, "files": digests}
    if card.weights is not None and card.weights.sha256 is not None:
        identity["matches_card"] = card.weights.sha256 in digests.values()
    return ResolvedWeights(dict(files), identity)


def _sha256(path: Path, stamps: Stamps) -> str:
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
