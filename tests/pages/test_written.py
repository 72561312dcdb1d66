"""Does a text from a record stay text, whatever it holds?"""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from site_toys import HOSTILE, LONG

from emobench.pages.written import data_block, lines, outside, plain_word, prose, word


class Seen(HTMLParser):
    """The elements and the text of a piece of HTML."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.attributes = [], "", []
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@given(st.text())
@example(HOSTILE)
@example(LONG)
def test_a_word_is_one_element_with_one_line_in_it(text):
    """Whatever the text, there is one `bdi`; what it shows has no control character and no mark of direction."""
    seen = Seen(word(text))
    assert seen.elements == ["bdi"]
    assert seen.text.replace("\u3000", "").isprintable()
    assert len(seen.text) <= 80
    assert {name for name, _ in seen.attributes} <= {"title"}


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=80))
def test_a_short_printable_word_is_itself(text):
    """Letters, digits and signs, `<` and `&` among them, are read as they are."""
    assert Seen(word(text)).text == text
    assert plain_word(text) == text


def test_a_long_text_is_clamped_and_whole_behind_a_fold():
    """Ten thousand characters show a beginning, and all of them when the fold opens."""
    seen = Seen(lines(LONG))
    assert seen.elements == ["details", "summary", "bdi", "bdi"]
    assert seen.text.count("x") >= 10_000
    assert len(Seen(word(LONG)).text) == 80


@given(st.text())
@example(HOSTILE + "`*")
@example("`<b>` *<i>*")
def test_prose_draws_code_and_stress_and_nothing_else(text):
    """Backticks and stars are all that a sentence of a board may draw with."""
    assert set(Seen(prose(text)).elements) <= {"code", "em", "details", "summary", "bdi"}


def test_prose_reads_backticks_and_stars():
    """What they hold is code, and stressed."""
    assert str(prose("see `a*b*` and *this*")) == "see <code>a*b*</code> and <em>this</em>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/x",
        "http://",
        "https://a b",
        "HTTP:\nx",
        "http://[",
        "",
        HOSTILE,
    ],
)
def test_only_sound_addresses_are_linked(address):
    """What is not http or https with a host is text."""
    assert "a" not in Seen(outside(address)).elements


def test_an_address_of_a_paper_is_linked():
    """Http and https lead outside, without telling where from."""
    seen = Seen(outside("https://arxiv.org/abs/1?x=<&y=\"'"))
    assert dict(seen.attributes)["href"] == "https://arxiv.org/abs/1?x=<&y=\"'"
    assert dict(seen.attributes)["rel"] == "noopener noreferrer"


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@example([HOSTILE, "\u2028\u2029\ud800<!--"])
def test_data_ends_no_element_and_is_read_back(value):
    """JSON inside a script element has no sign that HTML reads, and says what it said."""
    text = str(data_block(value))
    assert text.isascii()
    assert not set(text) & set("<>&")
    assert json.loads(text) == value


def test_numbers_that_are_none_are_refused():
    """NaN is no JSON."""
    with pytest.raises(ValueError, match="JSON"):
        data_block([float("nan")])
