"""How are torchaudio's bundles offered? Two ways to load each, and the hook; torchaudio comes with `load`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emobench import Backbone, BackboneCard, BrokenEnvironment, WeightFiles, hookimpl
from emobench_torchaudio.bundles import KNOWN

if TYPE_CHECKING:
    from emobench_torchaudio.states import BundleStates

# Old names of the weight norm of the positional convolution.
OLD_NAMES = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}


def load(card: BackboneCard, files: WeightFiles) -> BundleStates:
    """A bundle's model with its published weights, as torchaudio's file holds them.

    Raises:
        DataError: the weight file is missing, damaged, or of another model.
        BrokenEnvironment: torchaudio cannot be loaded here.
    """
    from emobench import load_checkpoint, weightless

    path = files.only()
    bundle = _bundle(card)
    with weightless():
        backbone = _built(bundle)
    load_checkpoint(backbone.model, path, rename=weight_name)
    return backbone


def load_random(card: BackboneCard) -> BundleStates:
    """The same architecture before any training; the control ``NAME@random``.

    Drawn as the pretraining of these models begins: He for the convolutions in front, 0.02 for Linears. torchaudio does
    so for its pretraining models only.

    Raises:
        BrokenEnvironment: torchaudio cannot be loaded here.
    """
    from torch import nn

    backbone = _built(_bundle(card))
    for layer in backbone.model.feature_extractor.conv_layers:
        nn.init.kaiming_normal_(layer.conv.weight)
    for module in backbone.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)
    return backbone


def weight_name(published: str) -> str | None:
    """Name in a weight file of torchaudio -> name in its encoder; None for the head of a fine-tuned one."""
    owner, dot, name = published.rpartition(".")
    return None if owner == "aux" else owner + dot + OLD_NAMES.get(name, name)


def _bundle(card: BackboneCard) -> Any:
    name = card.name.removesuffix("@random")
    try:
        from torchaudio import pipelines
    except (ImportError, OSError, RuntimeError) as problem:
        what = f"backbone '{card.name}' needs torchaudio, which cannot be loaded."
        remedy = "pip install 'torch>=2.11,<2.15' 'torchaudio>=2.11,<2.12'; `emobench doctor` says what is wrong."
        raise BrokenEnvironment(what, found=f"{type(problem).__name__}: {problem}", remedy=remedy) from problem
    return getattr(pipelines, next(known.bundle for known in KNOWN if known.name == name))


def _built(bundle: Any) -> BundleStates:
    """The model of a bundle; torchaudio's own ``get_model`` would fetch weights by itself."""
    from torchaudio.models import wav2vec2_model, wavlm_model

    from emobench_torchaudio.states import BundleStates

    # vars(): what a bundle is made of has no public names.
    kind, sizes, normalise = (vars(bundle)[name] for name in ("_model_type", "_params", "_normalize_waveform"))
    wavlm = kind == "WavLM"
    model = (wavlm_model if wavlm else wav2vec2_model)(**sizes)
    return BundleStates(model, normalise=normalise, masks=not wavlm).eval()


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The self-supervised bundles of torchaudio.pipelines."""
    for known in KNOWN:
        yield Backbone(known.card, load=load, load_random=load_random)
