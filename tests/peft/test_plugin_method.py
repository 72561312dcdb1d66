"""Does a stranger's PEFT method, one Python file, go all the way: found, joined, trained, saved and loaded?"""

import math

import pytest
import torch
from law_verdicts import broken_by
from pydantic import ValidationError

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import from_file
from emobench.domain.errors import UsageError
from emobench.domain.training import TrainOptions
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.sources import Waveforms
from emobench.learning.training import Examples, train
from emobench.peft.combination import combined
from emobench.peft.saving import load_adapters, save_adapters
from emobench.testing.peft.laws import check_peft
from emobench.testing.peft.subject import PeftSubject
from emobench.testing.peft.trials import wake

PLUGIN = '''
"""What does SSF train? A scale and a shift behind every Linear of the feed-forwards."""

from typing import Literal

from pydantic import Field

from emobench import PeftCard, PeftMethod, hookimpl
from emobench.domain.frozen import Frozen

CARD = PeftCard(name="ssf", title="Scale and shift", paper="https://arxiv.org/abs/2210.08823", licence="MIT")


class SsfOptions(Frozen):
    learns: Literal["scale", "shift", "both"] = "both"
    spread: float = Field(default=0.0, ge=0, description="deviation of the first scales from 1")


def apply(backbone, card, options):
    import torch

    class ScaleAndShift(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.scale = torch.nn.Parameter(1 + options.spread * torch.randn(width), options.learns != "shift")
            self.shift = torch.nn.Parameter(torch.zeros(width), options.learns != "scale")

        def forward(self, states):
            return states * self.scale + self.shift

    for name, module in list(backbone.named_modules()):
        if name.endswith(("intermediate_dense", "output_dense")):
            module.add_module("ssf", ScaleAndShift(module.out_features))
            module.register_forward_hook(lambda linear, _, states: linear.ssf(states))


@hookimpl
def emobench_peft_methods():
    yield PeftMethod(CARD, apply, SsfOptions)
'''


@pytest.fixture
def strange(tmp_path, catalog):
    """The catalog of emobench with the stranger's file beside it."""
    (tmp_path / "ssf.py").write_text(PLUGIN, "utf-8")
    return build_catalog([*catalog.plugins, from_file(tmp_path / "ssf.py")])


@pytest.fixture
def find(strange):
    """Finds a PEFT method by its name, the stranger's too."""
    return lambda name: strange.peft_method(name).what


def examples(card, clips=12):
    """Quiet and loud noise, told apart by class."""
    draw = torch.Generator().manual_seed(4)
    truth = torch.arange(clips) % 2
    lengths = [round((0.2 + 0.01 * place) * card.sample_rate) for place in range(clips)]
    waves = [torch.randn(n, generator=draw) * (0.02 + 0.5 * int(y)) for n, y in zip(lengths, truth, strict=True)]
    return Examples(Waveforms(waves), truth, loss_for(truth, 2))


def trained_together(name, find, module, card, options=None):
    """Apply a combination by its name and train it by the one loop."""
    combination = combined(name, find)
    torch.manual_seed(0)
    combination.apply(module, card, options)
    learner = Learner(module, make_head(combination.head, [layer.width for layer in card.layers], 2, seed=0))
    settings = TrainOptions(epochs=6, batch=4, learning_rate=3e-3)
    return combination, learner, train(learner, examples(card), lambda _: 0.0, settings, seed=0)


def broken_with(method, module, card, options):
    """The names of the laws that a method breaks on one backbone."""
    return [*broken_by(check_peft(PeftSubject(method, options=options, backbones=((card, module),))))]


def test_it_is_found_by_its_name(strange):
    """It stands among the built-in methods under its owner; a slip in its name leads to it."""
    assert strange.broken == ()
    assert strange.peft_method("ssf").owner.name == "ssf.py"
    assert strange.peft_method("lora").what.card.name == "lora"
    with pytest.raises(UsageError, match="Did you mean 'ssf'"):
        strange.peft_method("sff")


def test_its_options_are_typed(find):
    """Its own options have its defaults, take what they say, and refuse other values and unknown fields."""
    options = find("ssf").options
    assert options().model_dump() == {"learns": "both", "spread": 0.0}
    assert options.model_validate({"learns": "shift", "spread": "0.5"}).spread == pytest.approx(0.5)
    for wrong in ({"learns": "nothing"}, {"spread": -1}, {"spred": 1}):
        with pytest.raises(ValidationError):
            options.model_validate(wrong)


@pytest.mark.parametrize("choice", [{}, {"learns": "shift"}, {"learns": "scale"}])
def test_it_keeps_the_laws(choice, fresh, find):
    """Whatever of it learns, the laws for methods find nothing in it."""
    card, module = fresh("hubert")
    assert broken_with(find("ssf"), wake(module), card, find("ssf").options(**choice)) == []


def test_options_that_break_its_promise_are_caught(fresh, find):
    """First scales other than 1 break its claim of identity; where only shifts learn, they are lost on saving, too."""
    card, module = fresh("hubert")
    options = find("ssf").options
    laws = broken_with(find("ssf"), wake(module), card, options(spread=0.1))
    assert laws == ["identity_at_start"]
    laws = broken_with(find("ssf"), module, card, options(spread=0.1, learns="shift"))
    assert laws == ["identity_at_start", "saves_and_loads"]


@pytest.mark.parametrize(
    ("name", "canonical"),
    [("weighted_sum+ssf", "ssf+weighted_sum"), ("ssf+lora+weighted_sum", "lora+ssf+weighted_sum")],
)
def test_joined_with_others_it_learns(name, canonical, fresh, find):
    """Under the weighted sum, alone or beside LoRA, all of it lives, the loss falls, and only what may learn moves."""
    card, module = fresh("hubert")
    wake(module)
    frozen = [(weight, weight.clone()) for weight in module.parameters()]
    options = {"lora": find("lora").options(rank=4), "ssf": find("ssf").options(learns="both")}
    combination, learner, trained = trained_together(name, find, module, card, options)
    assert (combination.name, combination.head) == (canonical, "weighted_sum")
    assert trained.dead == ()
    assert "head.layer_logits" in trained.weights
    learning = [path for path in trained.weights if path.endswith((".ssf.scale", ".ssf.shift"))]
    assert len(learning) == 2 * 2 * 3  # scale and shift behind two Linears of three blocks
    losses = [epoch.loss for epoch in trained.history]
    assert losses[-1] < losses[0] < math.inf
    assert all(torch.equal(weight, before) for weight, before in frozen)
    assert {path for path, weight in learner.named_parameters() if weight.requires_grad} <= set(trained.weights)


def test_it_comes_back_with_its_options(tmp_path, fresh, find, layers_of):
    """Saved and loaded beside LoRA, it has its options and gives the trained layers bit by bit."""
    card, module = fresh("hubert")
    options = {"lora": find("lora").options(rank=4), "ssf": find("ssf").options(learns="scale")}
    combination, _, _ = trained_together("ssf+lora+weighted_sum", find, module, card, options)
    save_adapters(tmp_path / "adapters", module, card, combination, options)
    _, other = fresh("hubert")
    before = layers_of(other, card)
    found = load_adapters(tmp_path / "adapters", other, card, find)
    assert found.name == combination.name
    assert all(torch.equal(a, b) for a, b in zip(layers_of(other, card), layers_of(module, card), strict=True))
    assert not torch.equal(layers_of(other, card)[-1], before[-1])
    learning = {path for path, weight in other.named_parameters() if weight.requires_grad}
    assert any(path.endswith("ssf.scale") for path in learning)
    assert not any(path.endswith("ssf.shift") for path in learning)


def test_without_the_plugin_its_adapters_are_refused(tmp_path, fresh, find, lookup):
    """Where the stranger's file is not named, loading says which method is missing."""
    card, module = fresh("hubert")
    combination, _, _ = trained_together("ssf", find, module, card)
    save_adapters(tmp_path / "adapters", module, card, combination)
    _, other = fresh("hubert")
    with pytest.raises(UsageError, match="no peft method named 'ssf'"):
        load_adapters(tmp_path / "adapters", other, card, lookup)
