"""What is the smallest corpus, and the smallest model, with which a whole run makes sense?"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import nn

from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.contracts import AudioBatch, Backbone, Dataset, FrameFeatures, WeightFiles
from emobench.catalog.discovery import PluginModule
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Attribute, BackboneCard, DatasetCard, Layers
from emobench.domain.clip import Clip

CLASSES = ("calm", "angry", "happy")
RATE = 16_000
HOP = 160
CORPUS = DatasetCard(
    name="toy-corpus",
    title="Tones whose pitch leans on a class and a person",
    domain="speech",
    licence="CC0-1.0",
    citation="emobench",
    url="https://example.org/toy-corpus",
    attributes=(Attribute(name="emotion", classes=CLASSES), Attribute(name="arousal", low=-1, high=1)),
    group_is="person",
    people="toy-people",
    folds=3,
    expected_clips=108,
    sample_rate=RATE,
)
MODEL = BackboneCard(
    name="toy-model",
    pretrained_on="nothing",
    licence="CC0-1.0",
    paper="https://example.org/toy-model",
    sample_rate=RATE,
    layers=Layers.uniform(2, width=HOP // 2 + 1, hz=RATE / HOP),
)


def write_toy_corpus(folder: Path, people: int = 9, clips: int = 4) -> None:
    """Write ``people x 3 classes x clips`` WAV files, 0.1 to 0.3 s long, named person-class-number."""
    rng = np.random.default_rng(7)
    for person in range(people):
        lean = rng.normal(0, 60)
        for place, name in enumerate(CLASSES):
            for number in range(clips):
                seconds = rng.uniform(0.1, 0.3)
                hertz = 600 + 160 * place + lean + rng.normal(0, 70)
                time = np.arange(int(seconds * RATE)) / RATE
                wave = 0.2 * np.sin(2 * np.pi * hertz * time) + rng.normal(0, 0.05, len(time))
                soundfile.write(folder / f"p{person}-{name}-{number}.wav", wave, RATE, subtype="PCM_16")


def toy_clips(root: Path) -> Iterable[Clip]:
    """The clips of a folder that `write_toy_corpus` filled; each says one of two sentences."""
    for path in sorted(root.glob("*.wav")):
        person, emotion, number = path.stem.split("-")
        yield Clip(
            id=path.stem,
            path=path,
            group=person,
            labels={"emotion": emotion, "arousal": CLASSES.index(emotion) - 1.0},
            sex="female" if int(person[1:]) % 2 else "male",
            transcript=f"sentence {int(number) % 2}",
        )


class ToyModel(nn.Module):
    """Two layers: the magnitude spectrum of every 10 ms, and its logarithm; ``heard`` is told the size of a batch."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        super().__init__()
        self.heard = heard

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """Features of whole frames; (batch, frames, 81) twice."""
        self.heard(len(audio.lengths))
        frames = audio.waveform.unfold(1, HOP, HOP)
        magnitude = torch.fft.rfft(frames, norm="ortho").abs()
        lengths = audio.lengths // HOP
        return FrameFeatures(layers=(magnitude, torch.log(magnitude + 1e-3)), lengths=(lengths, lengths))


def toy_backbone(heard: Callable[[int], None] = lambda _: None, card: BackboneCard = MODEL) -> Backbone:
    """The toy model as a plugin offers it."""

    def load(_card: BackboneCard, _files: WeightFiles) -> nn.Module:
        return ToyModel(heard)

    return Backbone(card, load=load)


def toy_catalog(*backbones: Backbone, dataset: Dataset | None = None) -> Catalog:
    """A catalog of the toy corpus and the given backbones (the toy model when there are none)."""

    class Plugin:
        @hookimpl
        def emobench_datasets(self) -> Iterable[Dataset]:
            yield dataset or Dataset(CORPUS, clips=toy_clips)

        @hookimpl
        def emobench_backbones(self) -> Iterable[Backbone]:
            yield from backbones or (toy_backbone(),)

    return build_catalog([PluginModule("toys", Plugin(), "toys 1.0")])
