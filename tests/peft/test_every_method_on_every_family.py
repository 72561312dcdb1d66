"""Does every built-in method keep all laws on every family of transformers, and on BYOL-S?"""

import copy

import pytest
import torch
from law_verdicts import broken_by

from emobench.testing.peft.laws import check_peft
from emobench.testing.peft.subject import PeftSubject
from emobench.testing.peft.trials import wake
from emobench.testing.tiny_models import TINY

METHODS = ("bitfit", "bottleneck", "dora", "full", "ia3", "lora", "weight_gating")
OF_THE_HEAD = ("frozen", "weighted_sum")
MODELS = (*TINY, "byol-s")


@pytest.fixture(scope="module")
def awake(shelf):
    """A card and a module whose matrices are as large as trained ones, made once; the laws copy it."""
    made = {}

    def one(name):
        if name not in made:
            card, module = shelf(name)
            made[name] = card, wake(copy.deepcopy(module))
        return made[name]

    return one


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("method", METHODS)
def test_no_law_is_broken(method, name, awake, lookup, options_of):
    """Alive without any exception, identity, frozen weights, movement, saving and repetition hold for every pair."""
    card, module = awake(name)
    before = {path: tensor.clone() for path, tensor in module.state_dict().items()}
    subject = PeftSubject(lookup(method), options=options_of(method), backbones=((card, module),))
    assert broken_by(check_peft(subject)) == {}
    after = module.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(tensor, before[path]) for path, tensor in after.items())


@pytest.mark.parametrize("name", ["hubert-stable", "byol-s"])
@pytest.mark.parametrize("method", OF_THE_HEAD)
def test_no_law_is_broken_by_a_head(method, name, awake, lookup):
    """Methods of the head train by the same loop and break no law either."""
    card, module = awake(name)
    assert broken_by(check_peft(PeftSubject(lookup(method), backbones=((card, module),)))) == {}


def test_no_method_and_no_family_is_left_out(catalog):
    """Every method and every family that emobench offers stands in the tables of this file."""
    assert {*METHODS, *OF_THE_HEAD} == set(catalog.peft_methods)
    assert {model_type for model_type, _, _ in TINY.values()} == set(catalog.families)
