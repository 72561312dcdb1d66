"""How wrong is a clip's feature when it is padded beside a longer one, the way it is usually done? And in bfloat16?

For every family, at the size of its smallest named model and with random weights: pooled features of each layer of a
clip in a padded batch (attention mask given, as tutorials have it) against the clip alone, both by transformers; then
the same through emobench. Prints a Markdown table of the largest relative deviations.
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import transformers
from torch import Tensor, nn

from emobench.audio.decode import read
from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import AudioBatch
from emobench.catalog.discovery import installed
from emobench.features.pooling import mean_over_time

MODELS = (
    "wav2vec2-base", "hubert-base", "mert-v1", "wavlm-base", "unispeech-sat-base", "distilhubert", "hubert-large",
    "wavlm-large", "data2vec-audio-base", "music2vec", "w2v-bert-2.0", "whisper-base", "ast", "clap-htsat-unfused",
)  # fmt: skip
WINDOWED = ("whisper", "audio-spectrogram-transformer", "clap")


def clips(folder: Path, rate: int) -> list[Tensor]:
    """Four real clips, one of them cut to a second and one repeated to ten, at ``rate``."""
    import soxr

    waves = []
    for path in sorted(folder.rglob("*.flac"))[:400:100]:
        samples, found = read(path)
        waves.append(torch.from_numpy(soxr.resample(samples.mean(axis=1), found, rate).astype(np.float32)))
    return [waves[0][:rate], waves[1], waves[2], waves[3].repeat(4)[: 10 * rate]]


def relative(found: list[Tensor], truth: list[Tensor]) -> tuple[float, float]:
    """The mean and the largest relative deviation over clips and layers; each tensor is (clips, width)."""
    deviations = torch.stack([(a - b).norm(dim=1) / b.norm(dim=1) for a, b in zip(found, truth, strict=True)])
    return float(deviations.mean()), float(deviations.max())


def ours(module: nn.Module, waves: list[Tensor], *, half: bool = False) -> list[Tensor]:
    """Pooled layers of a padded batch through emobench."""
    audio = AudioBatch(nn.utils.rnn.pad_sequence(waves, batch_first=True), torch.tensor([len(w) for w in waves]))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        return list(mean_over_time(module(audio)).layers)


def alone(module: nn.Module, waves: list[Tensor]) -> list[Tensor]:
    """Pooled layers clip by clip through emobench, which tests hold equal to transformers'."""
    return [torch.cat(layers) for layers in zip(*(ours(module, [wave]) for wave in waves), strict=True)]


def usual(module: nn.Module, family: str, waves: list[Tensor]) -> list[Tensor]:
    """Pooled layers as tutorials compute them: extractor, padding to the longest, mask, mean over valid frames."""
    if family in WINDOWED:  # their extractors pad to the window, and the mean is taken over all of it
        audio = AudioBatch(nn.utils.rnn.pad_sequence(waves, batch_first=True), torch.tensor([len(w) for w in waves]))
        with torch.inference_mode():
            return [layer.mean(dim=1) for layer in module(audio).layers]
    config = module.model.config
    if family == "wav2vec2-bert":
        extractor = transformers.SeamlessM4TFeatureExtractor()
        inputs = extractor([wave.numpy() for wave in waves], sampling_rate=16_000, return_tensors="pt", padding=True)
        frames = inputs["attention_mask"].sum(dim=1)
    else:
        rate = 24_000 if family == "mert_model" else 16_000
        extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=module.normalise, sampling_rate=rate)
        inputs = extractor(
            [wave.numpy() for wave in waves], sampling_rate=rate, return_tensors="pt", padding=True,
            return_attention_mask=True,
        )  # fmt: skip
        samples = inputs["attention_mask"].sum(dim=1)
        frames = module.model._get_feat_extract_output_lengths(samples)  # noqa: SLF001 - has no other name
    plain = transformers.AutoModel.from_config(config).eval()
    plain.load_state_dict(module.model.state_dict())
    with torch.inference_mode():
        found = plain(**inputs, output_hidden_states=True)
    layers = (*found.hidden_states[:-1], found.last_hidden_state)
    return [torch.stack([layer[row, :n].mean(dim=0) for row, n in enumerate(frames.tolist())]) for layer in layers]


def rows(folder: Path, names: list[str]) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    catalog = build_catalog(*installed())
    for name in names:
        backbone = catalog.backbones[name].what
        torch.manual_seed(0)
        module = backbone.load_random(backbone.card).eval()
        waves, family = clips(folder, backbone.card.sample_rate), str(backbone.card.family)
        truth = alone(module, waves)
        kind = "mean over the window" if family in WINDOWED else "padding with a mask"
        deviations = (usual(module, family, waves), ours(module, waves), ours(module, waves, half=True))
        yield name, kind, [relative(found, truth) for found in deviations]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of FLAC files, e.g. RAVDESS")
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # of the tutorial's way; they would stand between the rows of the table
    transformers.logging.set_verbosity_error()
    print("| model | what is usually done | error, mean | error, worst | emobench, worst | bf16, worst |")
    print("|---|---|---|---|---|---|")
    for name, kind, (usually, exact, half) in rows(options.data, options.models):
        shown = f"{usually[0]:.1%} | {usually[1]:.1%} | {exact[1]:.0e} | {half[1]:.1%}"
        print(f"| {name} | {kind} | {shown} |", flush=True)
