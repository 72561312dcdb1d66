"""Which wav2vec 2.0 models are known? Contrastive learning over quantised speech (Baevski et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import LARGE, STABLE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2006.11477"
ROBUST = ("Libri-Light", "Common Voice", "Switchboard", "Fisher")
XLS_R = ("VoxPopuli", "Multilingual LibriSpeech", "Common Voice", "VoxLingua107", "BABEL")
FAMILY = waveform_family("wav2vec2", title="wav2vec 2.0", paper=PAPER)


def _wav2vec2(
    name: str, repo: str, paper: str, parameters: int, config: Mapping[str, Any], corpora: tuple[str, ...]
) -> Backbone:
    return published(
        FAMILY, name, repo, pretrained_on="speech", licence="Apache-2.0", paper=paper, parameters=parameters,
        corpora=corpora, config={"model_type": "wav2vec2", **config}, preprocessor={},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """wav2vec 2.0."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The base and large models of LibriSpeech, the robust one and the multilingual XLS-R."""
    yield _wav2vec2("wav2vec2-base", "facebook/wav2vec2-base", PAPER, 94_371_712, {}, ("LibriSpeech",))
    yield _wav2vec2("wav2vec2-large", "facebook/wav2vec2-large", PAPER, 315_428_992, LARGE, ("LibriSpeech",))
    # Robust and multilingual models are stable, the first large one is not.
    robust, xls_r = "https://arxiv.org/abs/2104.01027", "https://arxiv.org/abs/2111.09296"
    yield _wav2vec2("wav2vec2-large-robust", "facebook/wav2vec2-large-robust", robust, 315_438_720, STABLE, ROBUST)
    yield _wav2vec2("xls-r-300m", "facebook/wav2vec2-xls-r-300m", xls_r, 315_438_720, STABLE, XLS_R)
