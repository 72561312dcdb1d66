"""Does every page stand by itself, let in nothing but its own scripts, and give the same bytes every time?"""

import base64
import hashlib
import re

import pytest
from jinja2 import ChoiceLoader, DictLoader, UndefinedError

from emobench.pages import shell
from emobench.pages.assets_of_pages import SCRIPTS, STYLE, VEGA, assets
from emobench.pages.chart import Chart
from emobench.pages.shell import page

TOY = """{% extends "base.html.jinja" %}{% block main %}<h1>{{ name }}</h1>
{% for one in charts %}{{ chart(one) }}{% endfor %}{% endblock %}"""
CHART = Chart("a-chart", "<b>title</b>", "says", {"mark": "point", "data": {"values": [{"x": "</script><!--"}]}})


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    environment = shell._environment()
    monkeypatch.setattr(environment, "loader", ChoiceLoader([DictLoader({"toy.jinja": TOY}), environment.loader]))


def policy(text):
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    return {rule.split()[0]: rule.split()[1:] for rule in found.split("; ")}


def test_a_page_alone_allows_exactly_the_scripts_and_the_style_inside_it():
    """The policy lists the digests of what stands in the page, and no other source."""
    text = page("toy.jinja", title="t", inline=True, name="n", charts=[CHART])
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(scripts) == 1 + len(SCRIPTS)

    def digests(pieces):
        return [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in pieces]

    rules = policy(text)
    assert sorted(rules["script-src"]) == sorted(digests(scripts))
    assert rules["style-src"] == digests(styles)
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == rules["base-uri"] == ["'none'"]
    around = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!#|data:,)', around)


def test_a_page_of_the_site_links_its_assets_and_has_no_script_inside():
    """Only data blocks stand between script tags; nothing may be evaluated, and nothing comes from a host."""
    text = page("toy.jinja", title="t", inline=False, root="../", name="n", charts=[CHART])
    assert set(re.findall(r"<script([^>]*)>[^<]", text)) == {' type="application/json" class="spec"'}
    linked = re.findall(r'(?:src|href)="\.\./assets/([^"]+)"', text)
    assert sorted(linked) == sorted([STYLE, VEGA, *SCRIPTS])
    sources = {source for rule in policy(text).values() for source in rule}
    assert sources == {"'none'", "'self'", "file:", "data:"}


def test_a_page_without_charts_needs_no_vega():
    """The largest script is there only where something is drawn."""
    assert VEGA not in page("toy.jinja", title="t", inline=False, name="n", charts=[])


def test_names_and_data_are_escaped_and_what_is_missing_is_an_error():
    """Templates escape without being asked, and never show an empty word for a value that nobody gave."""
    text = page("toy.jinja", title="<t>", inline=False, name="<script>\ud800", charts=[CHART])
    assert "<h1>&lt;script&gt;\\ud800</h1>" in text
    assert "<title>&lt;t&gt;</title>" in text
    assert text.count("<!--") == 0
    with pytest.raises(UndefinedError):
        page("toy.jinja", title="t", inline=False, charts=[])


def test_two_charts_of_one_name_are_an_error():
    """Anchors and files are called after charts."""
    with pytest.raises(ValueError, match="a-chart"):
        page("toy.jinja", title="t", inline=False, name="n", charts=[CHART, CHART])


def test_scripts_hold_nothing_that_ends_them():
    """No asset has a closing tag, a comment's beginning, or line ends that HTML would change."""
    for asset in assets().values():
        assert not re.search(r"</script|</style|<!--|\r|\0", asset.text, re.IGNORECASE), asset.name
