"""Does the page of calls name everything that can be imported, as it is called now?"""

import api_page
import pytest

import emobench
from emobench.api.asking import Flags


def test_the_page_is_fresh():
    """docs/api.md is what `python tests/api_page.py` writes."""
    assert api_page.PAGE.read_text("utf-8") == api_page.page()


@pytest.mark.parametrize("name", emobench.__all__)
def test_every_name_has_a_line(name):
    """Every exported name has a heading of its own, a signature that begins with it, and a sentence."""
    text = api_page.PAGE.read_text("utf-8")
    _, heading, below = text.partition(f"\n### `{name}`\n\n```python\n{name}")
    assert heading
    assert below.partition("```\n\n")[2].partition("\n")[0].endswith((".", "`."))


def test_every_keyword_has_a_line():
    """Each keyword of `run` stands in the table with what it means."""
    text = api_page.PAGE.read_text("utf-8")
    for name in Flags.__annotations__:
        assert f"\n| `{name}` | " in text
