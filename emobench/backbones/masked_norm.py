"""How do an encoder's convolutions stay blind to the padding of a batch?

The first convolution of wav2vec 2.0 base, HuBERT base and MERT is normalised over the whole padded time, so the same
clip alone and in a batch differ by 14 to 30 %, with or without an attention mask. The positional convolutions of
data2vec are a stack, and each layer of it lets padding a little further into the clip.
"""

import torch
from torch import Tensor, nn

from emobench.backbones.underway import under_way


class MaskedGroupNorm(nn.GroupNorm):
    """A group norm that normalises each clip over its own frames, as if it were alone.

    The pass under way says how long the clips are; outside of one the module is the plain group norm. Weights keep
    their names, so checkpoints fit.
    """

    kernel: int
    stride: int

    @classmethod
    def after(cls, convolution: nn.Conv1d, norm: nn.GroupNorm) -> "MaskedGroupNorm":
        """The same norm with the same weights, shared; ``convolution`` is what the waveform goes through before it."""
        masked = cls(norm.num_groups, norm.num_channels, eps=norm.eps, affine=norm.affine)
        masked.weight, masked.bias = norm.weight, norm.bias
        masked.kernel, masked.stride = convolution.kernel_size[0], convolution.stride[0]
        return masked.train(norm.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name of torch
        """Normalise (batch, channels, time); what lies beyond a clip's frames becomes 0."""
        batch = under_way()
        if batch is None:
            return super().forward(input)
        lengths = [(samples - self.kernel) // self.stride + 1 for samples in batch.samples.tolist()]
        alone = super().forward
        if len(lengths) == 1:
            return alone(input)
        normalised = torch.zeros_like(input)
        for row, frames in enumerate(lengths):
            normalised[row : row + 1, :, :frames] = alone(input[row : row + 1, :, :frames])
        return normalised


def mask_group_norm(front_end: nn.Module) -> None:
    """Let a wav2vec2-like front end (``conv_layers``) normalise valid frames only; others stay as they are."""
    first = front_end.get_submodule("conv_layers.0")
    norm = getattr(first, "layer_norm", None)
    if isinstance(norm, nn.GroupNorm):
        convolution = first.get_submodule("conv")
        assert isinstance(convolution, nn.Conv1d)
        first.layer_norm = MaskedGroupNorm.after(convolution, norm)


def mask_positional_stack(encoder: nn.Module) -> None:
    """Let every layer of data2vec's positional stack leave 0 beyond a clip's end; other encoders stay as they are."""
    stack = getattr(encoder.get_submodule("pos_conv_embed"), "layers", None)
    if isinstance(stack, nn.ModuleList):
        for layer in stack:
            layer.register_forward_hook(_silenced)


def _silenced(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    """(batch, width, frames), 0 beyond each clip's frames."""
    batch = under_way()
    return output if batch is None or batch.valid is None else output * batch.valid[:, None, :]
