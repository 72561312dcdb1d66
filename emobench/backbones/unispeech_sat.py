"""Which UniSpeech-SAT models are known? Masked prediction that is aware of speakers (Chen et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import STABLE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2110.05752"
HOURS_94K = ("Libri-Light", "GigaSpeech", "VoxPopuli")
FAMILY = waveform_family("unispeech-sat", title="UniSpeech-SAT", paper=PAPER)


def _unispeech_sat(size: str, parameters: int, config: Mapping[str, Any]) -> Backbone:
    return published(
        FAMILY, f"unispeech-sat-{size}", f"microsoft/unispeech-sat-{size}", pretrained_on="speech", paper=PAPER,
        licence="CC-BY-SA-3.0", parameters=parameters, config={"model_type": "unispeech-sat", **config},
        preprocessor={}, corpora=("LibriSpeech",) if size == "base" else HOURS_94K,
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """UniSpeech-SAT."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The base models of 960 and of 94,000 hours, and the large one."""
    yield _unispeech_sat("base", 94_371_712, {})
    yield _unispeech_sat("base-plus", 94_371_712, {})
    yield _unispeech_sat("large", 315_438_720, STABLE)
