"""What is the smallest model that can learn above an entry? Two blocks over a frozen front end, and tones to tell."""

import torch
from torch import nn

from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures
from emobench.features.entering import rows_of
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.sources import Prefixes, Waveforms
from emobench.learning.training import Examples

HOP, WIDTH, CLASSES = 8, 12, 3


class Adapted(nn.Module):
    """A frozen Linear with a low-rank update beside it, as LoRA: B is zero at first, so that A gets no gradient."""

    def __init__(self, base):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Linear(base.in_features, 4, bias=False)
        self.b = nn.Linear(4, base.out_features, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, hidden):
        return self.base(hidden) + self.b(self.a(hidden))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.dropout = nn.Linear(WIDTH, WIDTH), nn.Dropout(0.2)

    def forward(self, hidden):
        return hidden + self.dropout(torch.tanh(self.inner(hidden)))


class Toy(nn.Module):
    """Layer 0 is a frozen projection of every 8 samples, with a batch norm and a dropout that must stay asleep."""

    def __init__(self, seed=0):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.front = nn.Linear(HOP, WIDTH)
            self.norm, self.early = nn.BatchNorm1d(WIDTH), nn.Dropout(0.5)
            self.blocks = nn.ModuleList([Block(), Block()])
            self.late_norm = nn.BatchNorm1d(WIDTH)
            self.norm.running_mean.normal_()
        self.entries = 0
        self.requires_grad_(False)

    def enter(self, audio):
        self.entries += 1
        hidden = self.front(audio.waveform.unfold(1, HOP, HOP))
        hidden = self.early(self.norm(hidden.transpose(1, 2)).transpose(1, 2))
        return Entered(hidden, audio.lengths, frames=audio.lengths // HOP)

    def resume(self, entered):
        layers = [entered.state]
        for block in self.blocks:
            layers.append(block(layers[-1]))
        layers.append(self.late_norm(layers.pop().transpose(1, 2)).transpose(1, 2))
        return FrameFeatures(tuple(layers), (entered.samples // HOP,) * len(layers))

    def forward(self, audio):
        return self.resume(self.enter(audio))


def adapted(seed=0):
    """A toy whose blocks have low-rank updates, the only thing that may learn."""
    toy = Toy(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + 100)
        for block in toy.blocks:
            block.inner = Adapted(block.inner)
    return toy


def tones(clips=60, seed=1):
    """Waves of three pitches in noise, of 5 to 11 frames, and their classes: (samples,) each, (clips,) int64."""
    draw = torch.Generator().manual_seed(seed)
    truth = torch.arange(clips) % CLASSES
    waves = []
    for label in truth.tolist():
        samples = HOP * int(torch.randint(5, 12, (1,), generator=draw))
        phase = 6.28 * torch.rand(1, generator=draw)
        wave = torch.sin((0.4 + 0.6 * label) * torch.arange(samples) + phase)
        waves.append(wave + 0.3 * torch.randn(samples, generator=draw))
    return waves, truth


def cut(examples, longest):
    """The same examples as waveforms in pieces of at most so many frames, those of all clips shuffled."""
    found, pieces = [], []
    for wave in examples.source.waves:
        pieces.append(list(range(len(found), len(found) + -(-len(wave) // (HOP * longest)))))
        found += wave.split(HOP * longest)
    order = torch.randperm(len(found), generator=torch.Generator().manual_seed(3)).tolist()
    waves = [found[place] for place in order]
    source = Waveforms(waves, pieces=[[order.index(place) for place in places] for places in pieces])
    return Examples(source, examples.truth, examples.loss)


def learner_of(backbone=None, kind="mean", outputs=CLASSES, seed=0):
    return Learner(adapted() if backbone is None else backbone, make_head(kind, [WIDTH] * 3, outputs, seed)).eval()


def whole(clips=60, seed=1):
    """Training examples as waveforms."""
    waves, truth = tones(clips, seed)
    return Examples(Waveforms(waves), truth, loss_for(truth, CLASSES))


def cached(backbone, examples):
    """The same examples as what enters the first block, clips or pieces entered in twos."""
    waves, rows = examples.source.waves, []
    with torch.inference_mode():
        for start in range(0, len(waves), 2):
            batch = examples.source.batch(range(start, min(start + 2, len(waves))))
            rows += rows_of(backbone.enter(AudioBatch(batch.waveform, batch.lengths)))
    source = Prefixes(rows, examples.source.samples, pieces=examples.source.pieces)
    return Examples(source, examples.truth, examples.loss)
