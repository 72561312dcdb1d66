"""What do the settings of a wav2vec2-like model say? All that convolve a waveform and attend over its frames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from emobench.backbones.convolutions import padding_leaks, receptive_field
from emobench.catalog.contracts import WeightFiles
from emobench.catalog.families import Family, Settings, Traits, check_agreement
from emobench.domain.cards import Adapt, BackboneCard, FamilyCard, Layers
from emobench.domain.errors import DataError

if TYPE_CHECKING:
    from torch import nn

# What the configurations of transformers mean where a config.json is silent; the same in all families here.
DEFAULTS: Mapping[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "conv_kernel": (10, 3, 3, 3, 3, 2, 2),
    "conv_stride": (5, 2, 2, 2, 2, 2, 2),
    "conv_bias": False,
    "conv_pos_batch_norm": False,
    "squeeze_factor": 1,
}
# What the large members of all these families share.
LARGE: Mapping[str, Any] = {
    "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
}  # fmt: skip
# A layer norm in every convolution and before every block.
STABLE: Mapping[str, Any] = {**LARGE, "feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
BLOCKS = "model.encoder.layers.*"
ATTENTION = tuple(f"{BLOCKS}.attention.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj"))
FEED_FORWARD = tuple(f"{BLOCKS}.feed_forward.{name}" for name in ("intermediate_dense", "output_dense"))
FRONT_END = ("model.feature_extractor", "model.feature_projection")
# Attention over a minute of frames stays within a few gigabytes; no model here was trained on more than half of it.
LONGEST_SECONDS = 60.0


def waveform_family(
    model_type: str, *, title: str, paper: str, attention: tuple[str, ...] = ATTENTION, refused: tuple[str, ...] = (),
    defaults: Mapping[str, Any] = DEFAULTS,
) -> Family:  # fmt: skip
    """A family whose members are loaded by `HiddenStates`.

    Args:
        model_type: as ``config.json`` has it.
        title: what the family is called.
        paper: where it is described.
        attention: places of the attention's Linears; empty where the attention does not call them.
        refused: switches of ``config.json`` that stand for parts which are not built here.
        defaults: what a ``config.json`` means where it is silent.
    """
    return Family(
        FamilyCard(name=model_type, title=title, paper=paper),
        traits=partial(_traits, attention=attention, refused=refused, defaults=defaults),
        load=_load,
        load_random=_load_random,
    )


def _traits(
    settings: Settings, *, attention: tuple[str, ...], refused: tuple[str, ...], defaults: Mapping[str, Any]
) -> Traits:
    config = {**defaults, **settings.config}
    on = [name for name in refused if config.get(name)]
    if on:
        raise DataError(
            f"this {settings.config.get('model_type')} has a part that emobench does not build.",
            found=f"found in config.json: {', '.join(f'{name} = {config[name]}' for name in on)}",
            remedy="Use a checkpoint without it, or bring the model as a plugin of its own.",
        )
    check_agreement(settings, {"sample_rate": "sampling_rate"})
    rate = int(settings.preprocessor.get("sampling_rate", config.get("sample_rate", 16_000)))
    normalise = bool(settings.preprocessor.get("do_normalize", True))
    hop, squeezed = prod(config["conv_stride"]), int(config["squeeze_factor"])
    layers = Layers.uniform(config["num_hidden_layers"] + 1, config["hidden_size"], rate / hop / squeezed)
    if squeezed > 1:  # the last layer is stretched again
        layers = (*layers[:-1], layers[-1].model_copy(update={"hz": rate / hop}))
    shortest = receptive_field(config["conv_kernel"], config["conv_stride"]) + (squeezed - 1) * hop
    return Traits(
        sample_rate=rate,
        layers=layers,
        min_seconds=shortest / rate,
        # A convolution without bias in front of a norm forgets the scale of what it hears.
        sees_level=not normalise and bool(config["conv_bias"]),
        adapt=Adapt(front_end=FRONT_END, blocks=BLOCKS, attention=attention, feed_forward=FEED_FORWARD),
        constants={"do_normalize": float(normalise)},
        longest_seconds=LONGEST_SECONDS,
        batches="equal_length" if padding_leaks(config) else "padded",
    )


def _load(card: BackboneCard, files: WeightFiles) -> nn.Module:
    from emobench.backbones.hidden_states import HiddenStates

    return HiddenStates.from_pretrained(card, files)


def _load_random(card: BackboneCard, settings: Settings) -> nn.Module:  # noqa: ARG001 - the settings say all
    from emobench.backbones.hidden_states import HiddenStates

    return HiddenStates.from_settings(settings)
