"""What does a failure keep: its words, its code and its lines, and nothing of what was being computed?"""

import traceback
import weakref

import numpy as np
import pytest

from emobench.domain.errors import DataError, EmobenchError
from emobench.runs.failures import Failure, Failures, summed_up


class StrangersError(DataError):
    """A mistake as a plugin calls it, made in a way of its own."""

    def __init__(self, path):
        super().__init__(f"'{path}' is no recording of mine.", found="found: a shopping list", remedy="Record it.")


@pytest.fixture
def held():
    """Weak references to what failing functions held."""
    return []


def fails(held):
    features = np.zeros(3)
    held.append(weakref.ref(features))
    raise ValueError("boo")


def behind_a_cause(held):
    try:
        fails(held)
    except ValueError as problem:
        own = np.zeros(3)
        held.append(weakref.ref(own))
        raise EmobenchError("it is told.") from problem


def while_it_was_handled(held):
    try:
        fails(held)
    except ValueError:
        own = np.zeros(3)
        held.append(weakref.ref(own))
        held[5]


def behind_nothing(held):
    try:
        fails(held)
    except ValueError:
        raise EmobenchError("it is told.") from None


def beside_another_cause(held):
    try:
        fails(held)
    except ValueError:
        raise EmobenchError("it is told.") from KeyError("of something else")


def from_itself(held):
    try:
        fails(held)
    except ValueError as problem:
        raise problem from problem


WAYS = (fails, behind_a_cause, while_it_was_handled, behind_nothing, beside_another_cause, from_itself)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_a_failing_unit_held_is_freed(way, held):
    """Features that a failing function held are gone once its failure is noted, however its error was raised."""
    failures = Failures()
    with failures.of("key", "a unit"):
        way(held)
    assert held
    assert all(reference() is None for reference in held)
    assert failures.found["key"].name == "a unit"


@pytest.mark.parametrize("way", [fails, behind_a_cause, while_it_was_handled], ids=lambda way: way.__name__)
def test_the_lines_of_a_traceback_stay(way, held):
    """--debug and the log file still show every line on the way to what went wrong."""
    failures = Failures()
    with failures.of("key", "a unit"):
        way(held)
    lines = "".join(traceback.format_exception(failures.found["key"].problem))
    assert f"in {way.__name__}" in lines
    assert 'raise ValueError("boo")' in lines


@pytest.mark.parametrize("names", [("a.wav",), ("a.wav", "b.wav")], ids=["one reason", "two reasons"])
def test_a_strangers_kind_of_mistake_keeps_code_and_words(names):
    """A class of error that a plugin made, with arguments of its own, ends a run with its code and all its words."""
    told = summed_up([Failure(f"unit {name}", StrangersError(name)) for name in names], 1, 3)
    assert type(told) is DataError
    assert told.exit_code == 3
    for name in names:
        assert f"unit {name}: '{name}' is no recording of mine." in str(told)
    assert "found: a shopping list" in told.found
    assert "Record it." in str(told)
    assert "1 of 3 units are finished" in told.remedy
