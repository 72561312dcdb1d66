"""Is a bad PEFT method caught by the law that is meant for it, and a good one by none?"""

import random

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
    WithoutDefault,
    beside,
    biases,
    fail,
    from_its_own_dice,
    from_pythons_dice,
    in_double_precision,
    let_nothing_learn,
    refuse,
    refuse_others,
    seeds_torch,
    shift_the_base,
    stumble_on_others,
    under_new_names,
    wake_the_norm,
    without_gradients,
)
from law_verdicts import broken_by, one_each, unasked_by
from learning_toys import WIDTH, Toy

from emobench.catalog.contracts import PeftMethod
from emobench.domain.cards import Adapt, BackboneCard, Layers, PeftCard
from emobench.domain.frozen import Frozen
from emobench.peft.head_only import FROZEN, WEIGHTED_SUM
from emobench.peft.head_only import apply as leave_alone
from emobench.testing.laws import name_of
from emobench.testing.peft.laws import PEFT_LAWS, check_peft
from emobench.testing.peft.subject import PeftSubject

TOY = BackboneCard(
    name="toy", pretrained_on="nothing", licence="MIT", paper="none", sample_rate=4_000,
    layers=Layers.uniform(3, WIDTH, hz=500), adapt=Adapt(front_end=("front",), feed_forward=("blocks.*.inner",)),
)  # fmt: skip


CARD = PeftCard(name="strange", title="Strange", paper="https://example.org/strange")
OTHER = TOY.model_copy(update={"name": "other"})
ON_TOY = ((TOY, Toy()),)
# For every law a method, as fields of its card, its apply and its options, that it alone catches.
CAUGHT_BY = {
    "licence_named": ({"licence": "TODO"}, beside(Beside), Frozen),
    "paper_named": ({"paper": "see the web"}, beside(Beside), Frozen),
    "options_have_defaults": ({}, beside(Beside), WithoutDefault),
    "applies": ({}, fail, Frozen),
    "leaves_the_ruler": ({}, in_double_precision, Frozen),
    "identity_at_start": ({}, beside(NotTheSame), Frozen),
    "alive": ({}, beside(Faint), Frozen),
    "frozen_stays": ({}, beside(Counts), Frozen),
    "moves": ({}, beside(ComesBack), Frozen),
    "saves_and_loads": ({}, beside(DrawnAtLoading), Frozen),
    "repeatable": ({}, from_its_own_dice(), Frozen),
}


def verdicts(apply, options=Frozen, backbones=ON_TOY, **fields):
    """All verdicts on a method of a stranger."""
    method = PeftMethod(CARD.model_copy(update=fields), apply, options)
    return list(check_peft(PeftSubject(method, backbones=backbones)))


def broken(apply, options=Frozen, **fields):
    """The broken laws on the toy, by name."""
    return broken_by(verdicts(apply, options, **fields))


@pytest.mark.parametrize("law", CAUGHT_BY)
def test_each_law_catches_what_no_other_law_does(law):
    """For each law there is a bad method that breaks it and no other, and every law has its verdict all the same."""
    fields, apply, options = CAUGHT_BY[law]
    said = verdicts(apply, options, **fields)
    assert set(broken_by(said)) == {law}
    assert one_each(said, PEFT_LAWS)


def test_no_law_is_without_its_bad_method():
    """Every law stands in the table of bad methods, in the order of the laws."""
    assert list(CAUGHT_BY) == [name_of(law) for law in PEFT_LAWS]


@pytest.mark.parametrize("apply", [beside(Beside), biases, refuse_others], ids=["low rank", "biases", "refuses"])
def test_a_good_method_breaks_no_law(apply):
    """A low-rank update and the biases, written as a stranger would, keep all laws, and each was asked."""
    said = verdicts(apply)
    assert all(verdict.holds for verdict in said)
    assert one_each(said, PEFT_LAWS)


@pytest.mark.parametrize("card", [FROZEN, WEIGHTED_SUM], ids=lambda card: card.name)
def test_a_head_breaks_no_law(card):
    """A method that leaves the backbone alone keeps all laws; that weights of the backbone learn is not asked of it."""
    said = verdicts(leave_alone, **dict(card))
    assert broken_by(said) == {}
    assert unasked_by(said) == dict.fromkeys(("alive", "moves"), "nothing of the backbone learns")


def test_a_head_leaves_the_backbone_alone():
    """A method that says head on its card and lets weights of the backbone learn, or changes them, is caught."""
    assert set(broken(biases, trains="head")) == {"applies"}
    assert set(broken(shift_frozen, trains="head")) == {"identity_at_start", "frozen_stays", "saves_and_loads"}


def shift_frozen(backbone, card, options):
    backbone.front.bias.data += 0.5


@pytest.mark.parametrize(
    ("apply", "laws"),
    [
        (let_nothing_learn, {"applies"}),
        (refuse, {"applies"}),
        (beside(FailsAtOnce), {"applies"}),
        (without_gradients, {"leaves_the_ruler"}),
        (from_pythons_dice, {"leaves_the_ruler"}),
        (seeds_torch, {"leaves_the_ruler"}),
        (beside(TimesZero), {"alive"}),
        (beside(Detached), {"alive"}),
        (beside(FailsInTraining), {"alive"}),
        (beside(Idle), {"alive", "moves"}),
        (beside(MovesTheBase), {"frozen_stays", "saves_and_loads"}),
        (beside(Grows), {"frozen_stays"}),
        (wake_the_norm, {"frozen_stays", "saves_and_loads"}),
        (shift_the_base, {"frozen_stays"}),
        (beside(Remembers), {"saves_and_loads"}),
        (under_new_names(), {"saves_and_loads", "repeatable"}),
    ],
)  # fmt: skip
def test_a_bad_method_is_caught_by_its_law(apply, laws):
    """Each bad method breaks the law that is meant for it, and no other that it does not break as well."""
    assert set(broken(apply)) == laws


def test_no_claim_of_identity_is_no_lie():
    """A method whose card does not claim identity may change the layers at the start."""
    assert broken(beside(NotTheSame), identity_at_start=False) == {}


def test_a_backbone_may_be_refused_with_an_explanation_only():
    """A method that refuses one of two backbones by a UsageError keeps all laws; one that stumbles breaks `applies`."""
    both = ((TOY, Toy()), (OTHER, Toy()))
    said = {verdict.law: verdict for verdict in verdicts(refuse_others, backbones=both)}
    assert broken_by(said.values()) == {}
    assert said["applies"].found == "toy; refuses other"
    stumbled = broken_by(verdicts(stumble_on_others, backbones=both))
    assert set(stumbled) == {"applies"}
    assert stumbled["applies"].found.startswith("other: ")
    assert "AttributeError: no attribute 'encoder'" in stumbled["applies"].found


def test_what_fails_in_training_is_asked_no_further():
    """Where training fails on every backbone, laws about what was trained are not asked."""
    said = verdicts(beside(FailsInTraining))
    assert set(unasked_by(said)) == {"frozen_stays", "moves", "saves_and_loads", "repeatable"}


def test_global_settings_are_put_back():
    """Whatever a method does to the settings of the process, they are as they were when its verdicts are in."""
    before = torch.get_default_dtype(), torch.is_grad_enabled(), random.getstate()
    for apply in (in_double_precision, without_gradients, from_pythons_dice, seeds_torch):
        verdicts(apply)
    assert (torch.get_default_dtype(), torch.is_grad_enabled(), random.getstate()) == before


def test_options_of_the_subject_are_those_that_are_tried():
    """A method is applied with the options that its subject gives, its defaults stay out of it."""
    seen = []

    def apply(backbone, card, options):
        seen.append(options)
        beside(Beside)(backbone, card, options)

    class Options(Frozen):
        rank: int = 8

    method = PeftMethod(CARD, apply, Options)
    list(check_peft(PeftSubject(method, options=Options(rank=2), backbones=ON_TOY)))
    assert {options.rank for options in seen} == {2}


def test_verdicts_come_one_by_one():
    """A law is asked when its verdict is wanted: cards are judged before anything is applied."""
    applied = []
    coming = check_peft(PeftSubject(PeftMethod(CARD, lambda *_: applied.append(1)), backbones=ON_TOY))
    assert [next(coming).law for _ in range(3)] == ["licence_named", "paper_named", "options_have_defaults"]
    assert applied == []


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
    assert words in broken(apply)[law].found


def test_the_laws_change_nothing_of_the_caller():
    """The backbone keeps every bit, learns nothing, has nothing new, and torch's generator stays where it was."""
    toy = Toy()
    before = {name: tensor.clone() for name, tensor in toy.state_dict().items()}
    modes = [part.training for part in toy.modules()]
    generator = torch.random.get_rng_state()
    verdicts(beside(Beside), backbones=((TOY, toy),))
    assert torch.equal(torch.random.get_rng_state(), generator)
    assert toy.state_dict().keys() == before.keys()
    assert all(torch.equal(tensor, before[name]) for name, tensor in toy.state_dict().items())
    assert [part.training for part in toy.modules()] == modes
    assert not any(weight.requires_grad for weight in toy.parameters())
