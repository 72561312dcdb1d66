"""Is a masked group norm the plain one, clip by clip, and only while it is told lengths?"""

import pytest
import torch
from torch import nn

from emobench.backbones.masked_norm import MaskedGroupNorm, mask_group_norm, over_valid_frames


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
    with over_valid_frames(front_end, audio.lengths):
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
    with over_valid_frames(front_end, audio.lengths):
        torch.testing.assert_close(front_end(audio.waveform)[:1, :, : frames.shape[2]], expected, atol=1e-5, rtol=1e-5)


def test_is_the_plain_norm_outside_a_forward(front_end, clips):
    """Lengths are forgotten afterwards, also when the forward fails."""
    plain = front_end(clips[2][None])
    mask_group_norm(front_end)
    with pytest.raises(RuntimeError), over_valid_frames(front_end, torch.tensor([400])):
        raise RuntimeError
    assert front_end.conv_layers[0].layer_norm.frames is None
    torch.testing.assert_close(front_end(clips[2][None]), plain)


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
    with over_valid_frames(front_end, audio.lengths):
        front_end(audio.waveform)[0].square().sum().backward()
    torch.testing.assert_close(audio.waveform.grad[0, : lone.shape[1]], lone.grad[0])
    assert (audio.waveform.grad[1] == 0).all()


def test_leaves_other_norms_alone():
    """A front end with layer norms is exact already."""
    front_end = FrontEnd(nn.LayerNorm(6))
    mask_group_norm(front_end)
    assert type(front_end.conv_layers[0].layer_norm) is nn.LayerNorm
    with over_valid_frames(front_end, torch.tensor([400])):
        assert not isinstance(front_end.conv_layers[0].layer_norm, MaskedGroupNorm)
