"""Does a site take only its own folder, and leave there what it does not know?"""

import json
from pathlib import PurePosixPath

import pytest

from emobench.domain.errors import DataError
from emobench.pages.site_folder import MARKER, fill


def files(**content):
    return {PurePosixPath(name.replace("__", "/")): text.encode() for name, text in content.items()}


def test_a_folder_with_foreign_files_is_refused(tmp_path):
    """Nothing is written beside files that no build made."""
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(DataError, match="not of a site"):
        fill(tmp_path, files(a="1"))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_second_build_takes_its_own_stale_files_away_and_nothing_else(tmp_path):
    """What was written before and is not any more goes, with folders that are empty then; foreign files stay."""
    fill(tmp_path, files(a="1", old__deep__b="2", old__c="3"))
    (tmp_path / "old" / "mine").write_text("mine")
    written = fill(tmp_path, files(a="4", new="5"))
    assert [path.read_text() for path in written] == ["4", "5"]
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {"a", "new", "old", "old/mine", MARKER}


def test_an_unchanged_file_is_not_written_again(tmp_path):
    """A build that says the same touches nothing."""
    fill(tmp_path, files(a="1"))
    before = (tmp_path / "a").stat().st_mtime_ns, (tmp_path / "a").stat().st_ino
    fill(tmp_path, files(a="1"))
    assert ((tmp_path / "a").stat().st_mtime_ns, (tmp_path / "a").stat().st_ino) == before


@pytest.mark.parametrize(
    "told",
    ["", "[]", "{}", '{"schema": "other", "files": []}', '{"schema": "emobench.site/1", "files": ["../x"]}',
     '{"schema": "emobench.site/1", "files": ["/etc/x"]}', '{"schema": "emobench.site/1", "files": [1]}'],
)  # fmt: skip
def test_a_marker_that_no_build_wrote_is_refused(tmp_path, told):
    """A list that leads out of the folder, or is none, removes nothing."""
    outside = tmp_path / "x"
    outside.write_text("mine")
    site = tmp_path / "site"
    site.mkdir()
    (site / MARKER).write_text(told)
    with pytest.raises(DataError, match="cannot be read"):
        fill(site, files(a="1"))
    assert outside.read_text() == "mine"


def test_nothing_is_removed_through_a_link(tmp_path):
    """A folder of the site that became a link to another place keeps what is there."""
    site, other = tmp_path / "site", tmp_path / "other"
    fill(site, files(deep__b="1"))
    (site / "deep" / "b").unlink()
    (site / "deep").rmdir()
    other.mkdir()
    (other / "b").write_text("mine")
    (site / "deep").symlink_to(other)
    fill(site, files(a="1"))
    assert (other / "b").read_text() == "mine"


def test_nothing_is_written_through_a_link(tmp_path):
    """A folder of the site that leads to another place is refused, and nothing is written there."""
    site, other = tmp_path / "site", tmp_path / "other"
    fill(site, files(a="1"))
    other.mkdir()
    (site / "deep").symlink_to(other)
    with pytest.raises(DataError, match="leads out of the site"):
        fill(site, files(a="1", deep__b="1"))
    assert list(other.iterdir()) == []


def test_a_killed_build_is_known_as_its_own(tmp_path, monkeypatch):
    """What a build that ended early left is listed, so that the next one may go on."""
    monkeypatch.setattr("emobench.pages.site_folder._remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    fill(tmp_path, files(a="1"))
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, files(b="1"))
    assert json.loads((tmp_path / MARKER).read_text())["files"] == ["a", "b"]
    monkeypatch.undo()
    fill(tmp_path, files(b="1"))
    assert not (tmp_path / "a").exists()
