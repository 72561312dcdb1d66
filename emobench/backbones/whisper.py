"""Which Whisper encoders are known, and what do their settings say? Trained on transcripts, 30 seconds at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.families import Family, Settings, Traits, check_agreement, published
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, Layers

if TYPE_CHECKING:
    from torch import Tensor, nn

PAPER = "https://arxiv.org/abs/2212.04356"
PREPROCESSOR: Mapping[str, Any] = {
    "sampling_rate": 16_000, "feature_size": 80, "n_fft": 400, "hop_length": 160, "chunk_length": 30,
}  # fmt: skip
CONFIG: Mapping[str, Any] = {
    "model_type": "whisper", "d_model": 384, "encoder_layers": 4, "encoder_attention_heads": 6, "encoder_ffn_dim": 1536,
    "num_mel_bins": 80, "max_source_positions": 1500,
}  # fmt: skip
BLOCKS = "model.layers.*"
CONVOLUTION_STRIDE = 2


def traits(settings: Settings) -> Traits:
    """Layers 0 to L at 50 frames a second; the decoder is not built."""
    config, heard = {**CONFIG, **settings.config}, {**PREPROCESSOR, **settings.preprocessor}
    check_agreement(settings, {"num_mel_bins": "feature_size"})
    rate, step = heard["sampling_rate"], CONVOLUTION_STRIDE * heard["hop_length"]
    frames = heard["chunk_length"] * rate // step
    if frames != config["max_source_positions"]:
        raise ValueError(f"a window of {frames} frames for an encoder of {config['max_source_positions']}")
    return Traits(
        sample_rate=rate,
        layers=Layers.uniform(config["encoder_layers"] + 1, config["d_model"], rate / step),
        min_seconds=0.025,
        sees_level=True,
        adapt=Adapt(
            front_end=("model.conv1", "model.conv2"),
            blocks=BLOCKS,
            attention=tuple(f"{BLOCKS}.self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj")),
            feed_forward=(f"{BLOCKS}.fc1", f"{BLOCKS}.fc2"),
        ),
        constants={name: float(heard[name]) for name in ("feature_size", "n_fft", "hop_length")},
        window_seconds=float(heard["chunk_length"]),
    )


def load(card: BackboneCard, files: WeightFiles) -> nn.Module:  # noqa: ARG001 - the files say all
    """The encoder of a Whisper checkpoint."""
    from emobench.backbones.published_weights import load_published

    return load_published(_backbone, files, encoder_name)


def encoder_name(name: str) -> str | None:
    """Published name -> name in the encoder; None for the decoder and its head."""
    inner = name.removeprefix("model.")
    if inner.startswith(("decoder.", "proj_out.")):
        return None
    return inner.removeprefix("encoder.")


def load_random(card: BackboneCard, settings: Settings) -> nn.Module:  # noqa: ARG001 - the settings say all
    """The encoder that the settings describe, its weights from torch's generator."""
    return _backbone(settings, nullcontext())


def _backbone(settings: Settings, building: AbstractContextManager[object]) -> nn.Module:
    """The encoder that the settings describe; its own weights are made inside ``building``."""
    import torch
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    from emobench.backbones.architecture import architecture
    from emobench.backbones.log_mel_inputs import WhisperInput
    from emobench.backbones.windowed_states import FrontEnd, Grid, WindowedStates, as_it_is, last_hidden_state

    heard = {**PREPROCESSOR, **settings.preprocessor}
    config = architecture({**CONFIG, **settings.config})
    with building:
        encoder = WhisperEncoder._from_config(config, dtype=torch.float32)  # noqa: SLF001 - as AutoModel does; it picks the attention
    step = float(CONVOLUTION_STRIDE * heard["hop_length"])
    return WindowedStates(
        encoder,
        inputs=WhisperInput(
            rate=heard["sampling_rate"], n_fft=heard["n_fft"], hop=heard["hop_length"], mels=heard["feature_size"],
            window_samples=heard["chunk_length"] * heard["sampling_rate"],
        ),
        encode=last_hidden_state,
        blocks=encoder.layers,
        in_time=as_it_is,
        grids=(Grid(step, 0.0),) * (config.encoder_layers + 1),
        front_end=FrontEnd(_unheard, {encoder.conv1: None, encoder.conv2: _channels_first}),
    ).eval()  # fmt: skip


def _unheard(state: Tensor) -> Tensor:
    """One silent band that is as long as the encoder insists: (batch, 1, frames of the spectrogram)."""
    return state.new_zeros(len(state), 1, CONVOLUTION_STRIDE * state.shape[1])


def _channels_first(state: Tensor) -> Tensor:
    return state.transpose(1, 2)


FAMILY = Family(FamilyCard(name="whisper", title="Whisper (encoder)", paper=PAPER), traits, load, load_random)


def _whisper(size: str, width: int, layers: int, heads: int, parameters: int, mels: int = 80) -> Backbone:
    return published(
        FAMILY, f"whisper-{size}", f"openai/whisper-{size}", pretrained_on="speech", licence="Apache-2.0", paper=PAPER,
        parameters=parameters,
        config={
            "model_type": "whisper", "d_model": width, "encoder_layers": layers, "encoder_attention_heads": heads,
            "encoder_ffn_dim": 4 * width, "num_mel_bins": mels,
        },
        preprocessor={"feature_size": mels},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """Whisper."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The encoders of OpenAI's Whisper."""
    yield _whisper("base", 512, 6, 8, 20_590_592)
    yield _whisper("small", 768, 12, 12, 88_154_112)
    yield _whisper("medium", 1024, 24, 16, 307_216_384)
    yield _whisper("large-v3", 1280, 32, 20, 636_968_960, mels=128)
