"""Is an SVG nothing but a drawing? One from a stranger could hold a program, which a browser that opens it would run.

``emobench leaderboard validate`` looks closer, and says what is wrong; this is for every picture of every build.
"""

import re

ELEMENTS = frozenset(
    {
        *("svg", "g", "defs", "image", "path", "use", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "clipPath", "style", "metadata", "rdf:RDF", "cc:Work", "cc:Agent"),
        *("dc:type", "dc:format", "dc:creator", "dc:title"),
    }
)
ELEMENT = re.compile(r"<\s*/?\s*([A-Za-z_][\w:.-]*)")
# What acts: handlers, entities and instructions, and references to anything but the picture's own parts. Each begins
# with letters of its own, which are found much sooner than alternatives are tried.
ACTING = tuple(
    re.compile(mark)
    for mark in (
        r"on(?<=[\s/\"']on)[a-z]+\s*=",
        r"href\s*=\s*(?!\"(?:#|data:image/png;base64,)|'(?:#|data:image/png;base64,))",
        r"url\((?!\s*[\"']?#)",
        r"<\?(?!xml\s+version)",
        r"<!entity",
        r"&#",
        r"@import",
        r"javascript:",
        r"[\x00-\x08\x0b\x0c\x0e-\x1f]",
    )
)
LARGEST = 2_000_000  # bytes, as `validate` has it


def inert(picture: bytes) -> bool:
    """Whether a picture holds known elements of drawings only, and nothing that acts or loads."""
    if len(picture) > LARGEST:
        return False
    try:
        text = picture.decode("utf-8")
    except UnicodeDecodeError:
        return False
    small = text.lower()
    return not any(mark.search(small) for mark in ACTING) and set(ELEMENT.findall(text)) <= ELEMENTS
