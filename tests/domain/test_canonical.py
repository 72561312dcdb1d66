"""Does one value always become the same bytes?"""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.canonical import canonical, digest, rounded

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(values)
def test_canonical_json_can_be_read_back(value):
    """Canonical bytes are JSON of the same value."""
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(st.text(), scalars, min_size=2))
def test_the_order_of_keys_does_not_matter(mapping):
    """Two mappings with the same items have one digest."""
    assert digest(mapping) == digest(dict(reversed(mapping.items())))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, {"a": [math.nan]}, {1, 2}, b"bytes"])
def test_what_is_not_data_is_refused(value):
    """NaN, infinity and types that JSON lacks never reach a digest."""
    with pytest.raises(ValueError, match="not"):
        canonical(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_is_idempotent_and_close(value):
    """Rounding to six digits twice is rounding once, and moves a number by less than 5e-6 of itself."""
    once = rounded(value)
    assert rounded(once) == once
    assert math.isclose(once, value, rel_tol=5.1e-6, abs_tol=5e-324 * 10)


def test_rounding_leaves_everything_else():
    """Only floats are rounded."""
    assert rounded({"a": [1.23456789, 7, True, None, "x"]}) == {"a": [1.23457, 7, True, None, "x"]}
