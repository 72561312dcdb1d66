"""Are copies whole, whoever makes them, and does what is the same stay as it is?"""

import pytest

from emobench.domain.errors import StorageError
from emobench.pages import copying as copies_module
from emobench.pages.copying import copying


@pytest.fixture
def sources(tmp_path):
    """A few files."""
    found = [tmp_path / "from" / f"{number}.bin" for number in range(3)]
    found[0].parent.mkdir()
    for number, path in enumerate(found):
        path.write_bytes(bytes([number]) * 1000)
    return found


@pytest.mark.parametrize("few", [256, 1])
def test_copies_are_there_when_it_ends(sources, tmp_path, monkeypatch, few):
    """By a thread or by a process: every file has its bytes, in folders that are made, and nothing is left over."""
    monkeypatch.setattr(copies_module, "FEW", few)
    with copying([(path, tmp_path / "to" / "deep" / path.name) for path in sources]):
        pass
    assert {path.name: path.read_bytes() for path in (tmp_path / "to" / "deep").iterdir()} == {
        path.name: path.read_bytes() for path in sources
    }


def test_what_is_the_same_is_not_written_again(sources, tmp_path):
    """A copy that holds the same bytes stays the same file; one that holds others, of the same length, is replaced."""
    pairs = [(path, tmp_path / path.name) for path in sources]
    with copying(pairs):
        pass
    kept = pairs[0][1].stat().st_ino
    pairs[1][1].write_bytes(b"x" * 1000)
    with copying(pairs):
        pass
    assert pairs[0][1].stat().st_ino == kept
    assert pairs[1][1].read_bytes() == sources[1].read_bytes()


def test_a_place_that_cannot_be_written_is_told(sources, tmp_path):
    """A file where a folder should be ends with an error of storage, and leaves nothing half."""
    (tmp_path / "to").write_text("in the way")
    with pytest.raises(StorageError), copying([(sources[0], tmp_path / "to" / "0.bin")]):
        pass
    assert (tmp_path / "to").read_text() == "in the way"
    assert list(tmp_path.glob(".tmp-*")) == []
