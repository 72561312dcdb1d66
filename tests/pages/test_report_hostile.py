"""Does anything in a record change a report but its own text?"""

import re
from functools import cache

import pytest
from page_parts import Parts
from resealed import committed, renamed

from emobench.domain.names import on_one_line
from emobench.pages.report import report_page
from emobench.pages.report_entries import read_entries

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of a data block": "</script><img src=x onerror=alert(1)>",
    "quotes": "\"'><b onmouseover=alert(1)>",
    "lines": "one\ntwo\r\n\x00\x07three",
    "right to left": "\u202egnorw\u2066\u200f",
    "templates": "{{ 7 * 7 }} {% raw %}",
    "entities": "&lt;&amp;&#60;",
    "javascript": "javascript:alert(1)",
}
ALL = "".join(text for kind, text in HOSTILE.items() if kind != "javascript")
PLACES = ("logmel", "happy", "dynamic", "CC0-1.0", "synthetic-speech", "pooling")
KEY = re.compile("[0-9a-f]{64}")  # of a record: that of other names is another
CASES = [("layerwise", text) for text in HOSTILE.values()] + [("cross_domain", ALL), ("fad_bias", ALL)]


def page_of(folder, name, task, ending):
    """The page of a record in which every one of `PLACES` is another text, in the same order."""
    names = {place: f"{place}{name}" for place in PLACES}  # in the order of the harmless ones
    path = committed(task, "logmel", dataset="synthetic-speech")  # the smallest
    return report_page(read_entries([renamed(path, folder, names, name=ending)]))


@pytest.fixture(scope="module")
def like_it(tmp_path_factory):
    """The page of a task with harmless names of a length, made once."""

    @cache
    def page(task, length):
        return Parts(page_of(tmp_path_factory.mktemp("harmless"), "HARMLESS".ljust(length, "-"), task, "harmless"))

    return page


@pytest.mark.parametrize(("task", "text"), CASES, ids=[*HOSTILE, "pair", "bias"])
def test_a_hostile_text_changes_nothing_but_itself(tmp_path, like_it, task, text):
    """The page has the elements, attributes and other texts of a page with harmless names, and no control character."""
    hostile = Parts(page_of(tmp_path, text, task, "hostile"))
    harmless = like_it(task, len(on_one_line(text)) if text == ALL else 8)
    assert hostile.tags == harmless.tags
    assert len(hostile.texts) == len(harmless.texts)
    for mine, theirs in zip(hostile.texts, harmless.texts, strict=True):
        assert mine == theirs or "HARMLESS" in theirs or KEY.fullmatch(theirs)
        assert all(letter.isprintable() or letter in "\n\t" for letter in mine)
    assert len(hostile.data) == len(harmless.data)


@pytest.mark.parametrize("task", ["layerwise", "fad_bias"])
def test_a_very_long_text_is_cut_or_folded(tmp_path, task):
    """Texts of 10,000 letters leave headings, charts and cells as long as others'; whole they stand in folds."""
    parts = Parts(page_of(tmp_path, "x" * 10_000, task, "long"))
    assert max(len(str(value)) for spec in parts.data for value in _texts(spec)) < 1000
    shown = [text for text in parts.texts if len(text) > 1000]
    assert all(text.startswith("x" * 1000) or "x" * 1000 in text for text in shown)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
