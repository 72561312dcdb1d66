"""How does one file of a Hub repository come into the cache, in spite of the network and of kills?"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from emobench.files.download import TRIES, download
from emobench.files.hub_cache import Listed, Place
from emobench.files.hub_errors import Asked, HubDown, damaged, hub_errors

Report = Callable[[int], None]
T = TypeVar("T")
SHA256 = re.compile(r"[0-9a-f]{64}")
AGAIN = "Try again; if it stays so, tell who published it"
PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Wanted:
    """A file that is wanted in the cache: where from, where to, of which commit, and what the Hub lists of it."""

    asked: Asked
    place: Place
    commit: str
    name: str
    listed: Listed

    @property
    def pointer(self) -> Path:
        """The file's name in the snapshot."""
        return self.place.folder / "snapshots" / self.commit / self.name

    @property
    def blob(self) -> Path:
        """The bytes of a large file, which the cache calls by their SHA-256."""
        return self.place.folder / "blobs" / str(self.listed.sha256)

    @property
    def part(self) -> Path:
        """What arrived of them, under the name that huggingface_hub knows."""
        return self.blob.with_name(f"{self.blob.name}.incomplete")

    @property
    def url(self) -> str:
        """Where the Hub gives the bytes, or redirects to who does."""
        from huggingface_hub import hf_hub_url

        return hf_hub_url(
            self.asked.repo,
            self.name,
            repo_type=self.asked.kind,
            revision=self.commit,
            endpoint=self.asked.endpoint,
        )


def fetch_file(wanted: Wanted, report: Report) -> Path:
    """Fetch one file into the cache; ``report`` is called with the bytes of it so far.

    huggingface_hub (2.4) keeps nothing of a download that is interrupted. Large files, those that the Hub knows
    the SHA-256 of, are therefore fetched and verified here; huggingface_hub then finds the bytes and makes the entry
    in the snapshot. Small ones are left to it.

    Raises:
        HubDown: the Hub is out of reach or fails, in all tries.
        DataError: not ours to see, or damaged twice.
        EmobenchError: the disk is full, read-only or forbidden.
    """
    brought = _is_ours(wanted) and _bring(wanted, report)
    path = _persistently(wanted.asked, lambda: _entered(wanted, report))
    if brought and not path.is_symlink():  # without symlinks the entry is a copy, and nothing points to the blob
        with suppress(OSError):  # what stays behind takes room and harms nothing
            wanted.blob.unlink()
    return path


def _is_ours(wanted: Wanted) -> bool:
    """Whether we fetch the bytes: they are large, not here, and huggingface_hub will find them by the same name."""
    if not SHA256.fullmatch(wanted.listed.sha256 or "") or wanted.pointer.exists() or wanted.blob.exists():
        return False
    if "@" in urlsplit(wanted.asked.endpoint).netloc:  # a password in the address, which urllib does not take
        return False
    return _persistently(wanted.asked, lambda: _etag(wanted)) == wanted.listed.sha256


def _etag(wanted: Wanted) -> str | None:
    """What the Hub calls the bytes, asked by huggingface_hub: its errors tell why a repository is not ours to see."""
    from huggingface_hub import constants, get_hf_file_metadata

    timeout = constants.HF_HUB_ETAG_TIMEOUT
    return get_hf_file_metadata(wanted.url, timeout=timeout, library_name="emobench").etag


def _bring(wanted: Wanted, report: Report) -> bool:
    """Fetch and verify the bytes; False when another process was faster."""
    with hub_errors(wanted.asked), _alone(wanted):
        if wanted.blob.exists():
            return False
        digest = _arrived(wanted, report)
        if digest != wanted.listed.sha256:
            wanted.part.unlink()
            digest = _arrived(wanted, report)
        if digest != wanted.listed.sha256:
            raise damaged(wanted.asked, wanted.name, wanted.part, digest, AGAIN)
        wanted.part.replace(wanted.blob)
    return True


@contextmanager
def _alone(wanted: Wanted) -> Iterator[None]:
    """Hold the lock under which older versions of huggingface_hub, in other programs, write to the same ``part``."""
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # exported, but not as mypy asks for

    lock = wanted.place.cache / ".locks" / wanted.place.folder.name / f"{wanted.blob.name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(lock):
        yield


def _arrived(wanted: Wanted, report: Report) -> str:
    """The SHA-256 of the file once all of it is in ``part``."""
    from huggingface_hub import constants, get_token

    have = wanted.part.stat().st_size if wanted.part.exists() else None
    report(have or 0)
    if have is None or have != wanted.listed.size:
        token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        download(wanted.url, wanted.part, lambda done, _: report(done), PAUSE_SECONDS, headers)
    with wanted.part.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entered(wanted: Wanted, report: Report) -> Path:
    """The file's entry in the snapshot, made by huggingface_hub, with the bytes where they are not here yet."""
    from huggingface_hub import hf_hub_download

    path = hf_hub_download(
        wanted.asked.repo,
        wanted.name,
        repo_type=wanted.asked.kind,
        revision=wanted.commit,
        cache_dir=wanted.place.cache,
        endpoint=wanted.asked.endpoint,
        library_name="emobench",
        tqdm_class=_bar(report),
    )
    return Path(path)


def _persistently(asked: Asked, ask: Callable[[], T]) -> T:
    """The answer of a Hub that may be out of reach for a moment."""
    for attempt in range(TRIES):
        try:
            with hub_errors(asked):
                return ask()
        except HubDown:
            if attempt + 1 == TRIES:
                raise
            time.sleep(PAUSE_SECONDS * 2**attempt)
    raise AssertionError("the last try returns or raises")


def _bar(report: Report) -> Any:
    """What huggingface_hub takes for a class of progress bars, and what draws nothing."""

    class Bar:
        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            self.total, self.n = None, initial
            report(initial)

        def update(self, amount: int = 1) -> None:
            self.n += amount
            report(self.n)

        def nothing(self, *_: object, **__: object) -> None:
            """Rates, and what went over the wire, where bytes are fewer than the file has."""

        def __enter__(self) -> Self:
            return self

        update_transfer = set_postfix_str = set_transfer_postfix_str = refresh = close = __exit__ = nothing

    return Bar
