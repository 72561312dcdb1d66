"""Which HuBERT models are known? Masked prediction of clustered speech (Hsu et al. 2021), and its distillation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.backbones.waveform_family import STABLE, waveform_family
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import Family, published
from emobench.catalog.hookspecs import hookimpl

PAPER = "https://arxiv.org/abs/2106.07447"
FAMILY = waveform_family("hubert", title="HuBERT", paper=PAPER)
DISTILLED: Mapping[str, Any] = {"num_hidden_layers": 2, "feat_proj_layer_norm": False}


def _hubert(
    name: str, repo: str, corpus: str, parameters: int, config: Mapping[str, Any], *, paper: str = PAPER,
    normalise: bool = True,
) -> Backbone:  # fmt: skip
    return published(
        FAMILY, name, repo, pretrained_on="speech", licence="Apache-2.0", paper=paper, parameters=parameters,
        corpora=(corpus,), config={"model_type": "hubert", **config}, preprocessor={"do_normalize": normalise},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """HuBERT."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The base and large models, and the student with two layers (Chang et al. 2022)."""
    yield _hubert("hubert-base", "facebook/hubert-base-ls960", "LibriSpeech", 94_371_712, {})
    yield _hubert("hubert-large", "facebook/hubert-large-ll60k", "Libri-Light", 315_438_720, STABLE)
    student = "https://arxiv.org/abs/2110.01900"
    yield _hubert(
        "distilhubert", "ntu-spml/distilhubert", "LibriSpeech", 23_491_968, DISTILLED, paper=student, normalise=False
    )  # fmt: skip
