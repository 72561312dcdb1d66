"""Is a finding remembered exactly as long as its file stays the same?"""

import json
import os

import pytest

from emobench.files.stamps import Stamps


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"audio")
    return path


def stamped(tmp_path, file, finding, version="1"):
    stamps = Stamps(tmp_path / "stamps.json", version)
    stamps.remember(file, file.stat(), finding)
    stamps.save()


def test_a_finding_is_recalled_by_the_next_process(tmp_path, file):
    """What was remembered and saved is recalled from the file, also by a relative spelling of the path."""
    stamped(tmp_path, file, ["digest", 5])
    again = Stamps(tmp_path / "stamps.json", "1")
    assert again.recall(file, file.stat()) == ["digest", 5]
    assert again.recall(file.parent / "folder" / ".." / file.name, file.stat()) == ["digest", 5]


@pytest.mark.parametrize("change", [lambda file: file.write_bytes(b"other!"), lambda file: os.utime(file, (1, 1))])
def test_a_changed_file_is_not_recalled(tmp_path, file, change):
    """Another size or another mtime makes the finding void."""
    stamped(tmp_path, file, "finding")
    change(file)
    assert Stamps(tmp_path / "stamps.json", "1").recall(file, file.stat()) is None


def test_another_version_forgets(tmp_path, file):
    """Findings that were made in another way are not recalled."""
    stamped(tmp_path, file, "finding", version="1")
    assert Stamps(tmp_path / "stamps.json", "2").recall(file, file.stat()) is None


def test_two_processes_keep_what_both_found(tmp_path, file):
    """Saving adds to what another process saved meanwhile, and does not replace it."""
    other = tmp_path / "other.wav"
    other.write_bytes(b"more")
    late = Stamps(tmp_path / "stamps.json", "1")
    stamped(tmp_path, file, "first")
    late.remember(other, other.stat(), "second")
    late.save()
    both = Stamps(tmp_path / "stamps.json", "1")
    assert [both.recall(path, path.stat()) for path in (file, other)] == ["first", "second"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": "1"}', b'{"version":"1","files":[1]}']
)
def test_a_damaged_list_is_set_aside(tmp_path, file, content):
    """A list that cannot be read costs a new look at the files and nothing else."""
    (tmp_path / "stamps.json").write_bytes(content)
    assert Stamps(tmp_path / "stamps.json", "1").recall(file, file.stat()) is None
    assert (tmp_path / "stamps.json.damaged-1").read_bytes() == content
    stamped(tmp_path, file, "finding")
    assert json.loads((tmp_path / "stamps.json").read_text())["version"] == "1"


def test_nothing_new_writes_nothing(tmp_path):
    """A run that finds nothing new leaves no file and no folder behind."""
    Stamps(tmp_path / "folder" / "stamps.json", "1").save()
    assert list(tmp_path.iterdir()) == []
