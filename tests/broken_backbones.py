"""What does a plugin's backbone look like that breaks exactly one law? A good one, and one bad one for each law."""

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch, Backbone, Entered, FrameFeatures, WeightFiles
from emobench.domain.cards import Adapt, BackboneCard, Layers

RATE, HOP, WIDTH = 8_000, 80, 4
CARD = BackboneCard(
    name="good", pretrained_on="nothing", licence="MIT", paper="https://example.org/good", sample_rate=RATE,
    layers=Layers.uniform(3, WIDTH, hz=RATE / HOP), parameters=HOP * WIDTH + 2 * (WIDTH * WIDTH + WIDTH),
    min_seconds=HOP / RATE, longest_seconds=4.0, reentrant=True,
    adapt=Adapt(front_end=("front",), blocks="blocks.*", feed_forward=("blocks.*",)),
)  # fmt: skip


class Plain(nn.Module):
    """Whole frames of 10 ms through a matrix, and twice through another with a nonlinearity; it stops early."""

    def __init__(self):
        super().__init__()
        self.front = nn.Linear(HOP, WIDTH, bias=False)
        self.blocks = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(2))

    def first(self, audio: AudioBatch) -> Entered:
        return Entered(self.front(audio.waveform.unfold(1, HOP, HOP)), audio.lengths, audio.lengths // HOP)

    def rest(self, entered: Entered) -> FrameFeatures:
        layers = [entered.state]
        for block in self.blocks:
            layers.append(torch.tanh(block(layers[-1])))
        return FrameFeatures(tuple(layers), (entered.samples // HOP,) * len(layers))

    def keep_layers(self, count: int) -> None:
        del self.blocks[count - 1 :]

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        return self.rest(self.first(audio))


class Good(Plain):
    """The same, and it resumes."""

    def enter(self, audio: AudioBatch) -> Entered:
        return self.first(audio)

    def resume(self, entered: Entered) -> FrameFeatures:
        return self.rest(entered)


def filled(module: nn.Module, seed: int = 0) -> nn.Module:
    """The module in eval mode with weights from a seed: what a checkpoint would hold."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.randn(weight.shape, generator=draw) * 0.5)
    return module.eval()


def random_good(card: BackboneCard) -> nn.Module:
    """The same architecture, weights from torch's generator, as large as the loaded ones."""
    module = Good()
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5)
    return module.eval()


def good() -> Backbone:
    """A backbone that keeps every law."""
    return Backbone(CARD, load=lambda card, files: filled(Good()), load_random=random_good)


def loading(kind: type[Plain], **changes: object) -> Backbone:
    """A backbone whose module is of another kind, or whose card says something else."""
    return Backbone(
        CARD.model_copy(update=changes), load=lambda card, files: filled(kind()), load_random=random_good
    )  # fmt: skip


def changed(change: Callable[[FrameFeatures, AudioBatch, Plain], FrameFeatures]) -> type[Plain]:
    """A module that does something to what the good one says."""

    class Changed(Plain):
        def forward(self, audio):
            return change(super().forward(audio), audio, self)

    return Changed


def shifted(features: FrameFeatures, by: Tensor | float) -> FrameFeatures:
    """All layers, moved by the same."""
    return FrameFeatures(tuple(layer + by for layer in features.layers), features.lengths)


def scaled(features, by):
    """All layers, times the same."""
    return FrameFeatures(tuple(layer * by for layer in features.layers), features.lengths)


def raising(*_):
    raise OSError("weights.bin is damaged \x1b[31m")


def asks_a_host(card, files):
    """Swallows the refusal: the host is down, it says to itself."""
    with contextlib.suppress(OSError):
        socket.create_connection(("models.example.org", 443), timeout=0.1)
    return filled(Good())


def without_gradients(card, files):
    torch.set_grad_enabled(False)
    return filled(Good())


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


HELD: list[nn.Module] = []


def held(card, files):
    """The plugin keeps every module that it loaded."""
    HELD.append(filled(Good()))
    return HELD[-1]


def train_mode(card, files):
    return filled(Good()).train()


def changing(features, audio, module):
    """A little noise, whatever the mode."""
    return scaled(features, 1 + 1e-7 * torch.randn(()))


@dataclass(frozen=True)
class Broken:
    """A backbone that breaks one law, and what the verdict has to say of it."""

    law: str
    backbone: Backbone
    says: str = ""


def from_load(load: Callable[[BackboneCard, WeightFiles], object], **changes: object) -> Backbone:
    return Backbone(CARD.model_copy(update=changes), load=load, load_random=random_good)


def readme_beside(folder: Path) -> WeightFiles:
    """Weights beside a model card that names another licence than the backbone's card."""
    folder.joinpath("README.md").write_text(
        "---\nlicense: cc-by-nc-4.0  # no commerce\n---\n# A model\n"
    )
    weights = folder / "model.safetensors"
    weights.write_bytes(b"")
    return WeightFiles({"model.safetensors": weights})


BROKEN = (
    Broken("licence_named", loading(Good, licence="TODO"), "placeholder"),
    Broken("paper_named", loading(Good, paper="Me et al. (2026)"), "no https address"),
    Broken("loads", from_load(raising), "weights.bin is damaged"),
    Broken("loads_without_network", from_load(asks_a_host), "models.example.org"),
    Broken("leaves_global_state", from_load(without_gradients), "gradients"),
    Broken("eval_mode", from_load(train_mode), "train mode"),
    Broken("eval_mode", loading(Stuck), "noise"),
    Broken("parameters_counted", loading(Good, parameters=7), "7 on the card"),
    Broken("hears", loading(changed(lambda features, audio, module: features.layers)), "tuple"),
    Broken("layers_of_card", loading(Good, layers=Layers.uniform(3, WIDTH + 1, hz=RATE / HOP)), "widths"),
    Broken("layers_of_card", loading(Good, layers=Layers.uniform(2, WIDTH, hz=RATE / HOP)), "widths"),
    Broken("train_mode_shapes", loading(Squeezed), "in train mode"),
    Broken("frame_lengths", loading(Good, layers=Layers.uniform(3, WIDTH, hz=50.0), longest_seconds=None), "50"),
    Broken("same_shapes_each_call", loading(Stateful), "later"),
    Broken("dtype_and_device", loading(Elsewhere), "filters[0]"),
    Broken("batch_mates", loading(changed(lambda f, audio, m: shifted(f, 0.01 * (len(audio.lengths) > 2)))), "of its size"),
    Broken("batch_order", loading(changed(sorted_only)), "off by"),
    Broken("padding_not_heard", loading(changed(hears_padding)), "off by"),
    Broken("audio_untouched", loading(changed(in_place)), "waveform"),
    Broken("silence", loading(changed(normalised)), "NaN"),
    Broken("finite", loading(changed(overflowing)), "full-scale"),
    Broken("shortest_clip", loading(changed(one_short)), "0 valid frames"),
    Broken("longest_clip", loading(changed(cut_short)), "300 valid frames"),
    Broken("sees_level", loading(Good, sees_level=False), "sees_level=True"),
    Broken("determinism", loading(changed(changing)), "differs"),
    Broken("no_random_weights", Backbone(CARD, load=lambda card, files: random_good(card)), "drawn anew"),
    Broken("no_random_weights", from_load(good().load, random=True), "random=True"),
    Broken("random_control", Backbone(CARD, good().load, load_random=lambda card: filled(Good())), "features of the"),
    Broken("reentrant", loading(Shared), "threads"),
    Broken("resumes", loading(OtherResume), "off by"),
    Broken("stops_early", loading(ForgetsToStop), "keep_layers"),
    Broken("gradient", loading(Detached), "no gradient"),
    Broken("gradient", loading(Good, differentiable=False), "differentiable=True"),
    Broken("peft_weights_learn", loading(Blind), "blocks.1"),
    Broken("memory_freed", from_load(held), "still alive"),
    Broken("inputs_forgotten", loading(Remembers), "more tensors"),
)
