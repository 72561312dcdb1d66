"""Can BYOL-S stop in front of its linear layers, and go on from there as if it had never stopped?"""

import torch
from torch import nn

from emobench import Entered


def pooled(features):
    """Means over the valid frames of every clip, per layer (batch, width), by loops."""
    return [
        torch.stack([row[:n].mean(dim=0) for row, n in zip(layer, frames, strict=True)])
        for layer, frames in zip(features.layers, features.lengths, strict=True)
    ]


def together(rows):
    """Several clips that entered apart, padded with zeros to one Entered."""
    return Entered(
        state=nn.utils.rnn.pad_sequence([row.state[0] for row in rows], batch_first=True),
        samples=torch.cat([row.samples for row in rows]),
        below=tuple(torch.cat(layers) for layers in zip(*(row.below for row in rows), strict=True)),
    )


def test_resuming_is_forward(backbone, batch_of, clips):
    """From ``block3`` on every valid frame of a padded batch is forward's; below it the means over time are."""
    with torch.no_grad():
        expected = backbone(batch_of(*clips))
        found = backbone.resume(backbone.enter(batch_of(*clips)))
    assert len(found.layers) == len(expected.layers)
    for layer in (2, 3, 4):
        assert torch.equal(found.lengths[layer], expected.lengths[layer])
        for row, frames in enumerate(expected.lengths[layer]):
            assert torch.equal(found.layers[layer][row, :frames], expected.layers[layer][row, :frames])
    for mean, truth in zip(pooled(found), pooled(expected), strict=True):
        torch.testing.assert_close(mean, truth, rtol=1e-5, atol=1e-6)


def test_clips_that_entered_apart_go_on_together(backbone, batch_of, clips):
    """Entered one by one and padded anew, or cut out of a batch, clips have the features they have alone."""
    with torch.no_grad():
        alone = [pooled(backbone(batch_of(clip))) for clip in clips]
        rows = [backbone.enter(batch_of(clip)) for clip in clips]
        features = pooled(backbone.resume(together([rows[2], rows[0], rows[3]])))
        entered = backbone.enter(batch_of(*clips))
    for row, place in enumerate((2, 0, 3)):
        for layer, truth in zip(features, alone[place], strict=True):
            torch.testing.assert_close(layer[row], truth[0], rtol=1e-5, atol=1e-6)
    for row, frames in enumerate(entered.frames):
        assert frames == rows[row].state.shape[1]
        torch.testing.assert_close(entered.state[row, :frames], rows[row].state[0], rtol=1e-5, atol=1e-5)


def test_no_convolution_is_computed_again(backbone, batch_of, clips):
    """The convolutions are called on entering, and not on going on."""
    calls = []
    for part in backbone.features:
        part.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        entered = backbone.enter(batch_of(*clips))
        assert calls
        calls.clear()
        backbone.resume(entered)
    assert not calls


def test_gradients_reach_the_linear_layers_only(backbone, batch_of, clips):
    """From ``fc2``, the weights of both linear layers get the gradients of forward; what entered needs none."""
    backbone.features.requires_grad_(False)
    entered = backbone.enter(batch_of(*clips))
    assert not entered.state.requires_grad
    found = torch.autograd.grad(pooled(backbone.resume(entered))[-1].sum(), list(backbone.fc.parameters()))
    expected = torch.autograd.grad(pooled(backbone(batch_of(*clips)))[-1].sum(), list(backbone.fc.parameters()))
    for gradient, truth in zip(found, expected, strict=True):
        assert gradient.norm() > 0
        torch.testing.assert_close(gradient, truth)


def test_what_entered_tells_that_a_convolution_learns(backbone, batch_of, clips):
    """With gradients on, ``block3`` requires one where a convolution may learn."""
    backbone.requires_grad_(False)
    backbone.features[0].bias.requires_grad_(True)
    assert backbone.enter(batch_of(*clips)).state.requires_grad
