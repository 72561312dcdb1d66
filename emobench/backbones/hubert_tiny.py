"""What does an untrained transformer hear? A small HuBERT with seeded random weights, for controls and first runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emobench.catalog.contracts import Backbone, WeightFiles
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, BackboneCard, Layers

if TYPE_CHECKING:
    from emobench.backbones.hidden_states import HiddenStates

BLOCKS = "model.encoder.layers.*"
CARD = BackboneCard(
    name="hubert-tiny-random",
    pretrained_on="nothing",
    corpora=(),
    licence="Apache-2.0",
    paper="https://arxiv.org/abs/2106.07447",
    sample_rate=16_000,
    layers=Layers.uniform(5, width=64, hz=50),
    parameters=303_616,
    sees_level=False,
    random=True,
    min_seconds=0.025,
    reentrant=True,
    # The recipe: fields of HubertConfig, in the feature key. facebook/hubert-base-ls960 normalises its clips as well.
    constants={
        "hidden_size": 64,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "intermediate_size": 256,
        "conv_width": 64,
        "initializer_range": 0.1,  # HuBERT's own 0.02 is for its width of 768: at 64, a block would change 3 %
        "do_normalize": 1,
    },
    adapt=Adapt(
        front_end=("model.feature_extractor", "model.feature_projection"),
        blocks=BLOCKS,
        attention=tuple(f"{BLOCKS}.attention.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj")),
        feed_forward=(f"{BLOCKS}.feed_forward.intermediate_dense", f"{BLOCKS}.feed_forward.output_dense"),
    ),
)


def load(card: BackboneCard, files: WeightFiles) -> HiddenStates:  # noqa: ARG001 - there are no weights to read
    """The encoder of the card's recipe, with HuBERT's own convolutions and group norm; torch draws its weights."""
    from transformers import HubertConfig

    from emobench.backbones.hidden_states import HiddenStates

    recipe: dict[str, Any] = {
        name: int(value) if value.is_integer() else value for name, value in card.constants.items()
    }
    normalise = bool(recipe.pop("do_normalize"))
    config = HubertConfig(conv_dim=(recipe.pop("conv_width"),) * 7, mask_time_prob=0.0, **recipe)
    return HiddenStates.from_config(config, normalise=normalise)


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The small random HuBERT."""
    yield Backbone(CARD, load=load)
