"""Does nothing below the lowest trainable weight depend on chance, in toys and in transformers?"""

import pytest
import torch
from learning_toys import WIDTH, Toy, adapted, learner_of, tones
from torch import nn

from emobench.backbones import hubert_tiny
from emobench.backbones.architecture import architecture
from emobench.backbones.hidden_states import HiddenStates
from emobench.catalog.contracts import WeightFiles
from emobench.features.entering import rows_of
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.modes import set_modes, training_modes
from emobench.learning.sources import Prefixes, Waveforms, goes_on_from_its_entry
from emobench.testing.tiny_models import CONVOLVED


def modes(learner, source=None):
    learner.eval()
    chosen = source or Waveforms(tones(2)[0])
    return training_modes(learner, lambda: learner(chosen, [0]))


def hubert(dropout=0.1):
    """A tiny HuBERT that drops out everywhere, nothing of it trainable."""
    probabilities = {f"{name}_dropout": dropout for name in ("hidden", "attention", "activation", "feat_proj")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = architecture({**CONVOLVED, **probabilities, "model_type": "hubert"})
        return HiddenStates.from_config(config, normalise=True).requires_grad_(False)


def test_dropouts_above_the_lowest_weight_only():
    """With the upper block alone learning, its dropout is in train mode and the lower block's is not."""
    toy = Toy()
    toy.blocks[1].inner.requires_grad_(True)
    found = modes(learner_of(toy))
    assert "backbone.blocks.1.dropout" in found
    assert "backbone.blocks.0.dropout" not in found
    assert "backbone.early" not in found


def test_containers_frozen_modules_and_batch_norms_sleep():
    """The module around the blocks, frozen modules and batch norms are in eval mode; those that learn are not."""
    toy = adapted()
    toy.late_norm.requires_grad_(True)
    found = modes(learner_of(toy))
    assert found >= {"head", "head.linear", "backbone.blocks.0", "backbone.blocks.0.inner", "backbone.blocks.1.inner.a"}
    assert not found & {"", "backbone", "backbone.front", "backbone.norm", "backbone.late_norm"}
    assert "backbone.blocks.0.inner.base" not in found


def test_only_a_head_leaves_the_backbone_asleep():
    """A frozen backbone has no module in train mode."""
    assert modes(learner_of(Toy())) == {"head.linear"}


def test_modes_are_set_exactly():
    """The named modules are in train mode, all others in eval mode."""
    learner = learner_of()
    set_modes(learner, {"head", "backbone.blocks.0"})
    assert {name for name, part in learner.named_modules() if part.training} == {"head", "backbone.blocks.0"}


def test_an_adapters_own_dropout_is_on_at_the_lowest_place_too():
    """LoRA in peft drops its input beside A: in the lowest place as in all others."""

    class Lora(nn.Module):
        def __init__(self, base):
            super().__init__()
            self.base = base
            self.lora_dropout = nn.ModuleDict({"default": nn.Dropout(0.5)})
            self.lora_A = nn.ModuleDict({"default": nn.Linear(WIDTH, WIDTH, bias=False)})

        def forward(self, hidden):
            return self.base(hidden) + self.lora_A["default"](self.lora_dropout["default"](hidden))

    toy = Toy()
    for block in toy.blocks:
        block.inner = Lora(block.inner)
    found = modes(learner_of(toy))
    assert all(f"backbone.blocks.{block}.inner.lora_dropout.default" in found for block in (0, 1))


@pytest.mark.parametrize("place", ["attention.q_proj", "feed_forward.output_dense"])
@pytest.mark.parametrize("resumed", [False, True])
def test_what_enters_the_blocks_of_a_transformer_never_drops_out(place, resumed):
    """In HuBERT with dropout everywhere, layer 0 and all blocks below the first that learns are those of eval mode."""
    module = hubert()
    module.model.encoder.layers[1].get_submodule(place).weight.requires_grad_(True)
    learner = Learner(module, make_head("mean", [32] * 4, 2, seed=0))
    waves = [torch.randn(n, generator=torch.Generator().manual_seed(n)) / 5 for n in (3_000, 5_000)]
    source = Waveforms(waves)
    if resumed:
        with torch.inference_mode():
            rows = rows_of(module.enter(source.batch([0, 1])))
        source = Prefixes(rows, source.samples)
    found = modes(learner, source)
    say = module.resume if resumed else module
    with torch.no_grad():
        still = say(source.batch([0, 1])).layers
        set_modes(learner, found)
        moving = say(source.batch([0, 1])).layers
    assert torch.equal(moving[0], still[0])
    assert torch.equal(moving[1], still[1])
    assert not torch.allclose(moving[2], still[2], atol=1e-4)
    assert f"backbone.model.encoder.layers.1.{place}" in found


def test_modes_do_not_depend_on_where_the_pass_begins():
    """Whole clips and prefixes put the same modules into train mode, but for those below that are never called."""
    module = hubert()
    for block in module.model.encoder.layers:
        block.attention.requires_grad_(True)
    learner = Learner(module, make_head("weighted_sum", [32] * 4, 2, seed=0))
    source = Waveforms([torch.randn(3_000) / 5])
    with torch.inference_mode():
        rows = rows_of(module.enter(source.batch([0])))
    assert modes(learner, source) == modes(learner, Prefixes(rows, source.samples))


def test_what_learns_decides_whether_an_entry_can_be_kept():
    """Blocks that learn leave the entry alone, a front end that learns does not; modes stay as they were."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles()).requires_grad_(False)
    clip = torch.randn(4_000) / 5
    module.model.encoder.layers[0].requires_grad_(True)
    module.model.encoder.train()
    before = [part.training for part in module.modules()]
    assert goes_on_from_its_entry(module, clip)
    assert [part.training for part in module.modules()] == before
    module.model.feature_projection.projection.bias.requires_grad_(True)
    assert not goes_on_from_its_entry(module, clip)
    assert not goes_on_from_its_entry(nn.Linear(2, 2), clip)
