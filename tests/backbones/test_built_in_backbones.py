"""Do the built-in backbones keep the laws that every backbone keeps?"""

import subprocess
import sys

import pytest
import torch

from emobench.backbones import hubert_tiny, level_duration, logmel
from emobench.catalog.contracts import WeightFiles

MODULES = (logmel, level_duration, hubert_tiny)


@pytest.fixture(params=MODULES, ids=lambda module: module.CARD.name)
def plugin(request):
    """The module of one built-in backbone."""
    return request.param


@pytest.fixture
def backbone(plugin):
    """The backbone, loaded as the core loads it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return plugin.load(plugin.CARD, WeightFiles())


def pooled(backbone, audio):
    """Means over valid frames: per clip one vector a layer."""
    with torch.no_grad():
        features = backbone(audio)
    return [
        [layer[row, :frames].mean(dim=0) for layer, lengths in zip(features.layers, features.lengths, strict=True)
         for frames in [int(lengths[row])]]
        for row in range(len(audio.lengths))
    ]  # fmt: skip


def test_batch_mates_change_nothing(backbone, batch_of, clips):
    """A clip's pooled features are the same alone and beside longer clips, to 1e-5 of their size."""
    for together, clip in zip(pooled(backbone, batch_of(*clips)), clips, strict=True):
        for layer, expected in zip(together, pooled(backbone, batch_of(clip))[0], strict=True):
            assert (layer - expected).norm() <= 1e-5 * expected.norm()


def test_order_in_the_batch_changes_nothing(backbone, batch_of, clips):
    """The same clips the other way round give the same features the other way round."""
    there, back = pooled(backbone, batch_of(*clips)), pooled(backbone, batch_of(*clips[::-1]))
    for first, second in zip(there, back[::-1], strict=True):
        for layer, other in zip(first, second, strict=True):
            assert (layer - other).norm() <= 1e-5 * layer.norm()


def test_gives_the_layers_of_its_card(plugin, backbone, batch_of, clips):
    """As many layers, as wide, in float32, with the frames per second that the card promises."""
    features = backbone(batch_of(*clips))
    assert len(features.layers) == len(features.lengths) == len(plugin.CARD.layers)
    for card, layer, frames in zip(plugin.CARD.layers, features.layers, features.lengths, strict=True):
        assert (layer.shape[2], layer.dtype) == (card.width, torch.float32)
        for clip, found in zip(clips, frames.tolist(), strict=True):
            assert 1 <= found <= layer.shape[1]
            assert found == 1 if card.hz == 0 else abs(found - len(clip) / 16_000 * card.hz) <= 3


def test_shortest_clip_has_a_frame(plugin, backbone, batch_of):
    """A clip of ``min_seconds`` is enough for every layer."""
    shortest = torch.ones(round(plugin.CARD.min_seconds * plugin.CARD.sample_rate))
    assert all(frames.item() >= 1 for frames in backbone(batch_of(shortest)).lengths)


def test_silence_is_finite(backbone, batch_of):
    """Digital silence gives numbers, alone and beside sound."""
    for audio in (batch_of(torch.zeros(16_000)), batch_of(torch.zeros(700), torch.ones(16_000))):
        assert all(vector.isfinite().all() for clip in pooled(backbone, audio) for vector in clip)


def test_sees_level_when_it_says_so(plugin, backbone, batch_of, clips):
    """Twice the amplitude changes the features of exactly those backbones whose card says that they see level."""
    quiet, loud = pooled(backbone, batch_of(clips[3], 2 * clips[3]))
    same = all((one - two).norm() <= 1e-3 * one.norm() for one, two in zip(quiet, loud, strict=True))
    assert same is not plugin.CARD.sees_level


@pytest.mark.parametrize("plugin", [module for module in MODULES if module.CARD.differentiable], indirect=True)
def test_gradients_flow_when_it_says_so(backbone, batch_of, clips):
    """A differentiable backbone lets the gradient of every layer reach the waveform."""
    audio = batch_of(clips[2])
    audio.waveform.requires_grad_(True)
    for layer in backbone(audio).layers:
        (gradient,) = torch.autograd.grad(layer.square().sum(), audio.waveform, retain_graph=True)
        assert gradient.abs().max() > 0


def test_is_in_eval_mode_with_its_parameters_counted(plugin, backbone):
    """No module is left in train mode, and the card's number of parameters is the module's."""
    assert not any(module.training for module in backbone.modules())
    assert sum(weight.numel() for weight in backbone.parameters()) == plugin.CARD.parameters


def test_offers_itself_without_torch(plugin):
    """The module yields its backbone through the hook and imports no torch for it."""
    lines = (
        f"import sys, {plugin.__name__} as plugin; list(plugin.emobench_backbones()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0
    assert [backbone.card for backbone in plugin.emobench_backbones()] == [plugin.CARD]
