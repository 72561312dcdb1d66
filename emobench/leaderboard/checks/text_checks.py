"""Does a text say who made it and where, or carry more than text?"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

LONGEST_TEXT = 4000
MOST_TOLD = 10
# What no text needs: control characters, surrogates, private use, unassigned; marks that change direction or do not
# show (all of class Cf); ends of lines and paragraphs.
UNWANTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
PLAIN = re.compile(r"[A-Za-z0-9_ .,+()=-]*")  # what nothing forbidden but the name of a machine is written with
NAMES = re.compile(r"\.[a-z]|localhost|--", re.IGNORECASE)
HUB = re.compile(r"\bhf:[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[A-Za-z0-9][\w./-]*)?")
URL = re.compile(r"\bhttps?://(?![^\s/]*@)[A-Za-z0-9][A-Za-z0-9.-]*(?=[/:?#\s)\],;]|$)[^\s<>\"'\\]*")
BEGIN = r"(?:^|[\s\"'`=(\[{,;:<>|!&])"
FORBIDDEN: Mapping[str, re.Pattern[str]] = {
    "markup": re.compile(
        r"<(?!path>)[A-Za-z/!?]|</|&(?:[A-Za-z]+|#x?[0-9A-Fa-f]+);|\]\(|\bjavascript:|\bvbscript:|\bdata:[a-z]+/",
        re.IGNORECASE,
    ),
    "an absolute path": re.compile(
        rf"{BEGIN}/+[\w.~@%+-]"
        rf"|{BEGIN}~[\w.-]*[/\\]"
        r"|(?<![A-Za-z])[A-Za-z]:[\\/]"
        r"|\\\\[\w.?]"
        r"|\bfile:/"
        r"|\$\{?HOME\b|%(?:USERPROFILE|HOMEPATH|APPDATA)%",
        re.IGNORECASE,
    ),
    "a home folder": re.compile(r"(?:^|[/\\])(?:home|Users|Documents and Settings)[/\\][\w.-]", re.IGNORECASE),
    "the name of a person or machine": re.compile(
        r"[\w.+-]+@(?!random\b)[\w-]"
        r"|\b[\w-]+\.(?:local|localdomain|lan|internal|intranet|corp)\b"
        r"|\blocalhost\b"
        r"|--(?:user|username|host|hostname|password|token)\b"
        r"|://",  # what is left of addresses: other schemes, and those with a user in them
        re.IGNORECASE,
    ),
}
ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
VERSIONS = (".versions", ".random", ".distributions")


def wrong_with(text: str) -> str:
    """What a text may not have; an empty string when it is clean."""
    if len(text) > LONGEST_TEXT:
        return f"{len(text)} characters, at most {LONGEST_TEXT}"
    return _wrong_with(text)


@lru_cache(maxsize=8192)  # records of one board have most texts in common
def _wrong_with(text: str) -> str:
    if PLAIN.fullmatch(text) and not NAMES.search(text):
        return ""
    if not text.isascii() or not text.isprintable():
        for mark in text:
            if unicodedata.category(mark) in UNWANTED:
                return f"the character U+{ord(mark):04X}"
    plain = URL.sub(" ", HUB.sub(" ", text))
    for kind, pattern in FORBIDDEN.items():
        found = pattern.search(plain)
        if found:
            return f"{kind}: {found[0].strip()!r}"
    return ""


def text_problems(data: Any) -> list[str]:
    """Where a text of JSON data is not clean, names of fields too; at most ten."""
    suspects = {text for text in _different(data) if wrong_with(text) or ADDRESS.search(text)}
    if not suspects:
        return []
    found: dict[str, str] = {}
    for place, text in _texts(data, ""):
        if text in suspects and text not in found:
            wrong = wrong_with(text)
            if not wrong and not place.rpartition(".")[0].endswith(VERSIONS):
                wrong = "the address of a machine"
            if wrong:
                found[text] = f"{place or 'top'}: {wrong}"
    return _first(list(found.values()))


def texts_problems(texts: Iterable[str], where: str) -> list[str]:
    """The same for plain texts that stand in one place."""
    return _first([f"{where}: {wrong}" for wrong in map(wrong_with, texts) if wrong])


def _first(found: list[str]) -> list[str]:
    more = len(found) - MOST_TOLD
    return found if more <= 0 else [*found[:MOST_TOLD], f"and {more} more"]


def _different(data: Any) -> set[str]:
    """All texts of JSON data, each once."""
    found: set[str] = set()
    left: list[Any] = [[data]]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found.update(value)
            value = value.values()
        for inner in value:
            if isinstance(inner, str):
                found.add(inner)
            elif isinstance(inner, (dict, list)):
                left.append(inner)
    return found


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield f"{place}.{name}" if place else name, name
            yield from _texts(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if not isinstance(inner, (int, float)):
                yield from _texts(inner, f"{place}[{index}]")
