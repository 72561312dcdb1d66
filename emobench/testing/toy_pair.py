"""What is the smallest pair of corpora, and the smallest model that may learn, with which a whole pair makes sense?"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn

from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.contracts import AudioBatch, Backbone, Dataset, Entered, FrameFeatures, WeightFiles
from emobench.catalog.discovery import PluginModule
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, Attribute, BackboneCard, DatasetCard, Layers
from emobench.domain.clip import Clip
from emobench.peft import bottleneck, head_only, low_rank

RATE, HOP, WIDTH, CLIPS = 16_000, 160, 12, 2
PEOPLE = {"toy-talk": 10, "toy-song": 9}  # the last one never sings
HERTZ = {"calm": 600.0, "relaxed": 600.0, "angry": 760.0, "happy": 920.0, "bored": 1080.0}
AROUSAL = Attribute(name="arousal", low=-1, high=1)


def _card(name: str, domain: str, classes: tuple[str, ...]) -> DatasetCard:
    return DatasetCard.model_validate(
        {
            "name": name, "title": "Tones whose pitch leans on a class and a person", "domain": domain,
            "licence": "CC0-1.0", "citation": "emobench", "url": f"https://example.org/{name}",
            "attributes": (Attribute(name="emotion", classes=classes), AROUSAL), "group_is": "person",
            "people": "toy-people", "folds": 3, "expected_clips": PEOPLE[name] * len(classes) * CLIPS,
            "sample_rate": RATE,
        }
    )  # fmt: skip


TALK = _card("toy-talk", "speech", ("calm", "angry", "happy", "bored"))
SONG = _card("toy-song", "music", ("relaxed", "angry", "happy"))
LEARNER = BackboneCard(
    name="toy-learner",
    pretrained_on="nothing",
    licence="CC0-1.0",
    paper="https://example.org/toy-learner",
    sample_rate=RATE,
    layers=Layers.uniform(3, width=WIDTH, hz=RATE / HOP),
    adapt=Adapt(
        front_end=("front",), blocks="blocks.*", attention=("blocks.*.look",), feed_forward=("blocks.*.think",)
    ),
)


def write_toy_pair(folder: Path) -> None:
    """Write both corpora below ``folder``: 80 and 54 WAV files of 0.1 to 0.2 s, named person-class-number."""
    rng = np.random.default_rng(11)
    lean = rng.normal(0, 30, max(PEOPLE.values()))
    for card, key in ((TALK, 1.0), (SONG, 1.05)):
        (folder / card.name).mkdir(parents=True)
        for person in range(PEOPLE[card.name]):
            for emotion in card.attributes[0].classes:
                for number in range(CLIPS):
                    hertz = key * (HERTZ[emotion] + lean[person] + rng.normal(0, 40))
                    time = np.arange(int(rng.uniform(0.1, 0.2) * RATE)) / RATE
                    wave = 0.2 * np.sin(2 * np.pi * hertz * time) + rng.normal(0, 0.05, len(time))
                    name = f"p{person}-{emotion}-{number}.wav"
                    soundfile.write(folder / card.name / name, wave, RATE, subtype="PCM_16")


def pair_clips(root: Path) -> Iterable[Clip]:
    """The clips of a folder that `write_toy_pair` filled; arousal rises with the pitch."""
    for path in sorted(root.glob("*.wav")):
        person, emotion, _ = path.stem.split("-")
        labels: dict[str, str | float] = {"emotion": emotion, "arousal": (HERTZ[emotion] - 840) / 240}
        yield Clip(id=f"{root.name}-{path.stem}", path=path, group=person, labels=labels)


class Block(nn.Module):
    """Two Linears with a residual path; dropout between them."""

    def __init__(self) -> None:
        super().__init__()
        self.look, self.think, self.dropout = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Dropout(0.1)

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, frames, width), as it came."""
        found: Tensor = hidden + self.think(self.dropout(torch.tanh(self.look(hidden))))
        return found


class ToyLearner(nn.Module):
    """Layer 0 is a projection of the spectrum of every 10 ms; two blocks follow. ``heard`` is told every batch."""

    def __init__(self, heard: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.heard = heard
        self.front = nn.Linear(HOP // 2 + 1, WIDTH)
        self.blocks = nn.ModuleList([Block(), Block()])

    def enter(self, audio: AudioBatch) -> Entered:
        """What enters the first block."""
        spectrum = torch.fft.rfft(audio.waveform.unfold(1, HOP, HOP), norm="ortho").abs()
        return Entered(self.front(torch.log(spectrum + 1e-2)), audio.lengths, frames=audio.lengths // HOP)

    def resume(self, entered: Entered) -> FrameFeatures:
        """Three layers of whole frames."""
        self.heard(entered.state)
        layers = [entered.state]
        for block in self.blocks:
            layers.append(block(layers[-1]))
        return FrameFeatures(tuple(layers), (entered.samples // HOP,) * len(layers))

    def forward(self, audio: AudioBatch) -> FrameFeatures:
        """All layers."""
        return self.resume(self.enter(audio))


def toy_learner(heard: Callable[[Tensor], None] = lambda _: None, card: BackboneCard = LEARNER) -> Backbone:
    """The toy model as a plugin offers it."""

    def load(_card: BackboneCard, _files: WeightFiles) -> nn.Module:
        return ToyLearner(heard)

    return Backbone(card, load=load)


def toy_pair_catalog(
    *backbones: Backbone, datasets: Sequence[Dataset] = (), more: Sequence[PluginModule] = ()
) -> Catalog:
    """A catalog of the toy pair, the given backbones (the toy learner when there are none) and four PEFT methods.

    ``datasets`` take the place of those of the same name; ``more`` are plugins beside all that.
    """
    instead = {dataset.card.name: dataset for dataset in datasets}

    class Plugin:
        @hookimpl
        def emobench_datasets(self) -> Iterable[Dataset]:
            both = {card.name: Dataset(card, clips=pair_clips) for card in (TALK, SONG)}
            yield from {**both, **instead}.values()

        @hookimpl
        def emobench_backbones(self) -> Iterable[Backbone]:
            yield from backbones or (toy_learner(),)

    methods = {"head-only": head_only, "low-rank": low_rank, "bottleneck": bottleneck}
    built_in = [PluginModule(name, module, "emobench") for name, module in methods.items()]
    return build_catalog([*built_in, PluginModule("toys", Plugin(), "toys 1.0"), *more])
