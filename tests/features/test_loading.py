"""Is a model loaded as its plan says, and told what is wanted of it?"""

from dataclasses import replace

import pytest
import torch
from torch import nn

from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import Backbone
from emobench.domain.errors import BrokenEnvironment, DataError, EmobenchError
from emobench.domain.plan import BackbonePlan
from emobench.features.loading import load_backbone
from emobench.testing.toys import MODEL, toy_backbone

CPU = torch.device("cpu")


def plan(card):
    return BackbonePlan(card, {}, "toys 1.0")


def test_random_models_are_the_same_whatever_was_drawn_before():
    """Seeded weights do not depend on the caller's generator, and leave it as it was."""
    backbone = Backbone(hubert_tiny.CARD, load=hubert_tiny.load)
    torch.manual_seed(1)
    first = load_backbone(backbone, plan(hubert_tiny.CARD), CPU)
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(3), drawn)
    second = load_backbone(backbone, plan(hubert_tiny.CARD), CPU)
    for mine, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(mine, other)
    assert not first.training
    assert not any(weight.requires_grad for weight in first.parameters())


@pytest.mark.parametrize(
    ("raised", "expected", "hint"),
    [
        (OSError("libtorchaudio.so: undefined symbol"), BrokenEnvironment, "emobench doctor"),
        (ImportError("libx.so is too old"), BrokenEnvironment, "emobench doctor"),
        (ModuleNotFoundError("No module named 'x'", name="x"), BrokenEnvironment, "'x' has to be installed"),
        (KeyError("weight"), EmobenchError, "the plugin of backbone 'toy-model' (toys 1.0)"),
        (DataError("the checkpoint does not fit."), DataError, "does not fit"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told(raised, expected, hint):
    """A broken package names the doctor, a missing one itself, a failing plugin its name; designed errors stay."""

    def load(card, files):
        raise raised

    with pytest.raises(expected) as caught:
        load_backbone(replace(toy_backbone(), load=load), plan(MODEL), CPU)
    assert type(caught.value) is expected
    assert hint in str(caught.value)


@pytest.mark.parametrize("loaded", [None, "weights", object()], ids=["nothing", "text", "another object"])
def test_what_is_no_module_is_refused(loaded):
    """A plugin whose ``load`` gives something else than a torch module is named, with what it gave."""
    with pytest.raises(EmobenchError, match=rf"toys 1\.0.* loads no torch module.\nfound: {type(loaded).__name__}"):
        load_backbone(replace(toy_backbone(), load=lambda card, files: loaded), plan(MODEL), CPU)


class Stopping(nn.Module):
    """Remembers how many layers it was told to keep."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def keep_layers(self, count):
        self.kept.append(count)


@pytest.mark.parametrize(("layers", "told"), [(1, [1]), (2, [])])
def test_a_module_that_can_stop_early_is_told_when_it_may(layers, told):
    """``keep_layers`` hears the number of wanted layers, once, and only where the model has more; ``load`` gets all."""
    cards = []
    backbone = replace(toy_backbone(), load=lambda card, files: cards.append(card) or Stopping())
    wanted = MODEL.model_copy(update={"layers": MODEL.layers[:layers]})
    assert load_backbone(backbone, BackbonePlan(wanted, {}, "toys 1.0", {}, MODEL), CPU).kept == told
    assert cards == [MODEL]
