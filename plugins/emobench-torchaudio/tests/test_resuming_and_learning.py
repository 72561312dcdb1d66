"""Can a bundle's model stop before its first block and go on from there, and learn where its card says?"""

import pytest
import torch
from emobench_torchaudio.plugin import emobench_backbones
from torch import nn

from emobench import Entered
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import installed

CARDS = {backbone.card.name: backbone.card for backbone in emobench_backbones()}


def valid(features):
    """Per layer and clip, the valid frames."""
    return [
        [layer[row, :frames] for row, frames in enumerate(lengths)]
        for layer, lengths in zip(features.layers, features.lengths, strict=True)
    ]


def test_clips_that_entered_apart_go_on_together(pair, batch_of, clips):
    """Entered one by one and padded anew, clips have the features they have in a batch; no convolution is computed."""
    chosen = [clips[place] for place in (2, 0, 3)]
    with torch.no_grad():
        expected = valid(pair.ours(batch_of(*chosen)))
        rows = [pair.ours.enter(batch_of(clip)) for clip in chosen]
        state = nn.utils.rnn.pad_sequence([row.state[0] for row in rows], batch_first=True)
        calls = []
        for part in (pair.ours.model.feature_extractor, pair.ours.model.encoder.transformer.pos_conv_embed):
            for module in part.modules():
                module.register_forward_hook(lambda *_: calls.append(1))
        found = valid(pair.ours.resume(Entered(state, torch.cat([row.samples for row in rows]))))
    assert not calls
    for layer, truth in zip(found, expected, strict=True):
        for clip, other in zip(layer, truth, strict=True):
            torch.testing.assert_close(clip, other, rtol=1e-5, atol=2e-5)


def test_what_enters_has_the_frames_of_its_clip(pair, batch_of, clips):
    """The entry of a clip alone is that of the clip in a batch, cut to its own frames, and no block is computed."""
    calls = []
    pair.ours.model.encoder.transformer.layers[0].register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        entered = pair.ours.enter(batch_of(*clips))
        for row, clip in enumerate(clips):
            alone = pair.ours.enter(batch_of(clip)).state[0]
            assert entered.frames[row] == len(alone)
            torch.testing.assert_close(entered.state[row, : len(alone)], alone, rtol=1e-5, atol=2e-5)
    assert not calls


def test_what_entered_tells_that_a_convolution_learns(pair, batch_of, clips):
    """What enters requires a gradient where a weight below the first block does, and only there."""
    pair.ours.requires_grad_(False)
    assert not pair.ours.enter(batch_of(clips[1])).state.requires_grad
    pair.ours.model.feature_extractor.conv_layers[0].conv.weight.requires_grad_(True)
    assert pair.ours.enter(batch_of(clips[1])).state.requires_grad


@pytest.mark.parametrize("method", ["lora", "bitfit", "bottleneck", "ia3", "full"])
@pytest.mark.parametrize(("kind", "name"), [("hubert", "hubert-base"), ("wavlm-stable", "wavlm-large")])
def test_learns_where_its_card_says(paired, batch_of, clips, method, kind, name):
    """Every weight that a PEFT method lets learn gets a gradient, and the front end none unless all may learn."""
    ours = paired(kind).ours.requires_grad_(False)
    known = build_catalog(*installed()).peft_method(method).what
    known.apply(ours, CARDS[f"torchaudio-{name}"], known.options())
    sum(layer.square().mean() for layer in ours(batch_of(*clips)).layers).backward()
    learning = {name: weight for name, weight in ours.named_parameters() if weight.requires_grad}
    assert learning
    assert [name for name, weight in learning.items() if weight.grad is None] == []
    if method != "full":
        assert not any(".feature_" in name for name in learning)
