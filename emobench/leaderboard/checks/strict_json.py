"""What does a JSON file hold, read as strictly as JSON is written? Nothing stands twice, nothing is without end."""

import json
import math
from pathlib import Path
from typing import Any

from emobench.leaderboard.checks.findings import Finding

LARGEST_JSON = 5_000_000  # bytes; the largest record so far has 0.8 MB
LONGEST_INTEGER = 19  # digits


def read_strictly(path: Path) -> tuple[bytes, Any, list[Finding]]:
    """The bytes of a file, what they say (None where they cannot be read), and what is wrong with them."""
    try:
        size = path.stat().st_size
        content = b"" if size > LARGEST_JSON else path.read_bytes()
    except OSError as problem:
        return b"", None, [Finding("json", path, f"cannot be read: {type(problem).__name__}")]
    if size > LARGEST_JSON:
        return b"", None, [Finding("files", path, f"{size} bytes, at most {LARGEST_JSON}")]
    try:
        data = json.loads(
            content.decode("utf-8"),
            parse_constant=_refused,
            parse_float=_number,
            parse_int=_integer,
            object_pairs_hook=_each_once,
        )
    # Objects and lists without end are a RecursionError of the reader.
    except (ValueError, RecursionError) as problem:
        return content, None, [Finding("json", path, f"not strict JSON: {problem}")]
    return content, data, []


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is beyond what a number can be")
    return number


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(name for name in names if names.count(name) > 1)}' stands twice in one object")
    return found
