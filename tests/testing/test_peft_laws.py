"""Is a bad PEFT method caught by the law that is meant for it, and a good one by none?"""

import pytest
import torch
from bad_peft_methods import (
    Beside,
    ComesBack,
    Counts,
    Detached,
    DrawnAtLoading,
    FailsAtOnce,
    FailsInTraining,
    Faint,
    Grows,
    Idle,
    MovesTheBase,
    NotTheSame,
    Remembers,
    TimesZero,
    beside,
    biases,
    fail,
    from_its_own_dice,
    let_nothing_learn,
    shift_the_base,
    under_new_names,
    wake_the_norm,
)
from learning_toys import WIDTH, Toy
from torch import nn

from emobench.catalog.contracts import PeftMethod
from emobench.domain.cards import Adapt, BackboneCard, Layers, PeftCard
from emobench.peft.head_only import emobench_peft_methods
from emobench.testing.peft_laws import broken_laws
from emobench.testing.peft_trials import wake

TOY = BackboneCard(
    name="toy", pretrained_on="nothing", licence="MIT", paper="none", sample_rate=4_000,
    layers=Layers.uniform(3, WIDTH, hz=500), adapt=Adapt(front_end=("front",), feed_forward=("blocks.*.inner",)),
)  # fmt: skip


def broken(apply, *, identity=True):
    """The findings on the toy, by law."""
    card = PeftCard(name="strange", title="Strange", paper="none", identity_at_start=identity)
    return {finding.law: finding for finding in broken_laws(PeftMethod(card, apply), Toy(), TOY)}


@pytest.mark.parametrize("apply", [beside(Beside), biases], ids=["low rank", "biases"])
def test_a_good_method_breaks_no_law(apply):
    """A low-rank update and the biases, written as a stranger would, keep all laws."""
    assert broken(apply) == {}


@pytest.mark.parametrize("method", list(emobench_peft_methods()), ids=lambda method: method.card.name)
def test_a_head_breaks_no_law(method):
    """A method that leaves the backbone alone keeps all laws: nothing of the backbone has to live."""
    assert broken_laws(method, Toy(), TOY) == []


@pytest.mark.parametrize(
    ("apply", "laws"),
    [
        (let_nothing_learn, {"applies"}),
        (fail, {"applies"}),
        (beside(FailsAtOnce), {"applies"}),
        (beside(NotTheSame), {"identity_at_start"}),
        (beside(TimesZero), {"alive"}),
        (beside(Detached), {"alive"}),
        (beside(FailsInTraining), {"alive"}),
        (beside(Faint), {"alive"}),
        (beside(Idle), {"alive", "moves"}),
        (beside(MovesTheBase), {"frozen_stays", "saves_and_loads"}),
        (beside(Counts), {"frozen_stays"}),
        (beside(Grows), {"frozen_stays"}),
        (wake_the_norm, {"frozen_stays", "saves_and_loads"}),
        (shift_the_base, {"frozen_stays"}),
        (beside(ComesBack), {"moves"}),
        (beside(DrawnAtLoading), {"saves_and_loads"}),
        (beside(Remembers), {"saves_and_loads"}),
        (under_new_names(), {"saves_and_loads", "repeatable"}),
        (from_its_own_dice(), {"repeatable"}),
    ],
)  # fmt: skip
def test_a_bad_method_is_caught_by_its_law(apply, laws):
    """Each bad method breaks the law that is meant for it, and no other that it does not break as well."""
    assert set(broken(apply)) == laws


def test_no_claim_of_identity_is_no_lie():
    """A method whose card does not claim identity may change the layers at the start."""
    assert broken(beside(NotTheSame), identity=False) == {}


@pytest.mark.parametrize(
    ("apply", "law", "words"),
    [
        (let_nothing_learn, "applies", "'strange' lets nothing of 'toy' learn"),
        (fail, "applies", "ZeroDivisionError: what a stranger's code may raise"),
        (beside(TimesZero), "alive", "blocks.0.inner.a.weight"),
        (beside(FailsInTraining), "alive", "ValueError: no gradients, please"),
        (beside(Faint), "alive", "backbone.blocks.0.inner.faint, backbone.blocks.1.inner.faint"),
        (beside(NotTheSame), "identity_at_start", "layers that differ: 1 (by"),
        (beside(MovesTheBase), "frozen_stays", "blocks.0.inner.base.bias, blocks.1.inner.base.bias"),
        (wake_the_norm, "frozen_stays", "late_norm.num_batches_tracked, late_norm.running_mean"),
        (beside(ComesBack), "moves", "blocks.0.inner.shift, blocks.1.inner.shift"),
        (under_new_names(), "saves_and_loads", "scale_"),
    ],
)  # fmt: skip
def test_a_finding_says_what_was_found(apply, law, words):
    """A finding names the weights or layers that break the law, or tells what was raised."""
    finding = broken(apply)[law]
    assert words in finding.found
    assert finding.expected


def test_the_laws_change_nothing_of_the_caller():
    """The backbone keeps every bit, learns nothing, has nothing new, and torch's generator stays where it was."""
    toy = Toy()
    before = {name: tensor.clone() for name, tensor in toy.state_dict().items()}
    modes = [part.training for part in toy.modules()]
    generator = torch.random.get_rng_state()
    broken_laws(PeftMethod(PeftCard(name="low-rank", title="Low rank", paper="none"), beside(Beside)), toy, TOY)
    assert torch.equal(torch.random.get_rng_state(), generator)
    assert toy.state_dict().keys() == before.keys()
    assert all(torch.equal(tensor, before[name]) for name, tensor in toy.state_dict().items())
    assert [part.training for part in toy.modules()] == modes
    assert not any(weight.requires_grad for weight in toy.parameters())


def test_an_awake_matrix_keeps_the_size_of_what_it_multiplies():
    """After `wake`, a matrix times a vector of size 1 has size 1 on average; vectors keep their bits."""
    linear = nn.Linear(400, 300).requires_grad_(requires_grad=False)
    linear.weight *= 1e-3
    bias = linear.bias.clone()
    wake(linear)
    x = torch.randn(50, 400, generator=torch.Generator().manual_seed(5))
    assert float((x @ linear.weight.T).std()) == pytest.approx(1, abs=0.05)
    assert torch.equal(linear.bias, bias)
