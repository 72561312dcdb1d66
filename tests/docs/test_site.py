"""Is the documentation built without a warning, whole, and without a request to anybody?"""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from page_blocks import ROOT

LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "link": "href",
    "source": "src",
    "video": "src",
    "audio": "src",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, and what was said while it was built."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    return folder, done


def _environment():
    import os

    # The theme tells of its successor on every build; that is no warning about these pages.
    return {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class _Page(HTMLParser):
    """What a page loads, and where its links lead."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in LOADS and found.get(LOADS[tag]) and found.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(found[LOADS[tag]])


def nav_files(entries):
    """The files of the navigation, whatever its depth."""
    for entry in entries:
        for value in entry.values():
            yield from nav_files(value) if isinstance(value, list) else [value]


def test_it_is_built_without_a_warning(built):
    """`mkdocs build --strict` ends with 0 and says nothing of a warning or an error."""
    _, done = built
    assert done.returncode == 0, done.stderr
    assert not re.search(r"WARNING|ERROR", done.stderr), done.stderr


def test_every_page_is_in_the_navigation(built):
    """Every page and notebook of docs/ is in the navigation once, and has become a page."""
    folder, _ = built
    listed = list(nav_files(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    there = {path.name for path in (ROOT / "docs").iterdir() if path.suffix in (".md", ".ipynb")}
    assert sorted(listed) == sorted(there)
    for name in listed:
        assert (folder / name).with_suffix(".html").is_file()


def test_no_page_loads_anything_from_elsewhere(built):
    """Scripts, styles, pictures and fonts come with the pages: no address of a host is loaded, nor named in a style."""
    folder, _ = built
    pages = sorted(folder.rglob("*.html"))
    assert pages
    for path in pages:
        for address in _Page(path.read_text("utf-8")).loads:
            assert not re.match(r"(https?:)?//", address), (path.name, address)
    for path in folder.rglob("*.css"):
        assert not re.search(r"url\([\"']?(https?:)?//|@import [\"']?http", path.read_text("utf-8")), path.name


def test_no_page_asks_the_host_of_the_repository(built):
    """The theme asks a host for stars where its source is named so: it is not."""
    folder, _ = built
    assert not any("md-source" in path.read_text("utf-8") for path in folder.glob("*.html"))


def test_links_to_the_repository_lead_to_its_files(built):
    """What a page links to in the repository is there; no link leaves the site by `..`."""
    folder, _ = built
    repository = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["extra"]["repository"]
    seen = 0
    for path in folder.glob("*.html"):
        for link in _Page(path.read_text("utf-8")).links:
            assert not link.startswith("../"), (path.name, link)
            if found := re.match(rf"{re.escape(repository)}/(?:blob|tree)/main/([^#]+)", link):
                assert (ROOT / found[1]).exists(), (path.name, link)
                seen += 1
    assert seen


def test_a_link_that_dangles_ends_the_build(tmp_path):
    """A link out of docs/ to a file that is not there is an error that names page and link."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("*.ipynb", "[a-hj-z]*.md"))
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n[Gone](../gone.md)\n", "utf-8")
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    settings |= {"nav": [{"Start": "index.md"}], "plugins": [], "exclude_docs": "hooks/\n*.json\n"}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(settings), "utf-8")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode != 0
    assert "index.md links to '../gone.md'" in done.stderr


def test_the_search_has_its_index_beside_it(built):
    """The index of the search is a script, too, which a browser reads from disk."""
    folder, _ = built
    assert Path(folder / "search" / "search_index.js").is_file()
    assert (folder / "assets" / "iframe-worker.js").is_file()
    assert "unpkg" not in (folder / "index.html").read_text("utf-8")
