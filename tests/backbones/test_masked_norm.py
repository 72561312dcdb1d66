"""Are an encoder's convolutions blind to padding, clip by clip, and only while a pass is under way?"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from emobench.backbones.masked_norm import MaskedGroupNorm, mask_group_norm, mask_positional_stack
from emobench.backbones.underway import Pass, begun, under_way


class FrontEnd(nn.Module):
    """One convolution and a norm, named as in wav2vec 2.0."""

    def __init__(self, norm):
        super().__init__()
        first = nn.Module()
        first.conv, first.layer_norm = nn.Conv1d(1, 6, 10, stride=5, bias=False), norm
        self.conv_layers = nn.ModuleList([first])

    def forward(self, waveform):
        return self.conv_layers[0].layer_norm(self.conv_layers[0].conv(waveform[:, None]))


@pytest.fixture(params=(6, 2), ids=("one group a channel", "three channels a group"))
def front_end(request):
    """A front end whose norm has weights of its own."""
    torch.manual_seed(0)
    norm = nn.GroupNorm(request.param, 6)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return FrontEnd(norm)


def test_normalises_each_clip_as_if_it_were_alone(front_end, batch_of, clips):
    """Valid frames equal the plain norm of the clip alone; frames beyond are zero."""
    alone = [front_end(clip[None])[0] for clip in clips]
    mask_group_norm(front_end)
    audio = batch_of(*clips)
    with begun(Pass(audio.lengths)):
        found = front_end(audio.waveform)
    for row, expected in enumerate(alone):
        frames = expected.shape[1]
        torch.testing.assert_close(found[row, :, :frames], expected)
        assert (found[row, :, frames:] == 0).all()


def test_agrees_with_moments_written_out(batch_of, clips):
    """One group a channel: each channel's valid frames minus their mean, over their deviation."""
    front_end = FrontEnd(nn.GroupNorm(6, 6, affine=False))
    mask_group_norm(front_end)
    audio = batch_of(clips[1], clips[2])
    frames = front_end.conv_layers[0].conv(clips[1][None, None])
    expected = (frames - frames.mean(-1, keepdim=True)) / (frames.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    with begun(Pass(audio.lengths)):
        torch.testing.assert_close(front_end(audio.waveform)[:1, :, : frames.shape[2]], expected, atol=1e-5, rtol=1e-5)


def test_is_the_plain_norm_outside_a_forward(front_end, clips):
    """The pass is forgotten afterwards, also when the forward fails: two rows are then normalised over all frames."""
    two = torch.stack([clips[2], clips[2].flip(0)])
    plain = front_end(two)
    mask_group_norm(front_end)
    with pytest.raises(RuntimeError), begun(Pass(torch.tensor([400, 400]))):
        raise RuntimeError
    assert under_way() is None
    assert torch.equal(front_end(two), plain)


def test_keeps_names_weights_and_mode(front_end):
    """A checkpoint of the plain front end fits the masked one, and its weights are the very same."""
    front_end.eval()
    before = dict(front_end.named_parameters())
    mask_group_norm(front_end)
    after = dict(front_end.named_parameters())
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert not front_end.conv_layers[0].layer_norm.training


def test_gradients_are_those_of_the_clip_alone(front_end, batch_of, clips):
    """The gradient of a clip's frames is the same in a batch, and a batch mate's is zero."""
    lone = clips[1][None].clone().requires_grad_()
    front_end(lone).square().sum().backward()
    mask_group_norm(front_end)
    audio = batch_of(clips[1], clips[2])
    audio.waveform.requires_grad_()
    with begun(Pass(audio.lengths)):
        front_end(audio.waveform)[0].square().sum().backward()
    torch.testing.assert_close(audio.waveform.grad[0, : lone.shape[1]], lone.grad[0])
    assert (audio.waveform.grad[1] == 0).all()


def test_leaves_other_norms_alone():
    """A front end with layer norms is exact already, and so is one that has no norm at all."""
    front_end, bare = FrontEnd(nn.LayerNorm(6)), FrontEnd(nn.Identity())
    del bare.conv_layers[0].layer_norm
    mask_group_norm(front_end)
    mask_group_norm(bare)
    assert type(front_end.conv_layers[0].layer_norm) is nn.LayerNorm
    assert not [module for module in bare.modules() if isinstance(module, MaskedGroupNorm)]


class PositionalStack(nn.Module):
    """Two convolutions with biases, one after the other, named as in data2vec."""

    def __init__(self):
        super().__init__()
        self.pos_conv_embed = nn.Module()
        layers = [nn.Sequential(nn.Conv1d(4, 4, 5, padding=2), nn.GELU()) for _ in range(2)]
        self.pos_conv_embed.layers = nn.ModuleList(layers)

    def forward(self, frames):
        for layer in self.pos_conv_embed.layers:
            frames = layer(frames)
        return frames


def test_a_positional_stack_hears_no_padding():
    """Each clip's frames are those of the clip alone, whose edges torch pads with zeros; without masks they are not."""
    torch.manual_seed(0)
    stack, long = PositionalStack(), torch.randn(4, 30)
    short = long[:, :11] * 2
    batch = torch.stack([long, nn.functional.pad(short, (0, 19))])
    alone, naive = stack(short[None])[0], stack(batch)[1, :, :11]
    mask_positional_stack(stack)
    inside = torch.arange(30) < torch.tensor([30, 11])[:, None]
    with begun(Pass(torch.tensor([9_000, 3_000]), inside)):
        masked = stack(batch)
    torch.testing.assert_close(masked[1, :, :11], alone)
    torch.testing.assert_close(masked[0], stack(long[None])[0])
    assert (naive - alone).norm() > 0.01 * alone.norm()


def test_threads_know_their_own_pass(front_end, batch_of, clips):
    """Two threads inside their passes at the same moment: each gets what it gets alone."""
    mask_group_norm(front_end)
    batches = [batch_of(clips[1], clips[2]), batch_of(clips[0], clips[3])]
    together = threading.Barrier(2)

    def hear(audio):
        with begun(Pass(audio.lengths)), torch.no_grad():
            together.wait(30)
            return front_end(audio.waveform)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(hear, batches))
    for audio, features in zip(batches, found, strict=True):
        with begun(Pass(audio.lengths)), torch.no_grad():
            assert torch.equal(features, front_end(audio.waveform))
