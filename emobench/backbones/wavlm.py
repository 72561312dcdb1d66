"""Which WavLM models are known? Masked prediction of clean speech under noise and overlap (Chen et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import STABLE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2110.13900"
# Its attention hands bare weights to a functional kernel: what replaces a Linear in there is never called.
HOURS_94K = ("Libri-Light", "GigaSpeech", "VoxPopuli")
FAMILY = waveform_family("wavlm", title="WavLM", paper=PAPER, attention=())


def _wavlm(size: str, parameters: int, config: Mapping[str, Any], *, normalise: bool) -> Backbone:
    return published(
        FAMILY, f"wavlm-{size}", f"microsoft/wavlm-{size}", pretrained_on="speech", paper=PAPER, parameters=parameters,
        corpora=("LibriSpeech",) if size == "base" else HOURS_94K,
        licence="CC-BY-SA-3.0",  # as its model card links it; microsoft/unilm, which holds its code, says MIT
        config={"model_type": "wavlm", "num_buckets": 320, "max_bucket_distance": 800, **config},
        preprocessor={"do_normalize": normalise},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """WavLM."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The base model, the base model of 94,000 hours, and the large one."""
    yield _wavlm("base", 94_381_936, {}, normalise=False)
    yield _wavlm("base-plus", 94_381_936, {}, normalise=False)
    yield _wavlm("large", 315_453_120, {**STABLE, "conv_bias": False}, normalise=True)
