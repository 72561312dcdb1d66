"""What does a tiny member of each family look like, published as the Hub publishes it? Random weights, real layouts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor, nn

Layout = Literal["safetensors", "bin", "shards"]
ENCODER: Mapping[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48,
}  # fmt: skip
CONVOLVED: Mapping[str, Any] = {
    **ENCODER, "conv_dim": [16] * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4,
}  # fmt: skip
# Layer norms in all convolutions and in front of every block, as large models have them.
STABLE: Mapping[str, Any] = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
TARGETS: Mapping[str, Any] = {"codevector_dim": 16, "proj_codevector_dim": 16, "num_codevectors_per_group": 8}
MERT: Mapping[str, Any] = {
    "sample_rate": 24_000, "feature_extractor_cqt": False, "deepnorm": False, "attention_relax": -1.0,
    "auto_map": {"AutoModel": "modeling_MERT.MERTModel"},
}  # fmt: skip
# name -> (model_type, fields of config.json, fields of preprocessor_config.json)
TINY: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "wav2vec2": ("wav2vec2", {**CONVOLVED, **TARGETS}, {}),
    "wav2vec2-stable": ("wav2vec2", {**CONVOLVED, **TARGETS, **STABLE}, {}),
    "hubert": ("hubert", CONVOLVED, {}),
    "hubert-stable": ("hubert", {**CONVOLVED, **STABLE}, {"do_normalize": False}),
    "distilhubert": ("hubert", {**CONVOLVED, "num_hidden_layers": 2, "feat_proj_layer_norm": False}, {}),
    "wavlm": ("wavlm", CONVOLVED, {"do_normalize": False}),
    "wavlm-stable": ("wavlm", {**CONVOLVED, **STABLE, "conv_bias": False}, {}),
    "data2vec-audio": (
        "data2vec-audio", {**CONVOLVED, "num_conv_pos_embeddings": 5, "conv_pos_kernel_size": 19}, {},
    ),
    "unispeech-sat": ("unispeech-sat", {**CONVOLVED, **TARGETS}, {}),
    "unispeech-sat-stable": ("unispeech-sat", {**CONVOLVED, **TARGETS, **STABLE}, {}),
    "sew": ("sew", {name: value for name, value in CONVOLVED.items() if name != "conv_dim"}, {}),
    "mert": ("mert_model", {**CONVOLVED, **MERT}, {"sampling_rate": 24_000}),
    "mert-stable": (
        "mert_model", {**CONVOLVED, **MERT, "do_stable_layer_norm": True, "attention_relax": 32.0},
        {"sampling_rate": 24_000, "do_normalize": False},
    ),
    "w2v-bert": ("wav2vec2-bert", ENCODER, {}),
    "whisper": (
        "whisper",
        {
            "d_model": 32, "encoder_layers": 3, "encoder_attention_heads": 4, "encoder_ffn_dim": 48,
            "decoder_layers": 1, "decoder_attention_heads": 4, "decoder_ffn_dim": 48, "vocab_size": 60,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1,
        },
        {},
    ),
    "ast": ("audio-spectrogram-transformer", ENCODER, {}),
    "clap": (
        "clap",
        {
            "audio_config": {
                "patch_embeds_hidden_size": 16, "hidden_size": 128, "depths": [2, 1, 1, 1],
                "num_attention_heads": [1, 2, 2, 2], "num_hidden_layers": 4,
            },
            "text_config": {**ENCODER, "num_hidden_layers": 1, "vocab_size": 60},
        },
        {"frequency_min": 50, "truncation": "rand_trunc"},
    ),
}  # fmt: skip
# The class whose weights are published, heads of pretraining included, where it is not the encoder alone.
PUBLISHED_AS: Mapping[str, str] = {
    "wav2vec2": "Wav2Vec2ForPreTraining",
    "unispeech-sat": "UniSpeechSatForPreTraining",
    "whisper": "WhisperForConditionalGeneration",
    "audio-spectrogram-transformer": "ASTForAudioClassification",
    "clap": "ClapModel",
}
EXTRACTORS: Mapping[str, str] = {
    "wav2vec2-bert": "SeamlessM4TFeatureExtractor",
    "whisper": "WhisperFeatureExtractor",
    "audio-spectrogram-transformer": "ASTFeatureExtractor",
    "clap": "ClapFeatureExtractor",
}


def write_tiny(
    folder: Path, name: str, layout: Layout = "safetensors", changes: Mapping[str, Any] | None = None
) -> Path:
    """Write the tiny model called ``name`` (a key of `TINY`) to ``folder``, as transformers or its authors publish it.

    ``bin`` is how old checkpoints are: one PyTorch file, and the names that transformers 4 used. ``changes`` replace
    fields of the configuration. Weights come from seed 0; norms differ from 1 and 0, as trained ones do.
    """
    model_type, config, preprocessor = TINY[name]
    config = {**config, **(changes or {})}
    model = _random_model(model_type, config)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, max_shard_size="40KB" if layout == "shards" else "5GB")
    if layout == "bin":
        torch.save(_old_names(model_type, model, load_file(folder / "model.safetensors")), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    if model_type == "mert_model":
        stated = json.loads((folder / "config.json").read_text("utf-8"))
        stated |= {"model_type": "mert_model", **config}
        (folder / "config.json").write_text(json.dumps(stated), "utf-8")
    extractor = getattr(transformers, EXTRACTORS.get(model_type, "Wav2Vec2FeatureExtractor"))
    extractor(**preprocessor).save_pretrained(folder)
    return folder


def _random_model(model_type: str, config: Mapping[str, Any]) -> Any:
    native = "hubert" if model_type == "mert_model" else model_type
    known = {name: value for name, value in config.items() if not (model_type == "mert_model" and name in MERT)}
    built = transformers.AutoConfig.for_model(native, **known)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if native in PUBLISHED_AS:
            model = getattr(transformers, PUBLISHED_AS[native])(built)
        else:
            model = transformers.AutoModel.from_config(built)
        for name, weight in model.named_parameters():
            if "norm" in name or name.endswith("conv.bias"):
                nn.init.normal_(weight, mean=float(name.endswith("weight")), std=0.2)
        for name, buffer in model.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return model.eval()


def _old_names(model_type: str, model: nn.Module, saved: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict under the names of old checkpoints; of AST, whose published names never changed, under the new."""
    if model_type == "audio-spectrogram-transformer":
        return dict(model.state_dict())
    new = {".parametrizations.weight.original0": ".weight_g", ".parametrizations.weight.original1": ".weight_v"}
    renamed = {}
    for name, weight in saved.items():
        ending = next((ending for ending in new if name.endswith(ending)), "")
        renamed[name.removesuffix(ending) + new.get(ending, "")] = weight
    return renamed
