"""Which MERT models are known, and how are they loaded without remote code? HuBERT for music (Li et al. 2023)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import LARGE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2306.00107"
# Weight by weight and state by state a HuBERT, unless one of these is on: then its own code builds another encoder.
FAMILY = waveform_family("mert_model", title="MERT", paper=PAPER, refused=("feature_extractor_cqt", "deepnorm"))
# Pre-norm blocks behind a group-norm front end; attention_relax is read by the deepnorm encoder only.
STABLE: Mapping[str, Any] = {**LARGE, "do_stable_layer_norm": True, "attention_relax": 32.0}


def _mert(
    name: str, repo: str, parameters: int, config: Mapping[str, Any], *, rate: int, normalise: bool,
    corpora: tuple[str, ...] | None = None,
) -> Backbone:  # fmt: skip
    return published(
        FAMILY, name, f"m-a-p/{repo}", pretrained_on="music", licence="CC-BY-NC-4.0", paper=PAPER,
        corpora=corpora, parameters=parameters, config={"model_type": "mert_model", "sample_rate": rate, **config},
        preprocessor={"sampling_rate": rate, "do_normalize": normalise},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """MERT."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The models of 16 kHz (v0) and of 24 kHz (v1); only the public one names the music that it heard."""
    yield _mert("mert-v0", "MERT-v0", 94_371_712, {}, rate=16_000, normalise=True)
    public = ("Music4All", "FMA")
    yield _mert("mert-v0-public", "MERT-v0-public", 94_371_712, {}, rate=16_000, normalise=False, corpora=public)
    yield _mert("mert-v1", "MERT-v1-95M", 94_371_712, {}, rate=24_000, normalise=True)
    yield _mert("mert-v1-330m", "MERT-v1-330M", 315_428_992, STABLE, rate=24_000, normalise=False)
