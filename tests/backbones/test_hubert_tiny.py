"""Is the random HuBERT a fixed point: the same for a seed, cheap, and open to PEFT methods?"""

from itertools import pairwise

import torch
from transformers import HubertConfig, HubertModel

from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import WeightFiles


def loaded(seed=0):
    """The backbone as the core loads it, from a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return hubert_tiny.load(hubert_tiny.CARD, WeightFiles())


def test_seed_decides_the_weights():
    """The same seed gives the same weights, another seed others."""
    first, again, other = (loaded(seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    name = "model.encoder.layers.0.attention.q_proj.weight"
    assert not torch.equal(first[name], other[name])


def test_agrees_with_transformers_on_a_normalised_clip(batch_of, clips):
    """Without our code: a plain HubertModel with the same weights, on the clip made zero mean and unit variance."""
    backbone = loaded()
    model = HubertModel(HubertConfig(**backbone.model.config.to_dict())).eval()
    model.load_state_dict(backbone.model.state_dict())
    clip = clips[2]
    with torch.no_grad():
        found = backbone(batch_of(clip, clips[3]))
        normal = (clip - clip.mean()) / (clip.var(correction=0) + 1e-7).sqrt()
        expected = model(normal[None], output_hidden_states=True).hidden_states
    for layer, frames, truth in zip(found.layers, found.lengths, expected, strict=True):
        torch.testing.assert_close(layer[0, : frames[0]], truth[0], atol=1e-5, rtol=1e-5)


def test_clips_are_told_apart_in_every_layer(batch_of, clips):
    """Random weights still let what is heard through: different clips have different means."""
    with torch.no_grad():
        tone = torch.sin(torch.arange(8_000) / 7)
        features = loaded()(batch_of(clips[3][:8_000], tone))
    for layer in features.layers:
        noise, pitch = layer.mean(dim=1)
        assert (noise - pitch).norm() > 0.05 * noise.norm()


def test_every_block_does_something(batch_of, clips):
    """Layers differ by more than a tenth of their size: the layer curve of this control is a curve."""
    with torch.no_grad():
        layers = loaded()(batch_of(clips[3])).layers
    for below, above in pairwise(layers):
        assert (above - below).norm() > 0.1 * below.norm()


def test_places_for_peft_exist():
    """The card's dotted names lead to modules in each block, those for attention and feed-forward to linear layers."""
    adapt = hubert_tiny.CARD.adapt
    backbone = loaded()
    assert all(backbone.get_submodule(name) is not None for name in adapt.front_end)
    for block in range(4):
        assert backbone.get_submodule(adapt.blocks.replace("*", str(block))) is not None
        for name in (*adapt.attention, *adapt.feed_forward):
            assert isinstance(backbone.get_submodule(name.replace("*", str(block))), torch.nn.Linear)
