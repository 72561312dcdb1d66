"""What do the settings of an Audio Spectrogram Transformer say? Patches of a spectrogram, ten seconds at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.families import Family, Settings, Traits, check_agreement, published
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, Layers

if TYPE_CHECKING:
    from torch import Tensor, nn

PAPER = "https://arxiv.org/abs/2104.01778"
PREPROCESSOR: Mapping[str, Any] = {
    "sampling_rate": 16_000, "num_mel_bins": 128, "max_length": 1024, "do_normalize": True,
    "mean": -4.2677393, "std": 4.5689974,
}  # fmt: skip
CONFIG: Mapping[str, Any] = {
    "model_type": "audio-spectrogram-transformer", "hidden_size": 768, "num_hidden_layers": 12, "patch_size": 16,
    "frequency_stride": 10, "time_stride": 10, "num_mel_bins": 128, "max_length": 1024,
}  # fmt: skip
HOP_SECONDS, WINDOW_SECONDS = 0.010, 0.025  # Kaldi's
BLOCKS = "model.layers.*"
TOKENS = 2  # for the class, and for distillation; they belong to no time
# transformers 5 renamed its modules and not the published weights.
NEW_NAMES = (
    (r"^encoder\.layer\.", "layers."),
    (r"\.attention\.attention\.(query|key|value)\.", lambda found: f".attention.{found[1][0]}_proj."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"(layers\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
)


def traits(settings: Settings) -> Traits:
    """Layers 0 to L at 10 frames a second: the mean over the bands of each column of patches."""
    config, heard = {**CONFIG, **settings.config}, {**PREPROCESSOR, **settings.preprocessor}
    check_agreement(settings, {"num_mel_bins": "num_mel_bins", "max_length": "max_length"})
    if min(config["max_length"], config["num_mel_bins"]) < config["patch_size"]:
        raise ValueError(f"{config['max_length']} frames of {config['num_mel_bins']} bands hold no patch")
    rate = heard["sampling_rate"]
    return Traits(
        sample_rate=rate,
        layers=Layers.uniform(config["num_hidden_layers"] + 1, config["hidden_size"], rate / _grid(config, rate)[0]),
        min_seconds=WINDOW_SECONDS,
        sees_level=True,
        adapt=Adapt(
            front_end=("model.embeddings",),
            blocks=BLOCKS,
            attention=tuple(f"{BLOCKS}.attention.{name}" for name in ("q_proj", "k_proj", "v_proj", "o_proj")),
            feed_forward=(f"{BLOCKS}.mlp.fc1", f"{BLOCKS}.mlp.fc2"),
        ),
        constants={name: float(heard[name]) for name in ("num_mel_bins", "do_normalize", "mean", "std")},
        window_seconds=heard["max_length"] * HOP_SECONDS,
    )


def _grid(config: Mapping[str, Any], rate: int) -> tuple[float, float]:
    """Samples from one column of patches to the next, and to the centre of the first."""
    hop, window = HOP_SECONDS * rate, WINDOW_SECONDS * rate
    return config["time_stride"] * hop, (config["patch_size"] - 1) / 2 * hop + window / 2


def load(card: BackboneCard, files: WeightFiles) -> nn.Module:  # noqa: ARG001 - the files say all
    """The encoder of a published checkpoint."""
    from emobench.backbones.published_weights import load_published

    return load_published(_backbone, files, encoder_name)


def encoder_name(name: str) -> str | None:
    """Published name -> name in the encoder; None for the classifier."""
    if name.startswith("classifier."):
        return None
    inner = name.removeprefix("audio_spectrogram_transformer.")
    for old, new in NEW_NAMES:
        inner = re.sub(old, new, inner)
    return inner


def load_random(card: BackboneCard, settings: Settings) -> nn.Module:  # noqa: ARG001 - the settings say all
    """The encoder that the settings describe, its weights from torch's generator."""
    return _backbone(settings, nullcontext())


def _backbone(settings: Settings, building: AbstractContextManager[object]) -> nn.Module:
    """The encoder that the settings describe; its own weights are made inside ``building``."""
    import torch
    from transformers import AutoModel

    from emobench.backbones.architecture import architecture
    from emobench.backbones.log_mel_inputs import AstInput
    from emobench.backbones.windowed_states import FrontEnd, Grid, WindowedStates, as_it_is

    heard, stated = {**PREPROCESSOR, **settings.preprocessor}, {**CONFIG, **settings.config}
    config = architecture(stated)
    with building:
        encoder = AutoModel.from_config(config, dtype=torch.float32)
    bands = (config.num_mel_bins - config.patch_size) // config.frequency_stride + 1
    in_time = partial(_columns, bands=bands)
    return WindowedStates(
        encoder,
        inputs=AstInput(
            rate=heard["sampling_rate"], mels=heard["num_mel_bins"], frames=heard["max_length"],
            mean=heard["mean"] if heard["do_normalize"] else None, scale=2 * heard["std"],
        ),
        encode=lambda model, spectrum: in_time(model(spectrum).last_hidden_state),
        blocks=encoder.layers,
        in_time=in_time,
        grids=(Grid(*_grid(stated, heard["sampling_rate"])),) * (config.num_hidden_layers + 1),
        front_end=FrontEnd(as_it_is, {encoder.embeddings: None}),
    ).eval()  # fmt: skip


def _columns(states: Tensor, bands: int) -> Tensor:
    """(batch, tokens, width) without the two tokens that belong to no time, averaged over bands."""
    from emobench.backbones.windowed_states import mean_over_bands

    return mean_over_bands(states[:, TOKENS:], bands)


FAMILY = Family(
    FamilyCard(name="audio-spectrogram-transformer", title="Audio Spectrogram Transformer", paper=PAPER),
    traits, load, load_random,
)  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """Audio Spectrogram Transformers."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The checkpoint that was fine-tuned on the tags of AudioSet."""
    yield published(
        FAMILY, "ast", "MIT/ast-finetuned-audioset-10-10-0.4593", pretrained_on="audio", licence="BSD-3-Clause",
        corpora=("ImageNet", "AudioSet"),
        paper=PAPER, parameters=86_187_264, config={"model_type": "audio-spectrogram-transformer"}, preprocessor={},
    )  # fmt: skip
