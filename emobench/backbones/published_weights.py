"""Which files hold a published model's weights, and what are its weights called in the module that takes them?"""

from collections.abc import Callable, Mapping
from pathlib import Path

from emobench.backbones.architecture import NATIVE
from emobench.catalog.contracts import WeightFiles
from emobench.domain.errors import DataError

# Read by SpecAugment only, in training: some checkpoints hold it and some configurations do not ask for it.
UNUSED = ("masked_spec_embed",)
# Heads of pretraining, transcription and classification, which an encoder has no place for.
HEADS = (
    "quantizer.", "project_hid.", "project_q.",  # wav2vec 2.0: targets of its contrastive loss
    "lm_head.", "final_proj.", "label_embs_concat",  # HuBERT: transcription, targets of its masked prediction
    "speaker_proj.", "label_embeddings_concat", "layer_norm_for_extract.",  # UniSpeech-SAT: speakers, labels
    "projector.", "classifier.", "layer_weights",  # fine-tuned on classes, by emotion among others
    "adapter.", "intermediate_ffn.",  # shortens the output for a decoder; layer L is taken before it
)  # fmt: skip
# Old names of the weight norm of the positional convolution.
OLD_NAMES: Mapping[str, str] = {
    ".weight_g": ".parametrizations.weight.original0",
    ".weight_v": ".parametrizations.weight.original1",
}


def weight_files(files: WeightFiles) -> tuple[Path, ...]:
    """The file with the weights, or its shards: safetensors where there are some.

    Raises:
        DataError: there are none.
    """
    for ending in (".safetensors", ".bin"):
        found = [path for name, path in sorted(files.files.items()) if name.endswith(ending)]
        if found:
            return tuple(found)
    raise DataError(
        "model.safetensors or pytorch_model.bin is missing from the model's files.",
        found=f"found: {', '.join(sorted(files.files)) or 'none'}",
        remedy="Fetch the model again, or give --weights the folder in which all its files lie.",
    )


def encoder_names(model_type: str) -> Callable[[str], str | None]:
    """Published name -> name in the encoder of a wav2vec2-like family; None for a head."""
    prefix = NATIVE.get(model_type, model_type).replace("-", "_") + "."

    def rename(published: str) -> str | None:
        if published.startswith(HEADS):
            return None
        name = published.removeprefix(prefix)
        if name.startswith(HEADS):
            return None
        for old, new in OLD_NAMES.items():
            name = name.removesuffix(old) + new if name.endswith(old) else name
        return name

    return rename
