"""Is a stored number taken only where it is the recomputed one, written with six digits?"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emobench.domain.canonical import rounded
from emobench.leaderboard.checks.findings import NOT_RECOMPUTED, RULES
from emobench.leaderboard.checks.number_checks import same

NUMBERS = some.floats(-1e6, 1e6)


@given(NUMBERS)
def test_what_is_written_is_taken(value):
    """The six digits that a record stores of a number are that number's."""
    assert same(rounded(value), value)


@given(NUMBERS, some.floats(-1e-6, 1e-6))
def test_another_machine_is_taken(value, apart):
    """What another machine computes a millionth apart, and stores, is taken."""
    assert same(rounded(value * (1 + apart)), value)


@given(NUMBERS, some.floats(1.3e-5, 1e3), some.sampled_from([-1, 1]))
def test_no_more_than_rounding_is_taken(value, apart, sign):
    """Beyond the sixth digit nothing is taken: six digits are within 5e-6, the slack is 2e-6 (and 1e-9)."""
    other = value + sign * (abs(value) * apart + 2e-9)
    assert not same(rounded(other), value)


@pytest.mark.parametrize(
    ("stored", "again"), [(None, 0.0), (0.0, None), (True, 1), (1, True), ("1", 1), (0.5, -0.5), (False, None)]
)
def test_other_kinds_are_not_the_same(stored, again):
    """No number is no zero, a truth is no one, a sign matters."""
    assert not same(stored, again)


def test_the_page_names_every_rule():
    """docs/validation.md has a line for every rule and every part that is not recomputed, as the code words them."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "validation.md").read_text("utf-8")
    lines = re.findall(r"^\| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert [(f"`{name}`", what) for name, what in RULES.items()] == [line for line in lines if line[0][0] == "`"]
    assert set(NOT_RECOMPUTED.items()) <= set(lines)
