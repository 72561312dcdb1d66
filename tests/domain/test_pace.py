"""Does a stage know how fast it is, and how long it will take?"""

import pytest

from emobench.domain.pace import Stage


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_steady_stage_tells_its_rate_and_its_end(clock):
    """At a constant pace the rate is that pace, and the time left is what remains at it."""
    stage = Stage("clips", 600, "clips", clock)
    for _ in range(100):
        clock.now += 0.5
        stage.advance(2)
    assert stage.rate == pytest.approx(4.0)
    assert stage.seconds_left == pytest.approx(400 / 4.0)
    assert stage.seconds == pytest.approx(50.0)


def test_what_is_unknown_is_not_guessed(clock):
    """Before anything is done there is no rate and no time left, and a stage that is done has none left."""
    stage = Stage("units", 2, "units", clock)
    clock.now += 30
    assert (stage.rate, stage.seconds_left) == (None, None)
    stage.advance(2)
    assert stage.seconds_left == 0.0
    assert Stage("nothing", 0, "units", clock).seconds_left == 0.0


def test_the_rate_is_that_of_late(clock):
    """What came from a cache at once, long ago, does not make the rest look fast."""
    stage = Stage("clips", 10_000, "clips", clock)
    stage.advance(5_000)
    for _ in range(200):
        clock.now += 2
        stage.advance(1)
    assert stage.rate == pytest.approx(0.5)


def test_a_stage_that_stands_still_slows_down(clock):
    """While nothing is done, the rate falls and the time left grows: it never reaches a promise that is not kept."""
    stage = Stage("units", 10, "units", clock)
    clock.now += 10
    stage.advance(5)
    before = stage.seconds_left
    clock.now += 100
    assert stage.seconds_left > before
    assert stage.rate == pytest.approx(5 / 110)
