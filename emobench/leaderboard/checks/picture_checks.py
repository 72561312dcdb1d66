"""Is a picture beside a record plain SVG that can do nothing but be looked at?"""

import re
from collections.abc import Mapping
from xml.parsers import expat

from emobench.leaderboard.checks.text_checks import texts_problems, wrong_with

LARGEST_SVG = 2_000_000  # bytes
MOST_ELEMENTS = 100_000
DEEPEST = 64
# What matplotlib writes, and nothing else.
ELEMENTS = frozenset(
    {
        *("svg", "g", "defs", "style", "path", "use", "image", "clipPath", "rect", "text", "tspan", "metadata"),
        *("rdf:RDF", "cc:Work", "cc:Agent", "dc:type", "dc:format", "dc:creator", "dc:title"),
        *("circle", "ellipse", "line", "polyline", "polygon"),
    }
)
PUBLIC = "-//W3C//DTD SVG 1.1//EN"
LINKS = re.compile(r"^(#[\w-]+|data:image/png;base64,[A-Za-z0-9+/=\s]+)$")
STYLED_BADLY = re.compile(r"url\((?!#[\w-]+\))|@|expression|javascript|\\|behavior|binding|image-set", re.IGNORECASE)
# What nearly all attributes are: numbers, colours, names, moves.
HARMLESS = re.compile(r"[\w\s.,;:#%+-]*|(?:(?:translate|scale|rotate|matrix|skew[XY])\([-\d.,\se]*\)\s*)+|url\(#\w+\)")
NAMESPACES = frozenset(
    {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://purl.org/dc/elements/1.1/",
        "http://creativecommons.org/ns#",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://purl.org/dc/dcmitype/StillImage",
    }
)


class _HarmError(ValueError):
    """What a picture may not have."""


class _Looking:
    """Sees every part of a document once, and refuses what is on no list."""

    def __init__(self) -> None:
        self.elements = self.depth = 0
        self.texts: list[str] = []
        self.style: list[str] | None = None  # the text of the style that is open

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.style is not None:
            raise _HarmError(f"element '{name}' in a style")
        self.style = [] if name == "style" else None
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST:
            raise _HarmError("too many elements, or too deep")
        if name not in ELEMENTS:
            raise _HarmError(f"element '{name}'")
        for attribute, value in attributes.items():
            _check_attribute(attribute, value)

    def end(self, _name: str) -> None:
        self.depth -= 1
        if self.style is not None:
            whole, self.style = "".join(self.style), None
            if STYLED_BADLY.search(whole):
                raise _HarmError(f"a style with {whole[:40]!r}")

    def text(self, value: str) -> None:
        if self.style is not None:
            self.style.append(value)
        self.texts.append(value)

    def comment(self, value: str) -> None:
        if self.style is not None:
            raise _HarmError("a comment in a style")
        self.texts.append(value)

    def doctype(self, _name: str, _system: str | None, public: str | None, internal: int) -> None:
        if internal or public != PUBLIC:
            raise _HarmError("a document type other than SVG 1.1's")

    def refuse(self, *_: object) -> int:
        raise _HarmError("an entity, instruction or other declaration")


def picture_problems(content: bytes) -> list[str]:
    """What is wrong with an SVG file; nothing of it is loaded, no entity expanded."""
    looking, parser = _Looking(), expat.ParserCreate(encoding="UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = looking.start, looking.end
    parser.CharacterDataHandler, parser.CommentHandler = looking.text, looking.comment
    parser.StartDoctypeDeclHandler = looking.doctype
    parser.EntityDeclHandler = parser.ProcessingInstructionHandler = looking.refuse
    parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = looking.refuse
    parser.NotationDeclHandler = parser.SkippedEntityHandler = looking.refuse
    parser.StartCdataSectionHandler = looking.refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        content.decode("utf-8")
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError) as problem:
        return [f"not a plain picture: {problem}"]
    return texts_problems((" ".join(text.split()) for text in looking.texts), "text in it")


def _check_attribute(name: str, value: str) -> None:
    local = name.rpartition(":")[2].lower()
    if local.startswith("on"):
        raise _HarmError(f"event handler '{name}'")
    if local in ("href", "src"):
        if not LINKS.match(value):
            raise _HarmError(f"a link to {value[:60]!r}")
        return
    if name.startswith("xmlns") or name == "rdf:resource":
        if value not in NAMESPACES:
            raise _HarmError(f"'{name}' names {value[:60]!r}")
        return
    if name in ("d", "points") or HARMLESS.fullmatch(value):
        return
    if STYLED_BADLY.search(value) or wrong_with(value):
        raise _HarmError(f"'{name}' holds {value[:60]!r}")
