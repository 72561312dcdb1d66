"""Does training go at the rate that is asked for, and for as many epochs where their number is fixed?"""

from types import SimpleNamespace

import pytest
import torch
from learning_toys import learner_of, whole

from emobench.domain.cards import PeftCard
from emobench.domain.training import TrainOptions
from emobench.learning import training
from emobench.learning.training import paced, train
from emobench.peft import full, low_rank

QUICK = TrainOptions(epochs=5, batch=8, learning_rate=5e-3, patience=1)


def card(rate):
    return PeftCard(name="some", title="Some", paper="none", learning_rate=rate)


def test_methods_have_rates_of_their_own():
    """Full fine-tuning asks for 1e-5, methods that say nothing for 5e-4."""
    assert full.CARD.learning_rate == 1e-5
    assert low_rank.LORA.learning_rate == PeftCard(name="some", title="Some", paper="none").learning_rate == 5e-4


def test_the_option_goes_before_the_cards():
    """A rate that was asked for stays, whatever cards say; all other options stay anyway."""
    asked = TrainOptions(learning_rate=2e-3, epochs=7)
    assert paced(asked, [card(1e-5)]) == asked
    assert paced(TrainOptions(epochs=7), [card(1e-5)]) == TrainOptions(learning_rate=1e-5, epochs=7)


def test_a_combination_goes_at_the_smallest_rate():
    """Of several methods, the one that asks for the least decides."""
    assert paced(TrainOptions(), [card(3e-4), card(1e-5), card(5e-4)]).learning_rate == 1e-5


def test_no_rate_is_refused():
    """Training without a rate, and a choice without a card, are mistakes of the caller."""
    with pytest.raises(ValueError, match="rate"):
        train(learner_of(), whole(), lambda _: 0.0, TrainOptions(), seed=0)
    with pytest.raises(ValueError, match="empty"):
        paced(TrainOptions(), [])


def test_a_fixed_number_of_epochs_is_the_beginning_of_the_same_schedule(monkeypatch):
    """Three of five planned epochs make the first three epochs' steps at their rates, and end with their weights."""
    rates, seen = [], []
    step = torch.optim.AdamW.step

    def spying(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args, **kwargs)

    def rising(learner):
        seen.append(learner.learned())
        return float(len(seen))

    monkeypatch.setattr(torch.optim.AdamW, "step", spying)
    long = train(learner_of(), whole(), rising, QUICK, seed=4)
    short = train(learner_of(), whole(), lambda _: 0.0, QUICK, seed=4, exactly=3)
    assert (long.steps, short.steps) == (40, 24)
    assert rates[40:] == rates[:24]
    assert [epoch.loss for epoch in short.history] == [epoch.loss for epoch in long.history[:3]]
    assert all(torch.equal(weight, seen[2][name]) for name, weight in short.weights.items())


def test_with_a_fixed_number_the_judge_neither_stops_nor_chooses():
    """Scores that fall from the first epoch on change nothing: all epochs are made, and the last one's weights stay."""
    scores, learner, last = iter([0.9, 0.5, 0.4, 0.3]), learner_of(), []

    def judge(now):
        last.append(now.learned())
        return next(scores)

    trained = train(learner, whole(), judge, QUICK, seed=0, exactly=4)
    assert [epoch.score for epoch in trained.history] == [0.9, 0.5, 0.4, 0.3]
    assert trained.best_epoch == 4
    assert all(torch.equal(weight, last[3][name]) for name, weight in trained.weights.items())
    assert all(torch.equal(weight, last[3][name]) for name, weight in learner.learned().items())


@pytest.mark.parametrize("exactly", [0, 6])
def test_a_fixed_number_lies_within_the_schedule(exactly):
    """No epoch at all, and more than are planned, are mistakes of the caller."""
    with pytest.raises(ValueError, match="epochs of a schedule of 5"):
        train(learner_of(), whole(), lambda _: 0.0, QUICK, seed=0, exactly=exactly)


def test_time_is_told_on_the_wall_and_on_the_processor(monkeypatch):
    """Wall seconds are those of the wall clock and processor seconds those of the process, over the whole training."""
    wall, processor = iter([10.0, 17.0]), iter([100.0, 103.0])
    clocks = SimpleNamespace(perf_counter=lambda: next(wall), process_time=lambda: next(processor))
    monkeypatch.setattr(training, "time", clocks)
    trained = train(learner_of(), whole(), lambda _: 0.0, QUICK, seed=0)
    assert (trained.seconds, trained.cpu_seconds) == (7.0, 3.0)
