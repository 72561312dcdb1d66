"""Do clips, rates and chances follow from the seed and the lengths alone?"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_toys import learner_of, whole

from emobench.domain.training import TrainOptions
from emobench.learning.order import batches_of_epoch, drawing_from, rate_at
from emobench.learning.seeds import seed_of
from emobench.learning.training import train


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=300), st.integers(2, 40), st.integers(0, 99))
def test_every_clip_trains_once_an_epoch(samples, batch, seed):
    """The batches of an epoch are a partition of the clips into ceil(n / batch) parts that differ by one at most."""
    found = batches_of_epoch(samples, batch, seed, epoch=1)
    assert sorted(place for part in found for place in part) == list(range(len(samples)))
    sizes = {len(part) for part in found}
    assert len(found) == math.ceil(len(samples) / batch)
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1


def test_batches_are_shuffled_and_hardly_padded():
    """Epochs and seeds have other orders, repeated calls the same; a random order would pad twice as much."""
    draw = torch.Generator().manual_seed(0)
    samples = torch.randint(1_000, 10_000, (1_000,), generator=draw).tolist()
    first = batches_of_epoch(samples, 16, seed=0, epoch=1)
    assert first == batches_of_epoch(samples, 16, seed=0, epoch=1)
    assert first != batches_of_epoch(samples, 16, seed=0, epoch=2)
    assert first != batches_of_epoch(samples, 16, seed=1, epoch=1)
    heard = sum(max(samples[place] for place in part) * len(part) for part in first)
    assert heard < 1.2 * sum(samples)
    longest = [max(samples[place] for place in part) for part in first]
    assert longest != sorted(longest)


def test_the_schedule_by_hand():
    """Forty steps with a warm-up of 10 %: quarters up to 1, half a cosine down, and never 0."""
    found = [rate_at(step, 40, 0.1) for step in range(40)]
    assert found[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert found[22] == pytest.approx(0.5)  # half of the 36 steps of the cosine
    assert found[13] == pytest.approx((1 + math.sqrt(0.5)) / 2)  # a quarter of them
    assert found[31] == pytest.approx((1 - math.sqrt(0.5)) / 2)
    assert 0 < found[39] < 0.002
    assert found[3:] == sorted(found[3:], reverse=True)


def test_no_warm_up_begins_at_the_full_rate():
    """With few steps, 5 % of them is none, and the first step has the whole rate."""
    assert rate_at(0, 6, 0.05) == 1.0
    assert rate_at(5, 6, 0.05) > 0


def test_the_loop_uses_the_schedule(monkeypatch):
    """Every step of AdamW has the rate of the schedule over all planned steps, and the weight decay of the options."""
    seen = []
    step = torch.optim.AdamW.step

    def spying(self, *args, **kwargs):
        seen.append((self.param_groups[0]["lr"], self.param_groups[0]["weight_decay"]))
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", spying)
    options = TrainOptions(epochs=5, batch=8, warm_up=0.2, patience=2, learning_rate=2e-3, weight_decay=0.03)
    train(learner_of(), whole(), lambda _: 0.0, options, seed=0)
    assert len(seen) == 3 * 8  # patience ended what was planned as 40
    for number, (rate, decay) in enumerate(seen):
        rises = (number + 1) / 8
        falls = (1 + math.cos(math.pi * (number - 8) / 32)) / 2
        assert rate == pytest.approx(2e-3 * (rises if number < 8 else falls))
        assert decay == 0.03


def test_gradients_are_clipped(monkeypatch):
    """The norm of all gradients together is at most the option's when AdamW steps."""
    norms = []
    step = torch.optim.AdamW.step

    def spying(self, *args, **kwargs):
        gradients = [weight.grad.norm() for weight in self.param_groups[0]["params"]]
        norms.append(float(torch.stack(gradients).norm()))
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", spying)
    train(learner_of(), whole(), lambda _: 0.0, TrainOptions(epochs=1, clip=0.01, learning_rate=5e-4), seed=0)
    assert norms
    assert all(0.005 < norm <= 0.01 * (1 + 1e-4) for norm in norms)


def test_chances_belong_to_their_step():
    """Inside, draws depend on the seed only; afterwards the caller's generator is where it was."""

    def drawn(seed, step):
        with drawing_from(seed_of(seed, "step", step), torch.device("cpu")):
            return torch.rand(3).tolist()

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = drawn(1, 2)
    assert torch.equal(torch.rand(1), expected)
    assert first == drawn(1, 2)
    assert len({tuple(drawn(seed, step)) for seed in (1, 2) for step in (0, 1, 2)}) == 6


def test_seeds_are_seeds():
    """Purposes of one unit have seeds of their own, which torch takes."""
    seeds = {seed_of(seed, word, step) for seed in range(5) for word in ("order", "step") for step in range(5)}
    assert len(seeds) == 50
    assert all(0 <= seed < 2**63 for seed in seeds)
