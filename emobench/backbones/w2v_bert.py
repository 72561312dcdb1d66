"""What do the settings of a w2v-BERT 2.0 say? A conformer over stacked Kaldi filter banks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.families import Family, Settings, Traits, published
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, Layers

if TYPE_CHECKING:
    from torch import nn

PAPER = "https://arxiv.org/abs/2312.05187"
PREPROCESSOR: Mapping[str, Any] = {"sampling_rate": 16_000, "num_mel_bins": 80, "stride": 2}
CONFIG: Mapping[str, Any] = {"model_type": "wav2vec2-bert", "hidden_size": 1024, "num_hidden_layers": 24}
HOP_SECONDS, WINDOW_SECONDS = 0.010, 0.025  # Kaldi's
# Its attention holds (frames x frames x head) distances: half a minute is most of a gigabyte.
LONGEST_SECONDS = 30.0
BLOCKS = "model.encoder.layers.*"


def traits(settings: Settings) -> Traits:
    """Layers 0 to L at 50 frames a second."""
    config, heard = {**CONFIG, **settings.config}, {**PREPROCESSOR, **settings.preprocessor}
    inputs = heard["num_mel_bins"] * heard["stride"]
    if inputs != config.get("feature_projection_input_dim", inputs):
        raise ValueError(f"{inputs} numbers a frame for a projection of {config['feature_projection_input_dim']}")
    hz = 1 / (HOP_SECONDS * heard["stride"])
    return Traits(
        sample_rate=heard["sampling_rate"],
        layers=Layers.uniform(config["num_hidden_layers"] + 1, config["hidden_size"], hz),
        min_seconds=WINDOW_SECONDS + (heard["stride"] - 1) * HOP_SECONDS,
        sees_level=False,  # each band of each clip has zero mean and unit variance
        adapt=Adapt(
            front_end=("model.feature_projection",),
            blocks=BLOCKS,
            attention=tuple(f"{BLOCKS}.self_attn.linear_{name}" for name in ("q", "k", "v", "out")),
            feed_forward=tuple(f"{BLOCKS}.ffn{n}.{name}_dense" for n in (1, 2) for name in ("intermediate", "output")),
        ),
        constants={name: float(heard[name]) for name in ("num_mel_bins", "stride")},
        longest_seconds=LONGEST_SECONDS,
    )


def load(card: BackboneCard, files: WeightFiles) -> nn.Module:  # noqa: ARG001 - the files say all
    """The conformer of a published checkpoint."""
    from emobench.backbones.published_weights import encoder_names, load_published

    return load_published(_backbone, files, encoder_names("wav2vec2-bert"))


def load_random(card: BackboneCard, settings: Settings) -> nn.Module:  # noqa: ARG001 - the settings say all
    """The conformer that the settings describe, its weights from torch's generator."""
    return _backbone(settings, nullcontext())


def _backbone(settings: Settings, building: AbstractContextManager[object]) -> nn.Module:
    """The conformer that the settings describe; its own weights are made inside ``building``."""
    import torch
    from transformers import AutoModel

    from emobench.backbones.architecture import architecture
    from emobench.backbones.conformer_states import ConformerStates
    from emobench.backbones.log_mel_inputs import KaldiInput

    heard = {**PREPROCESSOR, **settings.preprocessor}
    inputs = KaldiInput(rate=heard["sampling_rate"], mels=heard["num_mel_bins"], stride=heard["stride"])
    with building:
        model = AutoModel.from_config(architecture({**CONFIG, **settings.config}), dtype=torch.float32)
    return ConformerStates(model, inputs=inputs).eval()


FAMILY = Family(FamilyCard(name="wav2vec2-bert", title="w2v-BERT 2.0", paper=PAPER), traits, load, load_random)


@hookimpl
def emobench_families() -> Iterator[Family]:
    """w2v-BERT 2.0."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The published w2v-BERT 2.0."""
    yield published(
        FAMILY, "w2v-bert-2.0", "facebook/w2v-bert-2.0", pretrained_on="speech", licence="MIT", paper=PAPER,
        parameters=580_493_120, config={"model_type": "wav2vec2-bert"}, preprocessor={},
    )  # fmt: skip
