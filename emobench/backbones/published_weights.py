"""Which files hold a published model's weights, and what are its weights called in the module that takes them?"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from torch import nn

from emobench.backbones.architecture import NATIVE
from emobench.backbones.checkpoint import load_checkpoint, weightless
from emobench.catalog.contracts import WeightFiles
from emobench.catalog.families import Settings, settings_of
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


def load_published(
    build: Callable[[Settings, AbstractContextManager[object]], nn.Module], files: WeightFiles,
    rename: Callable[[str], str | None], unused: Callable[[nn.Module], Collection[str]] = lambda _: UNUSED,
) -> nn.Module:  # fmt: skip
    """A backbone with the weights of its files, all accounted for.

    Args:
        build: builds the backbone of some settings, the transformers model in its ``model`` inside a context.
        files: of the repository.
        rename: published name -> name in ``model``; None for a head.
        unused: names of weights in ``model`` that no forward pass reads.

    Raises:
        DataError: a file is missing or damaged, or a weight is missing, unexpected or of another shape.
    """
    backbone = build(settings_of(files), weightless())
    model = backbone.get_submodule("model")
    load_checkpoint(model, weight_files(files), rename=rename, unused=unused(model))
    return backbone
