"""What does a plugin's backbone look like that keeps every law, and what can be changed of it?"""

import contextlib
import socket
from collections.abc import Callable

import torch
from torch import Tensor, nn

from emobench.catalog.contracts import AudioBatch, Backbone, Entered, FrameFeatures
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
