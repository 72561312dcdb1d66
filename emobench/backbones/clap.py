"""What do the settings of a CLAP model say about its audio tower? A Swin transformer over ten seconds of sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.families import Family, Settings, Traits, published
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, LayerCard
from emobench.domain.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor, nn

PAPER = "https://arxiv.org/abs/2211.06687"
PAPERS_CORPORA = ("LAION-Audio-630K", "AudioCaps", "Clotho", "AudioSet")
PREPROCESSOR: Mapping[str, Any] = {
    "sampling_rate": 48_000, "feature_size": 64, "fft_window_size": 1024, "hop_length": 480, "max_length_s": 10,
    "frequency_min": 50, "frequency_max": 14_000, "truncation": "rand_trunc", "padding": "repeatpad",
}  # fmt: skip
TOWER: Mapping[str, Any] = {
    "patch_embeds_hidden_size": 96, "depths": (2, 2, 6, 2), "num_mel_bins": 64, "spec_size": 256,
    "patch_stride": (4, 4), "enable_fusion": False,
}  # fmt: skip
STAGES = "model.audio_encoder.layers.*"
BLOCKS = f"{STAGES}.blocks.*"
NUMBERS = ("feature_size", "fft_window_size", "hop_length", "frequency_min", "frequency_max")


def traits(settings: Settings) -> Traits:
    """Layer 0 enters the first stage, layers 1 to L leave the stages, before they are thinned out for the next.

    Raises:
        DataError: the tower fuses several crops, or its extractor pads otherwise than by repeating.
    """
    tower, heard = _tower(settings), {**PREPROCESSOR, **settings.preprocessor}
    wanted = {"enable_fusion": False, "truncation": "rand_trunc", "padding": "repeatpad"}
    found = {"enable_fusion": tower["enable_fusion"], **{name: heard[name] for name in ("truncation", "padding")}}
    if found != wanted:
        raise DataError(
            "this CLAP model prepares its input in a way that emobench does not.",
            found="\n".join(
                f"{name}: {found[name]} (built: {wanted[name]})" for name in wanted if found[name] != wanted[name]
            ),
            remedy="Use an unfused checkpoint, such as clap-general.",
        )
    if heard["feature_size"] != tower["num_mel_bins"]:
        raise ValueError(f"{heard['feature_size']} bands for a tower of {tower['num_mel_bins']}")
    rate = heard["sampling_rate"]
    return Traits(
        sample_rate=rate,
        layers=tuple(
            LayerCard(name=str(layer), width=_width(tower, layer), hz=rate / step)
            for layer, (step, _) in enumerate(_grids(tower, heard))
        ),
        min_seconds=0.025,
        sees_level=True,
        adapt=Adapt(
            front_end=("model.audio_encoder.patch_embed", "model.audio_encoder.batch_norm"),
            blocks=BLOCKS,
            attention=(
                *(f"{BLOCKS}.attention.self.{name}" for name in ("query", "key", "value")),
                f"{BLOCKS}.attention.output.dense",
            ),
            feed_forward=(f"{BLOCKS}.intermediate.dense", f"{BLOCKS}.output.dense"),
        ),
        constants={name: float(heard[name]) for name in NUMBERS},
        window_seconds=float(heard["max_length_s"]),
    )


def _tower(settings: Settings) -> dict[str, Any]:
    return {**TOWER, **settings.config.get("audio_config", {})}


def _width(tower: Mapping[str, Any], layer: int) -> int:
    return int(tower["patch_embeds_hidden_size"] * 2 ** max(0, layer - 1))


def _grids(tower: Mapping[str, Any], heard: Mapping[str, Any]) -> list[tuple[float, float]]:
    """For each layer: samples from one column of patches to the next, and to the centre of the first.

    The spectrogram is stretched to ``spec_size * 4`` columns (for 64 bands), and each stage but the last halves them.
    """
    columns = tower["spec_size"] * (tower["spec_size"] // tower["num_mel_bins"])
    frames = heard["max_length_s"] * heard["sampling_rate"] // heard["hop_length"]
    column = heard["hop_length"] * frames / (columns - 1)
    patches = [tower["patch_stride"][1] * 2 ** max(0, layer - 1) for layer in range(len(tower["depths"]) + 1)]
    return [(patch * column, (patch - 1) / 2 * column) for patch in patches]


def load(card: BackboneCard, files: WeightFiles) -> nn.Module:  # noqa: ARG001 - the files say all
    """The audio tower of a published checkpoint."""
    from emobench.backbones.published_weights import load_published

    return load_published(_backbone, files, tower_name, _derived)


def _derived(model: nn.Module) -> list[str]:
    """Follow from the window's size, or are counted in training: some checkpoints hold them, some do not."""
    return [name for name in model.state_dict() if name.endswith(("_index", "_tracked"))]


def tower_name(name: str) -> str | None:
    """Published name -> name in the audio tower; None for text, projections and temperatures."""
    if name.startswith(("text_model.", "text_projection.", "audio_projection.", "logit_scale")):
        return None
    return name.removeprefix("audio_model.")


def load_random(card: BackboneCard, settings: Settings) -> nn.Module:  # noqa: ARG001 - the settings say all
    """The audio tower that the settings describe, its weights from torch's generator."""
    return _backbone(settings, nullcontext())


def _backbone(settings: Settings, building: AbstractContextManager[object]) -> nn.Module:
    """The audio tower that the settings describe; its own weights are made inside ``building``."""
    from transformers.models.clap.configuration_clap import ClapAudioConfig
    from transformers.models.clap.modeling_clap import ClapAudioModel

    from emobench.backbones.architecture import architecture
    from emobench.backbones.log_mel_inputs import ClapInput
    from emobench.backbones.windowed_states import FrontEnd, Grid, WindowedStates, as_it_is

    tower, heard = _tower(settings), {**PREPROCESSOR, **settings.preprocessor}
    config = architecture({**tower, "model_type": "clap_audio_model"})
    assert isinstance(config, ClapAudioConfig)
    with building:
        model = ClapAudioModel(config)
    chunks = tower["spec_size"] // tower["num_mel_bins"]
    return WindowedStates(
        model,
        inputs=ClapInput(
            rate=heard["sampling_rate"], n_fft=heard["fft_window_size"], hop=heard["hop_length"],
            mels=heard["feature_size"], low=heard["frequency_min"], high=heard["frequency_max"],
            window_samples=heard["max_length_s"] * heard["sampling_rate"],
        ),
        encode=_last_in_time,
        blocks=model.audio_encoder.layers,
        in_time=partial(_columns, chunks=chunks),
        grids=tuple(Grid(*grid) for grid in _grids(tower, heard)),
        front_end=FrontEnd(
            partial(_unheard, columns=tower["spec_size"] * chunks, bands=tower["num_mel_bins"]),
            {model.audio_encoder.batch_norm: None, model.audio_encoder.patch_embed: as_it_is},
        ),
        pick=_before_thinning,
    ).eval()  # fmt: skip


def _unheard(state: Tensor, columns: int, bands: int) -> Tensor:
    """A silent spectrogram that needs no stretching: (batch, 1, columns, bands)."""
    return state.new_zeros(len(state), 1, columns, bands)


def _before_thinning(output: tuple[Any, ...]) -> Tensor:
    state: Tensor = output[1]
    return state


def _last_in_time(model: Any, spectrum: Tensor) -> Tensor:
    """``last_hidden_state`` (batch, width, bands, frames), averaged over bands: (batch, frames, width)."""
    last: Tensor = model(spectrum).last_hidden_state
    return last.mean(dim=2).transpose(1, 2)


def _columns(states: Tensor, chunks: int) -> Tensor:
    """A square of patches (batch, rows * rows, width), chunks of time one below the other: (batch, frames, width)."""
    rows = round(states.shape[1] ** 0.5)
    square: Tensor = states.unflatten(1, (chunks, rows // chunks, rows))
    return square.mean(dim=2).flatten(1, 2)


FAMILY = Family(FamilyCard(name="clap", title="CLAP (audio tower)", paper=PAPER), traits, load, load_random)
LARGER: Mapping[str, Any] = {"patch_embeds_hidden_size": 128, "depths": (2, 2, 12, 2), "hidden_size": 1024}


def _clap(
    name: str, repo: str, pretrained_on: Literal["audio", "music"], parameters: int, tower: Mapping[str, Any],
    corpora: tuple[str, ...] | None = None,
) -> Backbone:  # fmt: skip
    return published(
        FAMILY, name, repo, pretrained_on=pretrained_on, licence="Apache-2.0", paper=PAPER, parameters=parameters,
        corpora=corpora, config={"model_type": "clap", "audio_config": tower}, preprocessor={},
    )  # fmt: skip


@hookimpl
def emobench_families() -> Iterator[Family]:
    """CLAP."""
    yield FAMILY


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The audio towers of LAION's CLAP models; the larger ones heard music and speech that is not named."""
    yield _clap("clap-general", "laion/larger_clap_general", "audio", 67_824_408, LARGER)
    yield _clap("clap-music", "laion/larger_clap_music", "music", 67_824_408, LARGER)
    yield _clap("clap-htsat-unfused", "laion/clap-htsat-unfused", "audio", 27_534_488, {}, PAPERS_CORPORA)
