"""What does a process that trains say of a training that fails, and does it live on?"""

import threading
from multiprocessing import Pipe

import pytest

from emobench.domain.errors import DataError, EmobenchError
from emobench.runs import training_pool
from emobench.runs.training_pool import Commission, _Hand, _heard_from, _work

GUARD_SECONDS = 20


class StrangersError(DataError):
    """A mistake as a plugin calls it, made in a way of its own."""

    def __init__(self, path):
        super().__init__(f"'{path}' is no recording of mine.", found="found: a shopping list", remedy="Record it.")


PROBLEMS = [
    (EOFError("Ran out of input"), EmobenchError, 1, "EOFError: Ran out of input"),
    (BrokenPipeError("to a program of its own"), EmobenchError, 1, "BrokenPipeError: to a program of its own"),
    (ConnectionResetError("by a server"), EmobenchError, 1, "ConnectionResetError: by a server"),
    (StrangersError("a.wav"), DataError, 3, "'a.wav' is no recording of mine.\nfound: a shopping list\nRecord it."),
]


@pytest.fixture
def hand(pair, monkeypatch):
    """The life of a process in a thread, at the other end of a line, with a plan; gives the line and trainings."""
    plan, _ = pair.plan(folds=(0,), peft=("lora",))
    for name in ("ignore_interrupts", "_end_with"):
        monkeypatch.setattr(training_pool, name, lambda *_: None)
    monkeypatch.setattr(training_pool.torch, "set_num_threads", lambda _: None)
    ours, theirs = Pipe()
    life = threading.Thread(target=_work, args=(theirs, 0), daemon=True)
    life.start()
    ours.send(())
    ours.send(Commission(plan, pair.home, (), None))
    yield _Hand(life, ours), [unit for unit in plan.units if unit.training is not None]
    ours.close()
    life.join(GUARD_SECONDS)
    assert not life.is_alive()


@pytest.mark.parametrize(
    ("problem", "kind", "code", "words"), PROBLEMS, ids=["end of file", "pipe", "connection", "plugin's"]
)
def test_what_a_training_raises_is_its_own_failure(problem, kind, code, words, hand, monkeypatch):
    """Whatever a training raises is told with its kind and words, not as a killed process; the next one is trained."""
    hand, (first, second, *_) = hand

    def trained(plan, unit, shop, begin):
        begin()
        if unit.key == first.key:
            raise problem
        return "made"

    monkeypatch.setattr(training_pool, "ensure_training", trained)
    hand.take(first)
    assert _heard(hand) == "begin"
    with pytest.raises(EmobenchError) as caught:
        _heard(hand)
    assert type(caught.value) is kind
    assert caught.value.exit_code == code
    assert words in str(caught.value)
    assert "was killed" not in str(caught.value)
    assert hand.alive
    hand.take(second)
    assert [_heard(hand), _heard(hand)] == ["begin", "made"]


def _heard(hand):
    assert hand.line.poll(GUARD_SECONDS)
    return _heard_from(hand)
