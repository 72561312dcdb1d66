"""How does a value become the same bytes, and so the same digest, everywhere?"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

SIGNIFICANT_DIGITS = 6
PLAIN = frozenset({str, int, bool, type(None)})  # most of what records hold, and known at once


def plain(value: Any) -> Any:
    """Turn models, tuples and mappings into what JSON knows.

    Raises:
        ValueError: for NaN, infinity, and types that JSON does not have.
    """
    if type(value) in PLAIN:
        return value
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a number that a record can hold")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError(f"{type(value).__name__} is not data")


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, NaN refused."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def digest_of_json(value: Any) -> str:
    """The same as ``digest`` for what ``json.loads`` gave, which is plain already, in a fraction of the time.

    Raises:
        ValueError: for NaN and infinity (``1e999`` is a number of JSON, and infinite when read).
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def rounded(value: Any) -> Any:
    """The plain form of ``value`` with every float cut to six significant digits, as records store them."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value if value is None or isinstance(value, (str, int)) else rounded(plain(value))
