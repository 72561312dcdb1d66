"""What does a plain log-mel spectrogram know about emotion? The backbone that has learned nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, Layers

if TYPE_CHECKING:
    from emobench.backbones.logmel_frames import LogMelFrames

CARD = BackboneCard(
    name="logmel",
    pretrained_on="nothing",
    corpora=(),
    licence="Apache-2.0",
    paper="https://doi.org/10.1109/TASSP.1980.1163420",
    sample_rate=16_000,
    layers=Layers.named(static=(64, 100), dynamic=(128, 100)),
    parameters=0,
    min_seconds=0.025,
    reentrant=True,
    constants={"mels": 64, "window_seconds": 0.025, "hop_seconds": 0.010, "floor": 1e-6},
)


def load(card: BackboneCard, files: WeightFiles) -> LogMelFrames:  # noqa: ARG001 - there are no weights to read
    """The spectrogram that the card's constants describe."""
    from emobench.backbones.logmel_frames import LogMelFrames

    return LogMelFrames(
        sample_rate=card.sample_rate,
        mels=int(card.constants["mels"]),
        window=round(card.constants["window_seconds"] * card.sample_rate),
        hop=round(card.constants["hop_seconds"] * card.sample_rate),
        floor=card.constants["floor"],
    ).eval()


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The log-mel spectrogram."""
    yield Backbone(CARD, load=load)
