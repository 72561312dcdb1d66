"""How does a file come from the network, in spite of the network?"""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import urlsplit

from emobench.domain.errors import DataError
from emobench.files.atomic import explained

Progress = Callable[[int, int | None], None]
CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30.0
TRIES = 3
BROKEN = (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError)
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
RANGE_NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206


class DownloadError(DataError):
    """The bytes did not come: ``cause`` says why, without the address; ``status`` is the last answer, if any."""

    def __init__(self, url: str, cause: str, remedy: str, status: int | None) -> None:
        super().__init__(f"'{url}' cannot be downloaded.", found=f"found: {cause}", remedy=remedy)
        self.cause, self.status = cause, status


def download(
    url: str,
    part: Path,
    progress: Progress | None = None,
    pause_seconds: float = 1.0,
    headers: Mapping[str, str] | None = None,
    *,
    size: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Fetch ``url`` into ``part``, going on where an earlier attempt stopped.

    It is given up after three attempts in a row that brought nothing new, with pauses that double; a server that
    breaks off again and again is asked as long as it gets further. ``progress`` is called with the bytes so far and
    the total (None where the server does not say), ``say`` with a line before every new attempt. ``headers`` may hold
    secrets: no host but that of ``url`` is sent them. ``size``, where it is known: a server that has or sends more or
    less is refused. What arrived stays in ``part`` when it fails. Nothing else is verified here.

    Raises:
        DownloadError: the server refuses, has another size, or brought nothing new in three attempts.
        DataError: not http(s).
        EmobenchError: the disk is full, read-only or forbidden.
    """
    if not url.startswith(("https://", "http://")):
        raise DataError(f"'{url}' cannot be downloaded.", found="found: no http or https address")
    with explained(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    furthest, in_vain = _length(part), 0
    while True:
        try:
            return _attempt(url, part, progress, headers or {}, size)
        except urllib.error.HTTPError as problem:
            cause, status = f"the server answered {problem.code} {problem.reason}", problem.code
            problem.close()
            if status not in WORTH_ANOTHER_TRY:
                raise DownloadError(url, cause, "Look whether the address still exists.", status) from None
        except BROKEN as problem:
            cause, status = _cause(problem), None
        in_vain = 1 if _length(part) > furthest else in_vain + 1
        furthest = max(furthest, _length(part))
        if in_vain == TRIES:
            raise DownloadError(url, f"{cause}, {TRIES} times", "Try again: it goes on where it stopped.", status)
        pause = pause_seconds * 2 ** (in_vain - 1)
        say(f"{urlsplit(url).hostname}: {cause}; trying again in {pause:.0f} s")
        time.sleep(pause)


def _cause(problem: BaseException) -> str:
    reason = getattr(problem, "reason", problem)
    return getattr(reason, "strerror", None) or str(reason) or type(problem).__name__


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


class _Redirect(urllib.request.HTTPRedirectHandler):
    """Follows a redirect, with the headers that are for one host only where it stays there."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urlsplit(new.full_url)[:2] == urlsplit(req.full_url)[:2]:
            for key, value in req.unredirected_hdrs.items():
                new.add_unredirected_header(key, value)
        return new


def _attempt(url: str, part: Path, progress: Progress | None, own: Mapping[str, str], size: int | None) -> None:
    have = _length(part)
    headers = {"User-Agent": "emobench", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http(s) was asserted above
    for key, value in own.items():
        request.add_unredirected_header(key, value)
    try:
        with urllib.request.build_opener(_Redirect()).open(request, timeout=TIMEOUT_SECONDS) as answer:
            start = have if _goes_on_at(answer, have) else 0
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length else None
            if size is not None and total is not None and total != size:
                raise _other_size(url, f"{total:,} bytes", size)
            with explained(part), part.open("r+b" if part.exists() else "wb") as file:
                file.truncate(start)
                file.seek(start)
                _copy(answer, file, total, progress, url, size)
    except urllib.error.HTTPError as problem:
        if not have or problem.code != RANGE_NOT_SATISFIABLE:
            raise
        complete = problem.headers.get("Content-Range", "") == f"bytes */{have}"
        problem.close()
        if complete and size is not None and size != have:
            raise _other_size(url, f"{have:,} bytes", size) from None
        if not complete:
            part.unlink()  # longer than the whole file: another file once had this name
            _attempt(url, part, progress, own, size)


def _goes_on_at(answer: http.client.HTTPResponse, have: int) -> bool:
    wanted = f"bytes {have}-"
    return answer.status == PARTIAL_CONTENT and answer.headers.get("Content-Range", "").startswith(wanted)


def _copy(
    answer: http.client.HTTPResponse, file: BinaryIO, total: int | None, progress: Progress | None, url: str,
    size: int | None,
) -> None:  # fmt: skip
    while chunk := answer.read(CHUNK_BYTES):
        if size is not None and file.tell() + len(chunk) > size:
            raise _other_size(url, f"more than {size:,} bytes", size)
        file.write(chunk)
        if progress is not None:
            progress(file.tell(), total)
    expected = total if total is not None else size
    if expected is not None and file.tell() < expected:
        raise ConnectionError(f"the connection broke after {file.tell()} of {expected} bytes")


def _other_size(url: str, sent: str, size: int) -> DownloadError:
    cause = f"the server sends {sent}; the published file has {size:,}"
    return DownloadError(
        url, cause, "Look whether that is still the address: a page of a login or a proxy, perhaps.", None
    )
