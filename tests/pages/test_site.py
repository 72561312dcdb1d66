"""Does the site hold every record and its files, the same bytes every time, with links that lead somewhere?"""

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin

import pyarrow.parquet as pq
import pytest
from board_toys import BOARDS
from record_toys import pair_record
from site_toys import HOSTILE, LONG, hostile_record, shown_board, table_of

from emobench.domain.errors import DataError
from emobench.leaderboard.board import board_folders
from emobench.leaderboard.board_tables import read_boards
from emobench.pages.site import site_files, write_site

NAMES = ("hf:Some/Model", "hf:some/model", "con", "a@random", "Ünïcode ☃", "../../up", HOSTILE, LONG)


class Links(HTMLParser):
    """Where a page leads to, and what its anchors are called."""

    def __init__(self, html):
        super().__init__()
        self.to, self.ids, self.headings, self.elements = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.elements.append(tag)
        self.to += [known[name] for name in ("href", "src") if name in known]
        self.ids += [known["id"]] if "id" in known else []
        self.headings += [int(tag[1])] if re.fullmatch(r"h[1-6]", tag) else []


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards") / "toys & more"
    return shown_board(folder, *(pair_record(name) for name in NAMES), hostile_record())


@pytest.fixture(scope="module")
def files(boards):
    return site_files([boards], table_of(title="overview"))


def pages(files):
    return {
        place: (content() if callable(content) else content).decode()
        for place, content in files.items()
        if place.suffix == ".html"
    }


def test_every_link_leads_to_a_file_or_an_anchor_of_the_site(files):
    """No link of any page is broken, and none leads out but to http and https."""
    anchors = {place.as_posix(): Links(text).ids for place, text in pages(files).items()}
    for place, text in pages(files).items():
        for link in Links(text).to:
            if link.startswith(("data:,", "https://", "http://")):
                continue
            path, _, anchor = urljoin(f"/{place.as_posix()}", link).partition("#")
            target = unquote(path).removeprefix("/")
            assert PurePosixPath(target) in files, (place, link)
            assert not anchor or unquote(anchor) in anchors[target], (place, link)


def test_every_backbone_has_a_page_of_its_own_on_any_disk(files):
    """Names that differ in case only, that are reserved, or very long are pages that no file system confuses."""
    names = [place.name for place in pages(files) if place.parent.name == "backbones"]
    assert len({name.lower() for name in names}) == len(NAMES)
    assert all(re.fullmatch(r"[a-z0-9._-]{1,100}", name) and name != "con.html" for name in names)


def test_a_hostile_record_changes_nothing_but_its_own_text(boards, files):
    """On no page that shows it is a script, a form, an anchor or an address of its own, or a mark of direction."""
    for text in pages(files).values():
        seen = Links(text)
        assert {"form", "iframe", "object", "base", "svg"}.isdisjoint(seen.elements)
        assert "\u202e" not in text
        assert "<script>" not in text
        assert not [link for link in seen.to if link.lower().startswith("javascript")]
        assert len(seen.ids) == len(set(seen.ids))


def test_headings_come_in_order(files):
    """Every page has one first heading, and none skips a level downwards."""
    for place, text in pages(files).items():
        levels = Links(text).headings
        assert levels.count(1) == 1, place
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), (place, levels)


def test_the_table_of_scores_holds_every_summary_of_every_record(boards, files):
    """The Parquet file of a board is its records' rows over all folds and seeds, each with its key and backbone."""
    place = next(place for place in files if place.name == "table.parquet")
    read = pq.read_table(io.BytesIO(files[place])).to_pylist()
    records = sorted((row.path, row.record) for row in boards.tables[0].rows if row.record)
    wanted = [
        {"key": record.key, "backbone": record.asked["backbone"], **score.model_dump(by_alias=True)}
        for _, record in records
        for score in record.found.scores
        if score.fold is None and score.seed is None
    ]
    assert read == wanted


def test_the_real_boards_give_the_same_bytes_twice(tmp_path):
    """Two builds are the same files; every record, its predictions and its pictures are among them, unchanged."""
    first = write_site(read_boards(board_folders(BOARDS)), tmp_path / "one")
    second = write_site(read_boards(board_folders(BOARDS)), tmp_path / "two")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0] == tmp_path / "one" / "index.html"
    for path in BOARDS.glob("*/records/*/*/*"):
        board, *rest = path.relative_to(BOARDS).parts
        copied = Path(tmp_path / "one" / "files" / board, *rest)
        assert copied.read_bytes() == path.read_bytes()


def test_a_folder_without_boards_is_an_error(tmp_path):
    """A site of nothing is a mistake in the path."""
    with pytest.raises(DataError):
        write_site(read_boards(board_folders(tmp_path)), tmp_path / "site")
