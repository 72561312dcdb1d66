"""What do modules look like that break exactly one law?"""

import time

import torch
from good_backbone import HOP, RATE, WIDTH, Good, scaled, shifted
from torch import nn

from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures


class Squeezed(Good):
    """Leaves out the last block while it trains, as layer drop does."""

    def forward(self, audio):
        found = super().forward(audio)
        return FrameFeatures(found.layers[:2], found.lengths[:2]) if self.training else found


class Stateful(Good):
    """Pads one frame more at each call."""

    calls = 0

    def forward(self, audio):
        self.calls += 1
        found = super().forward(audio)
        longer = tuple(nn.functional.pad(layer, (0, 0, 0, self.calls % 7)) for layer in found.layers)
        return FrameFeatures(longer, found.lengths)


class Elsewhere(Good):
    """Keeps a filter in a list: it stays behind when the module moves."""

    def __init__(self):
        super().__init__()
        self.filters = [torch.ones(WIDTH)]


class Shared(Good):
    """Keeps the batch on itself between two steps of its forward."""

    def forward(self, audio):
        self.audio = audio.waveform
        time.sleep(0.01)
        found = super().forward(AudioBatch(self.audio[: len(audio.lengths)], audio.lengths))
        self.audio = None
        return found


class Remembers(Good):
    """A cache of all that it heard."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def forward(self, audio):
        found = super().forward(audio)
        self.heard.append(lambda: audio.waveform)  # held by a function, where no attribute shows a tensor
        return found


class Stuck(Good):
    """A part that no eval() brings out of train mode."""

    def __init__(self):
        super().__init__()
        self.noise = StuckPart()


class StuckPart(nn.Module):
    def train(self, mode=True):
        self.training = True
        return self


class Detached(Good):
    """The front end is frozen by detaching what it gives."""

    def first(self, audio):
        entered = super().first(audio)
        return Entered(entered.state.detach(), entered.samples, entered.frames)


class Blind(Good):
    """Its last block is called with copies of its weights: no gradient reaches them."""

    def rest(self, entered):
        layers = [entered.state]
        for number, block in enumerate(self.blocks):
            copied = [weight.detach() if number else weight for weight in (block.weight, block.bias)]
            layers.append(torch.tanh(nn.functional.linear(layers[-1], *copied)))
        return FrameFeatures(tuple(layers), (entered.samples // HOP,) * len(layers))


class ForgetsToStop(Good):
    """keep_layers cuts one block too many."""

    def keep_layers(self, count):
        del self.blocks[max(0, count - 2) :]


class OtherLengths(Good):
    """keep_layers keeps the layers, and forgets the last frame of every clip."""

    whole = True

    def keep_layers(self, count):
        super().keep_layers(count)
        self.whole = False

    def forward(self, audio):
        found = super().forward(audio)
        return FrameFeatures(found.layers, tuple(valid - int(not self.whole) for valid in found.lengths))


class OtherResume(Good):
    """What resumes is not what forward does."""

    def forward(self, audio):
        return scaled(super().forward(audio), 1.1)


def normalised(features, audio, module):
    """Each clip by its own level, as front ends do; silence by nothing."""
    valid = torch.arange(audio.waveform.shape[1])[None, :] < audio.lengths[:, None]
    level = (audio.waveform.square() * valid).sum(1).div(audio.lengths).sqrt()
    return shifted(features, (level / level - 1)[:, None, None])


def overflowing(features, audio, module):
    """A logarithm that has no room for full scale."""
    return shifted(features, 0.0 * torch.log(1 - audio.waveform.abs().amax(1))[:, None, None])


def one_short(features, audio, module):
    """A clip of a single frame has lost it at the edge."""
    frames = torch.where(audio.lengths < 2 * HOP, 0, audio.lengths // HOP)
    return FrameFeatures(features.layers, (frames,) * len(features.layers))


def cut_short(features, audio, module):
    """Positions end before the longest input does."""
    most = 3 * RATE // HOP
    return FrameFeatures(features.layers, tuple(frames.clamp(max=most) for frames in features.lengths))


def hears_padding(features, audio, module):
    """The energy of the whole row, padding included."""
    return shifted(features, audio.waveform.square().sum(1)[:, None, None] / 1_000)


def sorted_only(features, audio, module):
    """Takes for granted that no longer clip stands in front."""
    return shifted(features, 0.1 * float(audio.lengths[0] > audio.lengths[-1]))


def in_place(features, audio, module):
    """Takes the mean off the batch that it was given."""
    audio.waveform.sub_(0.01)
    return features


def crowded(features, audio, module):
    """Something that is taken over the whole batch."""
    return shifted(features, 0.01 * (len(audio.lengths) > 2))
