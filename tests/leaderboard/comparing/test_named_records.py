"""Is the record found that somebody means?"""

import pytest
from filing_toys import BOARDS, committed

from emobench.domain.errors import DataError, UsageError
from emobench.leaderboard.comparing.named_records import file_of
from emobench.runs.record_store import read_record

RECORD = committed("layerwise", "byol-s")
KEY = read_record(RECORD).key


@pytest.mark.parametrize("digits", [6, 12, 13, 64])
def test_the_beginning_of_a_key_names_its_record(digits):
    """Any beginning that no other record shares, up to the whole key as tables hold it."""
    assert file_of(KEY[:digits], BOARDS) == RECORD


def test_a_path_is_a_path(tmp_path, monkeypatch):
    """A file is meant by its path, even where it is called like a key; what is neither stays as it is, to be missed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / KEY[:8]).write_bytes(b"")
    assert file_of(KEY[:8], BOARDS).resolve() == tmp_path / KEY[:8]
    assert file_of("no key", BOARDS).name == "no key"


@pytest.mark.parametrize("name", ["0" * 12, KEY[:12] + ("1" if KEY[12] == "0" else "0")])
def test_a_key_of_nobody_is_told(name):
    """No record has it: also where the name of a file fits and the rest of the key does not."""
    with pytest.raises(DataError, match="there is no record"):
        file_of(name, BOARDS)


def test_what_several_keys_begin_with_is_refused(tmp_path):
    """Two records fit: both are named, none is taken."""
    for name in ("abcd11", "abcd22"):
        path = tmp_path / "board" / "records" / "task" / "model" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    with pytest.raises(UsageError) as caught:
        file_of("abcd", tmp_path)
    assert caught.value.found.count("abcd") == 2
