"""Does testing many rows at once give the p of testing each alone?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.metrics.sign_flips import paired_sign_flips
from emobench.metrics.significance import paired_sign_flip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(0, 14), st.integers(0, 2**32 - 1), st.booleans())
def test_rows_get_what_they_would_alone(rows, people, seed, coarse):
    """Every row has exactly the p of ``paired_sign_flip``, with ties, zeros and one-sided rows among them."""
    drawn = np.random.default_rng(seed)
    values = drawn.normal(0.1, 1, (rows, people))
    values = np.round(values * 2) / 4 if coarse else values
    assert paired_sign_flips(values).tolist() == [paired_sign_flip(row) for row in values]


@pytest.mark.parametrize("people", [27, 28, 29, 60])
def test_many_people_are_no_exception(people):
    """At the border between all signs and random ones, and beyond, the numbers are the same, too."""
    values = np.random.default_rng(people).normal(0.15, 1, (3, people))
    values[2] = 0
    found = paired_sign_flips(values)
    assert found.tolist() == [paired_sign_flip(row) for row in values]
    assert found[2] == 1


def test_more_rows_than_fit_at_once():
    """Rows in later pieces are treated as those in the first."""
    values = np.random.default_rng(1).normal(0.3, 1, (150, 9))
    assert paired_sign_flips(values).tolist() == [paired_sign_flip(row) for row in values]


def test_what_is_not_finite_is_refused():
    """People without a score are for the caller to leave out."""
    with pytest.raises(ValueError, match="finite"):
        paired_sign_flips(np.array([[0.1, np.nan]]))
