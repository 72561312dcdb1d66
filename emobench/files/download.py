"""How does a file come from the network, in spite of the network?"""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

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


def download(url: str, part: Path, progress: Progress | None = None, pause_seconds: float = 1.0) -> None:
    """Fetch ``url`` into ``part``, going on where an earlier attempt stopped.

    Three attempts, with a pause that doubles. ``progress`` is called with the bytes so far and the total (None where
    the server does not say). What arrived stays in ``part`` when it fails. Nothing is verified here.

    Raises:
        DataError: not http(s), the server refuses, or it stopped in all attempts.
        EmobenchError: the disk is full, read-only or forbidden.
    """
    if not url.startswith(("https://", "http://")):
        raise DataError(f"'{url}' cannot be downloaded.", found="found: no http or https address")
    with explained(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(TRIES):
        try:
            _attempt(url, part, progress)
        except urllib.error.HTTPError as problem:
            cause = f"the server answered {problem.code} {problem.reason}"
            problem.close()
            if problem.code not in WORTH_ANOTHER_TRY:
                raise _failed(url, cause, "Look whether the address still exists.") from None
        except BROKEN as problem:
            cause = str(getattr(problem, "reason", problem)) or type(problem).__name__
        else:
            return
        if attempt + 1 < TRIES:
            time.sleep(pause_seconds * 2**attempt)
    raise _failed(url, f"{cause}, {TRIES} times", "Try again: it goes on where it stopped.")


def _attempt(url: str, part: Path, progress: Progress | None) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "emobench", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http(s) was asserted above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
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
            _attempt(url, part, progress)


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


def _failed(url: str, cause: str, remedy: str) -> DataError:
    return DataError(f"'{url}' cannot be downloaded.", found=f"found: {cause}", remedy=remedy)
