"""Does `emobench leaderboard add` file what fits, say where and what to do next, and refuse the rest?"""

import pytest
from board_toys import bare_boards
from filing_toys import BOARDS, again, committed, flipped, measured, written
from synthetic_cli import assert_told

SOURCE = committed("layerwise", "level-duration", "e556")


@pytest.fixture
def boards(tmp_path):
    """All boards without records."""
    return bare_boards(tmp_path / "boards")


def test_what_fits_is_filed(emobench, boards):
    """Paths go to stdout, one a line; what to do next to stderr."""
    sources = [SOURCE, committed("fad_bias", "level-duration")]
    code, out, err = emobench("leaderboard", "add", *map(str, sources), "--boards", str(boards))
    assert (code, out.split()) == (0, [str(boards / source.relative_to(BOARDS)) for source in sources])
    assert f"Next: `emobench leaderboard build {boards}`" in err


def test_a_reproduction_is_filed_as_one(emobench, boards, tmp_path):
    """Who measured again is told that the record is reproduced, and how well."""
    emobench("leaderboard", "add", str(SOURCE), "--boards", str(boards))
    path = written(again(measured(SOURCE)), tmp_path / "again")
    code, out, err = emobench("leaderboard", "add", str(path), "--boards", str(boards))
    assert code == 0
    assert out.startswith(f"{boards}/layerwise/reproductions/layerwise/level-duration/{SOURCE.stem}/")
    assert "reproduction: repeats" in err
    assert "decisions equal, UAR .467 as there" in err


def test_what_does_not_fit_is_refused(emobench, boards, tmp_path):
    """A copy, a contradiction and a changed table end with 4, each with its reason, and file nothing."""
    emobench("leaderboard", "add", str(SOURCE), "--boards", str(boards))
    one = measured(SOURCE)
    wrong = written(again(one, table=flipped(one.table, 80)), tmp_path / "wrong", SOURCE)
    changed = written(type(one)(one.record, flipped(one.table, 1)), tmp_path / "changed", SOURCE)
    before = sorted(boards.rglob("*"))
    for path, reason in (
        (SOURCE, "it stands there already"),
        (wrong, "it contradicts"),
        (changed, "predictions_digest"),
    ):
        assert_told(emobench("leaderboard", "add", str(path), "--boards", str(boards)), 4, reason)
    assert sorted(boards.rglob("*")) == before


def test_what_is_not_there_is_told(emobench, boards, tmp_path):
    """A missing record and a folder without boards end with 3 and the path."""
    gone = tmp_path / "gone.json"
    assert_told(emobench("leaderboard", "add", str(gone), "--boards", str(boards)), 3, str(gone))
    assert_told(emobench("leaderboard", "add", str(SOURCE), "--boards", str(tmp_path)), 3, str(tmp_path))


def test_a_board_that_cannot_be_written_is_told(emobench, boards):
    """A disk that refuses ends with 1 and what to do."""
    (boards / "layerwise" / "records").write_bytes(b"a file")
    found = emobench("leaderboard", "add", str(SOURCE), "--boards", str(boards))
    assert_told(found, 1, "name another with --boards")
