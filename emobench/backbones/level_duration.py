"""How much emotion is in loudness and length alone? The control that every other number is held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import BackboneCard, LayerCard

if TYPE_CHECKING:
    from emobench.backbones.level_statistics import LevelStatistics

CARD = BackboneCard(
    name="level-duration",
    pretrained_on="nothing",
    corpora=(),
    licence="Apache-2.0",
    paper="https://github.com/emobench/emobench",
    sample_rate=16_000,
    layers=(LayerCard(name="level-duration", width=7, hz=0),),
    parameters=0,
    differentiable=False,
    min_seconds=0.025,
    reentrant=True,
    constants={"frame_seconds": 0.020, "floor_db": -80.0, "active_db": 30.0},
)


def load(card: BackboneCard, files: WeightFiles) -> LevelStatistics:  # noqa: ARG001 - there are no weights to read
    """The seven numbers, with the frames and thresholds of the card."""
    from emobench.backbones.level_statistics import LevelStatistics

    return LevelStatistics(
        sample_rate=card.sample_rate,
        frame=round(card.constants["frame_seconds"] * card.sample_rate),
        floor_db=card.constants["floor_db"],
        active_db=card.constants["active_db"],
    ).eval()


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """Level and duration."""
    yield Backbone(CARD, load=load)
