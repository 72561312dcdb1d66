"""Does a card name a licence and a source, or does a placeholder stand in their place?"""

import re

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

PLACEHOLDERS = frozenset(
    {
        "todo", "tbd", "tba", "fixme", "xxx", "unknown", "unspecified", "placeholder", "unlicensed", "none", "null",
        "noassertion", "your",
    }
)  # fmt: skip
URL = re.compile(r"https://[^\s/]+\.[^\s]+")
OPEN_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
YEAR = re.compile(r"(?<!\d)(1[89]|20)\d\d(?!\d)")
AUTHOR = re.compile(r"[^\W\d_]{2,}")
IN_QUOTES = re.compile(r"'[^']*[^\W\d_]{2,}[^']*'|\"[^\"]*[^\W\d_]{2,}[^\"]*\"")
WORD = re.compile(r"[^\W_]+")


def licence_fault(licence: str) -> str:
    """What is wrong with a licence; empty where it is an SPDX expression, or where terms of their own are named.

    An expression may be written with spaces for hyphens, as authors of corpora do (``CC BY-NC-SA 4.0``). Terms of
    their own are named by a ``LicenseRef-...``, an ``https`` URL, or a title in quotes.
    """
    if not licence.strip():
        return "it is empty"
    if word := placeholder_in(licence):
        return f"{licence!r} holds the placeholder {word!r}"
    if spdx(licence) or spdx(licence.strip().replace(" ", "-")) or URL.search(licence) or IN_QUOTES.search(licence):
        return ""
    return (
        f"{licence!r} is no SPDX expression (https://spdx.org/licenses); terms of their own are named by an https URL, "
        "by LicenseRef-NAME, or by their title in quotes"
    )


def source_fault(source: str) -> str:
    """What is wrong with a citation or paper; empty where it has a URL, or an author and a year."""
    if not source.strip():
        return "it is empty"
    if word := placeholder_in(source):
        return f"{source!r} holds the placeholder {word!r}"
    if OPEN_URL.search(source) or (YEAR.search(source) and AUTHOR.search(source)):
        return ""
    return f"{source!r} has neither a URL nor an author with a year"


def placeholder_in(text: str) -> str:
    """The first word of a text, outside of URLs, that stands where something else should; empty where none does."""
    words = (word for word in WORD.findall(OPEN_URL.sub(" ", text)) if word.lower() in PLACEHOLDERS)
    return next(words, "")


def spdx(expression: str) -> str:
    """A licence expression as SPDX writes it; empty for any other text."""
    try:
        return canonicalize_license_expression(expression)
    except InvalidLicenseExpression:
        return ""
