"""Who is BYOL-S? Its card, its two ways to be loaded, and the hook that offers it; torch comes with `load`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emobench import Adapt, Backbone, BackboneCard, Layers, WeightFiles, Weights, hookimpl

if TYPE_CHECKING:
    from emobench_byols.network import ByolS

CHECKPOINT = (
    "https://github.com/Neclow/SERAB/raw/8023cb75dc6f32a6f211bfbc83efe9491c41d8b7/SERAB/checkpoints/"
    "default512_BYOLAs64x96-2107281850-e100-bs256-lr0003-rs42.pth"
)

CARD = BackboneCard(
    name="byol-s",
    pretrained_on="speech",
    corpora=("AudioSet",),  # its speech
    licence="MIT",
    paper="https://arxiv.org/abs/2110.03414",
    weights=Weights(url=CHECKPOINT, sha256="449f5d0dc6b6fa8433d5e43769097520d3bc0fdae88977a7ac29e2e72ca51b52"),
    sample_rate=16_000,
    layers=Layers.named(block1=(2048, 50), block2=(1024, 25), block3=(512, 12.5), fc1=(512, 12.5), fc2=(512, 12.5)),
    parameters=600_192,
    sees_level=True,
    # Three poolings by two: the last layer has its first frame after 8 hops of 10 ms.
    min_seconds=0.08,
    reentrant=True,
    # The original takes both from the dataset at hand; fixed ones keep level differences between datasets visible.
    constants={"log_mel_mean": -8.8, "log_mel_sd": 5.2},
    adapt=Adapt(front_end=("features",), feed_forward=("fc.0", "fc.3")),
)


def load(card: BackboneCard, files: WeightFiles) -> ByolS:
    """BYOL-S with its published weights.

    Raises:
        DataError: the weight file is missing, damaged, or of another model.
    """
    from emobench import load_checkpoint

    network = load_random(card)
    load_checkpoint(network, files.only())
    return network


def load_random(card: BackboneCard) -> ByolS:
    """The same network before any training; the control ``byol-s@random``."""
    from emobench_byols.network import ByolS

    return ByolS(mean=card.constants["log_mel_mean"], sd=card.constants["log_mel_sd"]).eval()


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """BYOL-S."""
    yield Backbone(CARD, load=load, load_random=load_random)
