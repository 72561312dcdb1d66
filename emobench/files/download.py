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
) -> None:
    """Fetch ``url`` into ``part``, going on where an earlier attempt stopped.

    Three attempts, with a pause that doubles. ``progress`` is called with the bytes so far and the total (None where
    the server does not say). ``headers`` may hold secrets: no host but that of ``url`` is sent them. What arrived
    stays in ``part`` when it fails. Nothing is verified here.

    Raises:
        DownloadError: the server refuses, or it stopped in all attempts.
        DataError: not http(s).
        EmobenchError: the disk is full, read-only or forbidden.
    """
    if not url.startswith(("https://", "http://")):
        raise DataError(f"'{url}' cannot be downloaded.", found="found: no http or https address")
    with explained(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(TRIES):
        try:
            _attempt(url, part, progress, headers or {})
        except urllib.error.HTTPError as problem:
            cause, status = f"the server answered {problem.code} {problem.reason}", problem.code
            problem.close()
            if status not in WORTH_ANOTHER_TRY:
                raise DownloadError(url, cause, "Look whether the address still exists.", status) from None
        except BROKEN as problem:
            cause, status = str(getattr(problem, "reason", problem)) or type(problem).__name__, None
        else:
            return
        if attempt + 1 < TRIES:
            time.sleep(pause_seconds * 2**attempt)
    raise DownloadError(url, f"{cause}, {TRIES} times", "Try again: it goes on where it stopped.", status)


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


def _attempt(url: str, part: Path, progress: Progress | None, own: Mapping[str, str]) -> None:
    have = part.stat().st_size if part.exists() else 0
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
            with explained(part), part.open("r+b" if part.exists() else "wb") as file:
                file.truncate(start)
                file.seek(start)
                _copy(answer, file, total, progress)
    except urllib.error.HTTPError as problem:
        if not have or problem.code != RANGE_NOT_SATISFIABLE:
            raise
        complete = problem.headers.get("Content-Range", "") == f"bytes */{have}"
        problem.close()
        if not complete:
            part.unlink()  # longer than the whole file: another file once had this name
            _attempt(url, part, progress, own)


def _goes_on_at(answer: http.client.HTTPResponse, have: int) -> bool:
    wanted = f"bytes {have}-"
    return answer.status == PARTIAL_CONTENT and answer.headers.get("Content-Range", "").startswith(wanted)


def _copy(answer: http.client.HTTPResponse, file: BinaryIO, total: int | None, progress: Progress | None) -> None:
    while chunk := answer.read(CHUNK_BYTES):
        file.write(chunk)
        if progress is not None:
            progress(file.tell(), total)
    if total is not None and file.tell() < total:
        raise ConnectionError(f"the connection broke after {file.tell()} of {total} bytes")
