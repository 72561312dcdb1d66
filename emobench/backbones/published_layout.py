"""How is a speech encoder published, and do its files say what its card says?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import AutoConfig

from emobench.catalog.contracts import WeightFiles
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

FAMILIES = ("hubert", "wav2vec2", "wavlm")
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
# Heads of pretraining and of transcription, which the encoder has no place for.
HEADS = ("quantizer.", "project_hid.", "project_q.", "lm_head.")
# Old names of the weight norm of the positional convolution.
OLD_NAMES = {".weight_g": ".parametrizations.weight.original0", ".weight_v": ".parametrizations.weight.original1"}


@dataclass(frozen=True)
class PublishedEncoder:
    """What the files of an encoder say: its architecture, whether clips are normalised, and where its weights lie."""

    config: "PreTrainedConfig"
    normalise: bool
    weights: Path

    @classmethod
    def read(cls, files: WeightFiles) -> "PublishedEncoder":
        """Read the settings in ``files``; the weights stay on disk.

        Raises:
            DataError: a file is missing or no JSON, or the family is not known here.
        """
        settings = _settings(files, "config.json")
        family = settings.pop("model_type", None)
        if family not in FAMILIES:
            raise DataError(
                "HiddenStates does not know this family of models.",
                found=f"found model_type {family!r} in config.json; known: {', '.join(FAMILIES)}",
                remedy="write a backbone of its own; `emobench new backbone NAME` starts one.",
            )
        weights = next((files.files[name] for name in WEIGHT_FILES if name in files.files), None)
        if weights is None:
            raise _missing(files, " or ".join(WEIGHT_FILES))
        normalise = bool(_settings(files, "preprocessor_config.json").get("do_normalize", True))
        return cls(AutoConfig.for_model(family, **settings), normalise, weights)

    def require_agreement(self, card: BackboneCard) -> None:
        """Refuse a card that promises other layers, or another view of loudness, than the files give.

        Raises:
            DataError: with what the card says and what the files say.
        """
        claims = {
            "layers": (len(card.layers), self.config.num_hidden_layers + 1),
            "width": (card.layers[0].width, self.config.hidden_size),
            "sees_level": (card.sees_level, not self.normalise),
        }
        wrong = [f"{field}: card {said}, files {found}" for field, (said, found) in claims.items() if said != found]
        if wrong:
            raise DataError(
                f"the card of {card.name} does not describe the files it was given.",
                found="\n".join(wrong),
                remedy="correct the card, or give the checkpoint it means with --weights.",
            )

    def rename(self, published: str) -> str | None:
        """The encoder's own name of a published weight; None for a head."""
        if published.startswith(HEADS):
            return None
        name = published.removeprefix(f"{self.config.model_type}.")
        for old, new in OLD_NAMES.items():
            name = name.removesuffix(old) + new if name.endswith(old) else name
        return name


def _settings(files: WeightFiles, name: str) -> dict[str, Any]:
    """The JSON object in the file called ``name``."""
    if name not in files.files:
        raise _missing(files, name)
    try:
        settings = json.loads(files.files[name].read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DataError(f"{name} cannot be read.", found=str(problem), remedy="fetch the model again.") from problem
    if not isinstance(settings, dict):
        raise DataError(f"{name} holds no JSON object.", remedy="fetch the model again.")
    return settings


def _missing(files: WeightFiles, name: str) -> DataError:
    return DataError(
        f"{name} is missing from the model's files.",
        found=f"found: {', '.join(sorted(files.files)) or 'none'}",
        remedy="fetch the model again, or give --weights the folder in which all its files lie.",
    )
