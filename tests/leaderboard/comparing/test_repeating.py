"""Does a run that repeats a record say whether it did, and whether anything was measured at all?"""

import shutil

import pytest
from filing_toys import again, committed, flipped, measured, written

from emobench.leaderboard.comparing.repeating import Before, found_before, told_of

SOURCE = committed("layerwise", "level-duration", "e556")
NOTHING = Before(frozenset(), computed=False)


@pytest.fixture
def given(tmp_path):
    """The record that is repeated, with its table."""
    folder = shutil.copytree(SOURCE.parent, tmp_path / "given")
    return folder / SOURCE.name


def line(given, path, before=NOTHING):
    (told,) = told_of(given, [(path, None)], before)
    return told


def test_a_repetition_is_told(given, tmp_path):
    """Equal decisions repeat the record, and the headline is said to be as there."""
    path = written(again(measured(given)), tmp_path / "made")
    assert line(given, path) == f"{path}: repeats {given}: all 720 decisions equal, UAR .467 as there"


def test_a_difference_is_told(given, tmp_path):
    """Other decisions differ from it, with how many and the largest difference."""
    path = written(again(measured(given), table=flipped(measured(given).table, 90)), tmp_path / "made")
    assert f"differs from {given}: 630 of 720 decisions equal" in line(given, path)
    assert "the largest difference (there, here): " in line(given, path)


def test_what_was_there_was_not_measured(given, tmp_path):
    """A record that was only found, and one made of units of an earlier run, say so."""
    path = written(again(measured(given)), tmp_path / "out" / "layerwise" / "level-duration")
    before = found_before(tmp_path / "out", computed=True)
    assert line(given, path, before).endswith("(this record was there already: nothing was measured)")
    computed = line(given, path, found_before(tmp_path / "elsewhere", computed=True))
    assert computed.endswith("(all units were there already: nothing was computed anew)")


def test_without_its_table_scores_are_compared(given, tmp_path):
    """A record that was sent alone is compared by what it found."""
    given.with_suffix(".parquet").unlink()
    path = written(again(measured(SOURCE)), tmp_path / "made")
    assert f"repeats {given}: UAR .467 as there; there are no predictions to compare" in line(given, path)


def test_another_question_is_told(given, tmp_path):
    """A flag that changed the question is named."""
    path = written(again(measured(given), asked={"precision": "bf16"}), tmp_path / "made")
    assert "does not belong to" in line(given, path)
    assert "another question: precision: fp32, bf16" in line(given, path)


def test_a_damaged_table_is_told(given, tmp_path):
    """A given record whose table does not hold is no reason for a run to fail."""
    one = measured(given)
    written(type(one)(one.record, flipped(one.table, 3)), given.parent)
    assert "cannot be held against" in line(given, written(again(one), tmp_path / "made"))
