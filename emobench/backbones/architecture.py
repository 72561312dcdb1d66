"""Which configuration of transformers do the settings of a repository stand for?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from transformers import AutoConfig

from emobench.domain.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

# Published under a name of its own, with remote code: weight by weight and state by state it is the model on the right
# (its attention_relax is read by its deepnorm encoder only).
NATIVE: Mapping[str, str] = {"mert_model": "hubert"}
# What a pass over audio must not meet: draws of training, and the stage that adapts lengths for a decoder.
SETTLED: Mapping[str, Any] = {
    "layerdrop": 0.0,
    "encoder_layerdrop": 0.0,
    "apply_spec_augment": False,
    "add_adapter": False,
    "use_intermediate_ffn_before_adapter": False,
}
# About the file, not about the architecture.
PROSE = ("model_type", "architectures", "auto_map", "dtype", "torch_dtype", "transformers_version", "_name_or_path")


def architecture(config: Mapping[str, Any]) -> "PreTrainedConfig":
    """The configuration with which transformers builds the model of a ``config.json``, SpecAugment and layerdrop off.

    Raises:
        DataError: a value that transformers refuses.
    """
    model_type = str(config["model_type"])
    stated = {name: value for name, value in config.items() if name not in PROSE}
    try:
        built = AutoConfig.for_model(NATIVE.get(model_type, model_type), **stated)
    except Exception as problem:  # strict dataclasses raise several kinds
        raise DataError(
            f"config.json does not describe a {model_type}.",
            found=str(problem).strip().splitlines()[-1],
            remedy="Fetch the model again, or correct the file.",
        ) from problem
    for name, value in SETTLED.items():
        setattr(built, name, value)  # on configurations that do not declare it too: data2vec asks for it all the same
    return built
