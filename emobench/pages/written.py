"""How does a text from a record stand on a page? As itself, on one line, clamped where it is long; never as markup."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from emobench.domain.names import on_one_line

STRESS = re.compile(r"\*(\w[^*]*)\*")
LONGEST_PROSE = 4000
LONGEST = 80  # characters; the whole is in the tooltip


def word(text: object, longest: int = LONGEST) -> Markup:
    """A text that runs its own way (``bdi``) and moves nothing beside it; control characters are spelled out."""
    return _word(str(text), longest)


@lru_cache(maxsize=8192)
def _word(text: str, longest: int) -> Markup:
    whole = shown(text)
    if len(whole) <= longest:
        return Markup("<bdi>{}</bdi>").format(whole)
    return Markup('<bdi title="{}">{}…</bdi>').format(whole, whole[: longest - 1])


def shown(text: str) -> str:
    """A text on one line, with control characters and marks of direction spelled out."""
    return text if text.isprintable() else on_one_line(text)


def plain_word(text: object, longest: int = LONGEST) -> str:
    """A text where no element can stand (a page's title, an attribute)."""
    whole = shown(str(text))
    return whole if len(whole) <= longest else whole[: longest - 1] + "…"


def address(path: PurePath | str) -> str:
    """A relative path as an address: percent-encoded, and never with a scheme of its own."""
    return quote(path.as_posix() if isinstance(path, PurePath) else path, safe="/")


def outside(url: object) -> Markup:
    """A link where the address is http or https and says a host; else only its text."""
    text = str(url)
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        sound = False
    if not sound:
        return word(text)
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(text, word(text))


def data_block(value: Mapping[str, Any] | list[Any]) -> Markup:
    """JSON that may stand inside a ``<script type="application/json">``: nothing in it ends the element.

    Raises:
        ValueError: for NaN and infinity.
    """
    return htmlsafe_json_dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def lines(text: object) -> Markup:
    """A longer text, clamped by a fold that opens."""
    said = str(text)
    if len(said) <= 4 * LONGEST:
        return _word(said, 40 * LONGEST)
    whole = shown(said)
    folded = Markup('<details class="long"><summary><bdi>{}…</bdi></summary><bdi>{}</bdi></details>')
    return folded.format(whole[: 2 * LONGEST], whole)


def prose(text: str) -> Markup:
    """A sentence of a board or a table: `code` and *stress* are drawn, all else is text."""
    if len(text) > LONGEST_PROSE:
        return lines(text)
    whole = shown(text)
    pieces = whole.split("`")
    if len(pieces) % 2 == 0:
        return escape(whole)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else _stressed(piece) for place, piece in enumerate(pieces)
    )


def _stressed(text: str) -> Markup:
    pieces = STRESS.split(text)
    return Markup("").join(
        Markup("<em>{}</em>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )
