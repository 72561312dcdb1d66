"""Which data2vec models are known? Regression of a teacher's layers, on speech (Baevski et al. 2022) and on music."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import LARGE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2202.03555"
FAMILY = waveform_family("data2vec-audio", title="data2vec-audio", paper=PAPER)
MUSIC2VEC = "https://arxiv.org/abs/2212.02508"
CONFIG: Mapping[str, Any] = {"model_type": "data2vec-audio", "num_conv_pos_embeddings": 5, "conv_pos_kernel_size": 19}


def _speech(size: str, parameters: int, config: Mapping[str, Any], corpora: tuple[str, ...]) -> Backbone:
    return published(
        FAMILY, f"data2vec-audio-{size}", f"facebook/data2vec-audio-{size}", pretrained_on="speech", paper=PAPER,
        licence="Apache-2.0", parameters=parameters, config={**CONFIG, **config}, preprocessor={},
        corpora=corpora,
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """data2vec, for audio."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The base and large models of LibriSpeech, and music2vec (Li et al. 2022)."""
    yield _speech("base", 93_164_288, {}, ("LibriSpeech",))
    # The paper says Libri-Light, the card of the published weights LibriSpeech.
    yield _speech("large", 313_276_416, LARGE, ("Libri-Light", "LibriSpeech"))
    yield published(
        FAMILY, "music2vec", "m-a-p/music2vec-v1", pretrained_on="music", paper=MUSIC2VEC, licence="CC-BY-NC-4.0",
        parameters=93_164_288, config=CONFIG, preprocessor={},
    )  # fmt: skip
