"""Can a picture beside a record do nothing but be looked at?"""

import pytest
from record_mutations import BOARDS

from emobench.leaderboard.checks.picture_checks import picture_problems

PICTURES = sorted(BOARDS.glob("*/records/*/*/*.svg"))
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def test_committed_pictures_are_plain():
    """What matplotlib draws for us has nothing that is refused."""
    assert PICTURES
    assert [picture_problems(path.read_bytes()) for path in PICTURES] == [[]] * len(PICTURES)


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        "<g onload='x()'/>",
        "<foreignObject/>",
        "<a href='https://example.org'/>",
        "<image xlink:href='https://example.org/a.png'/>",
        "<image xlink:href='data:image/svg+xml;base64,AAAA'/>",
        "<image xlink:href='/tmp/a.png'/>",
        "<use href='other.svg#x'/>",
        "<use xlink:href='javascript:x'/>",
        "<style>@import 'x.css';</style>",
        "<style>*{fill: url(https://example.org/x)}</style>",
        "<style><g/>@import url(https://example.org/x.css);</style>",
        "<style>a{fill:ur<!-- -->l(https://example.org/x)}</style>",
        "<g style='fill: url(https://example.org/x)'/>",
        "<rect fill='url(x.svg#a)'/>",
        "<animate/>",
        "<set attributeName='href'/>",
        "<dc:date>2020</dc:date>",
        "<text>/home/joe</text>",
        "<!-- joe@host.example -->",
        "<?xml-stylesheet href='x'?>",
        "<![CDATA[x]]>",
        "<g>" * 100 + "</g>" * 100,
        "<g>",
    ],
)
def test_what_a_picture_may_not_have(inner):
    """Scripts, handlers, links to elsewhere, styles that load, other elements, and texts that no record may have."""
    assert len(picture_problems(f"{HEAD}{inner}</svg>".encode())) == 1


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_no_entity_is_declared(head):
    """A document type of its own is refused before anything is expanded or loaded."""
    assert picture_problems(f"{head}{HEAD}</svg>".encode())


@pytest.mark.parametrize("content", [b"", b"<svg", b"\xff\xfe", b"no picture", "<svg/>".encode("utf-16")])
def test_what_is_no_picture(content):
    """Bytes that are no SVG in UTF-8 are one finding."""
    assert len(picture_problems(content)) == 1
