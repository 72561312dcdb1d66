"""Is a record called reproduced exactly when somebody else's measurement on file agrees with it?"""

import shutil

import pytest
from board_toys import bare_board
from filing_toys import again, committed, flipped, measured, written

from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.filing.reproductions import file_of_reproduction, reproductions_of, status_of


@pytest.fixture
def placed(tmp_path):
    """A board with one record; its folder and the record's file."""
    board, source = bare_board(tmp_path, "layerwise"), committed("layerwise", "level-duration", "e556")
    path = board / "records" / source.relative_to(source.parents[2])
    shutil.copytree(source.parent, path.parent)
    return board, path


def filed(board, path, made, name="0123456789ab"):
    """A reproduction on file."""
    folder = file_of_reproduction(board, path, b"").parent
    file = written(made, folder)
    for part in (file, file.with_suffix(".parquet")):
        part.rename(folder / f"{name}{part.suffix}")
    return folder / f"{name}.json"


def test_nobody_else_measured_it(placed):
    """A record without reproductions is self-reported."""
    assert status_of(*placed) == "self-reported"


def test_an_agreeing_reproduction_counts(placed):
    """One that agrees makes a record reproduced, beside one that does not."""
    board, path = placed
    original = measured(path)
    filed(board, path, again(original, table=flipped(original.table, 90)), "aaaaaaaaaaaa")
    assert status_of(board, path) == "self-reported"
    file = filed(board, path, again(original))
    assert status_of(board, path) == "reproduced"
    assert reproductions_of(board, path)[0] == file


def test_a_copy_reproduces_nothing(placed):
    """The record itself, in another file and with other whereabouts, measured nothing again, however it came there."""
    board, path = placed
    original = measured(path)
    moved = {**original.record.where, "platform": "elsewhere"}
    filed(board, path, Measured(original.record.model_copy(update={"where": moved}), original.table))
    assert status_of(board, path) == "self-reported"


def test_it_counts_for_its_record_only(placed):
    """Reproductions of one record say nothing of another of the same backbone."""
    board, path = placed
    other = next(file for file in sorted(path.parent.glob("*.json")) if file != path)
    filed(board, path, again(measured(path)))
    assert (status_of(board, path), status_of(board, other)) == ("reproduced", "self-reported")


@pytest.mark.parametrize("ending", [".json", ".parquet"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{"])
def test_a_damaged_reproduction_does_not_count(placed, ending, content):
    """What is missing a part, or was changed, reproduces nothing, and is no reason to fail."""
    board, path = placed
    part = filed(board, path, again(measured(path))).with_suffix(ending)
    part.unlink() if content is None else part.write_bytes(content)
    assert status_of(board, path) == "self-reported"


def test_a_damaged_record_is_not_reproduced(placed):
    """A record whose own table does not hold is no result that anybody could have repeated."""
    board, path = placed
    filed(board, path, again(measured(path)))
    path.with_suffix(".parquet").write_bytes(b"x")
    assert status_of(board, path) == "self-reported"
