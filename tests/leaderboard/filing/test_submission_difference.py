"""Is what a submission adds, changes and removes found and told, whatever its files are called?"""

import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.errors import DataError
from emobench.leaderboard.filing.submission_difference import Difference, difference_of, summary

RECORD = "layerwise/records/layerwise/logmel/0123456789ab"
STANDING = {
    f"{RECORD}.json": b"{}",
    f"{RECORD}.parquet": b"PAR1",
    "layerwise/board.toml": b"",
    "layerwise/README.md": b"a",
}
HOSTILE = [
    "<script>alert(1)</script>", "`$(touch x)`", "a\nb", "[x](javascript:y)", "\u202etxt", "| a | b |", "@everyone",
    "&lt;b&gt;", "https:--evil.example", "x" * 200, "\udcff", "# heading", "%0A::error::x",
]  # fmt: skip


@pytest.fixture
def folders(tmp_path):
    """(old, new): two equal folders of boards."""
    for name in ("old", "new"):
        for path, content in STANDING.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return tmp_path / "old", tmp_path / "new"


def test_equal_folders_differ_in_nothing(folders):
    """Nothing is told where nothing changed."""
    assert difference_of(*folders) == Difference((), (), (), ())
    assert "Nothing." in summary(difference_of(*folders))


def test_new_files_are_added_and_that_is_all(folders):
    """A record and a reproduction are new; a page that was rendered anew is another file."""
    old, new = folders
    added = ("layerwise/records/layerwise/my-model/ba9876543210.json", "layerwise/reproductions/a/b/c/d.json")
    for name in added:
        (new / name).parent.mkdir(parents=True)
        (new / name).write_bytes(b"{}")
    (new / "layerwise/README.md").write_bytes(b"b")
    found = difference_of(old, new)
    assert found == Difference(added, (), (), ("layerwise/README.md",))
    assert found.append_only


@pytest.mark.parametrize("name", [f"{RECORD}.json", f"{RECORD}.parquet"])
def test_nothing_that_stands_may_change_or_go(folders, name):
    """One byte, a missing file, a link or a folder in its place are changes that are refused."""
    old, new = folders
    (new / name).write_bytes(b"x" * len(STANDING[name]))
    assert difference_of(old, new).changed == (name,)
    (new / name).unlink()
    assert difference_of(old, new).removed == (name,)
    (new / name).symlink_to(old / name)
    assert difference_of(old, new).changed == (name,)
    (new / name).unlink()
    (new / name).mkdir()
    found = difference_of(old, new)
    assert found.removed == (name,)
    assert not found.append_only


def test_links_are_not_followed(folders):
    """A link to a folder is one file: nothing behind it is read, and records that it hides are gone."""
    old, new = folders
    shutil.rmtree(new / "layerwise/records")
    (new / "layerwise/records").symlink_to(old / "layerwise/records")
    found = difference_of(old, new)
    assert set(found.removed) == {f"{RECORD}.json", f"{RECORD}.parquet"}
    assert found.others == ("layerwise/records",)
    shutil.rmtree(new)
    new.symlink_to(old)
    with pytest.raises(DataError, match="no folder of boards"):
        difference_of(old, new)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """No folder is an error of data."""
    with pytest.raises(DataError, match="no folder of boards"):
        difference_of(tmp_path / "none", tmp_path)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_names(folders, name):
    """A file of any name is one line of a list: no markup, no heading, no link, no mention, no second line."""
    old, new = folders
    folder = new / "layerwise/records/layerwise/m"
    folder.mkdir()
    (folder / name.replace("/", "-")).write_bytes(b"{}")
    page = summary(difference_of(old, new), [name])
    page.encode()
    plain = summary(Difference(("a",), (), (), ()), ["a"])
    assert len(page.splitlines()) == len(plain.splitlines())
    for line in (line for line in page.splitlines() if line.startswith("- ")):
        assert_plain(line[2:])


def assert_plain(line):
    """All that Markdown, HTML and GitHub read has a backslash before it, and nothing is invisible."""
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", line)
    assert not re.search(r"[!-/:-@\[-`{-~]", bare)
    assert line.isprintable()
    assert line == line.strip()


@given(st.lists(st.text(max_size=50), max_size=5))
def test_any_finding_is_a_line_of_text(findings):
    """Whatever `validate` printed, each of its lines is one item."""
    page = summary(Difference((), (), (), ()), findings)
    items = [line for line in page.split("\n") if line.startswith("- ")]
    assert len(items) == len(findings)
    for item in items:
        assert_plain(item[2:])


def test_long_lists_are_cut_and_say_so():
    """A submission of ten thousand files gives a page that GitHub takes."""
    page = summary(Difference(tuple(f"{n}" for n in range(10_000)), (), (), ()), ["y" * 10_000] * 10_000)
    assert len(page.encode()) < 1_000_000
    assert page.count("and 9,800 more") == 2
