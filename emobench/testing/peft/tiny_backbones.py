"""On which backbones can a PEFT method be tried without any weights? A tiny random member of several families."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from emobench.backbones import hubert, w2v_bert, wavlm, whisper
from emobench.catalog.families import Family, Settings, published
from emobench.domain.cards import BackboneCard
from emobench.learning.order import drawing_from
from emobench.testing.peft.trials import wake
from emobench.testing.tiny_models import TINY

# A window of 3 seconds, not of 30: fields of config.json, and of preprocessor_config.json.
SHORT_WINDOW: Mapping[str, Any] = {"max_source_positions": 150}
SHORT_CHUNK: Mapping[str, Any] = {"chunk_length": 3, "n_samples": 48_000, "nb_max_frames": 300}
# Blocks behind a convolved waveform; attention that never calls its Linears (WavLM); a fixed window; a conformer.
FAMILIES: Mapping[str, tuple[Family, Mapping[str, Any], Mapping[str, Any]]] = {
    "hubert": (hubert.FAMILY, {}, {}),
    "wavlm": (wavlm.FAMILY, {}, {}),
    "whisper": (whisper.FAMILY, SHORT_WINDOW, SHORT_CHUNK),
    "w2v-bert": (w2v_bert.FAMILY, {}, {}),
}


def tiny_backbones() -> Sequence[tuple[BackboneCard, nn.Module]]:
    """A card and a module of four families, with three blocks of width 32 and matrices as large as trained ones.

    Modules are on the CPU, in eval mode, nothing of them learns, and they are the same whenever they are made.
    """
    return [_tiny(name) for name in FAMILIES]


def _tiny(name: str) -> tuple[BackboneCard, nn.Module]:
    family, changes, heard = FAMILIES[name]
    model_type, config, preprocessor = TINY[name]
    settings = Settings({"model_type": model_type, **config, **changes}, {**preprocessor, **heard})
    with drawing_from(0, torch.device("cpu")):
        offered = published(
            family, f"tiny-{name}", f"tiny/{name}", pretrained_on="speech", licence="Apache-2.0",
            paper=family.card.paper, parameters=0, config=settings.config, preprocessor=settings.preprocessor,
        )  # fmt: skip
        module = family.load_random(offered.card, settings)
    return offered.card, wake(module).eval().requires_grad_(requires_grad=False)
