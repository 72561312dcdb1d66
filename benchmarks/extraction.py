"""How fast are all layers of a base model extracted, against the two things users do today?

A HuBERT-base-shaped random model, real clips in the order of their files. One by one: transformers, one clip at a time.
Padded: transformers, eight clips at a time, padded with an attention mask (and wrong, see benchmarks/padding.py).
emobench: what `emobench run` does, to the pooled features in memory. Each includes decoding. Runs take turns; the table
has medians of wall and CPU seconds, the real-time factor, and the share of this machine's matmul rate.
"""

import argparse
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import soundfile
import torch
import transformers
from torch import Tensor

from emobench.audio.batching import batches_by_length
from emobench.audio.scan import scan
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import installed
from emobench.domain.clip import Clip
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan, PlannedClip
from emobench.features.extraction import Ear, extract
from emobench.features.loading import load_backbone
from emobench.runs.planning import CPU_BATCH_SECONDS, GPU_BATCH_SECONDS

RATE = 16_000


def one_by_one(model: torch.nn.Module, paths: list[Path], device: torch.device) -> Tensor:
    """One clip at a time, the mean of every layer."""
    return torch.cat([padded(model, [path], device) for path in paths])


def in_file_order(model: torch.nn.Module, paths: list[Path], device: torch.device) -> Tensor:
    """Eight clips at a time, padded to the longest."""
    return torch.cat([padded(model, paths[first : first + 8], device) for first in range(0, len(paths), 8)])


def padded(model: torch.nn.Module, paths: list[Path], device: torch.device) -> Tensor:
    """Features of a few clips as a tutorial computes them: (clips, layers * width)."""
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=True)
    waves = [soundfile.read(path, dtype="float32")[0] for path in paths]
    inputs = extractor(waves, sampling_rate=RATE, return_tensors="pt", padding=True).to(device)
    with torch.inference_mode():
        states = model(**inputs, output_hidden_states=True).hidden_states
    frames = model._get_feat_extract_output_lengths(inputs["attention_mask"].sum(dim=1))  # noqa: SLF001 - has no other name
    means = [torch.stack([state[row, :n].mean(dim=0) for row, n in enumerate(frames.tolist())]) for state in states]
    return torch.cat(means, dim=1).cpu()


def planned(paths: list[Path]) -> list[PlannedClip]:
    with tempfile.TemporaryDirectory() as folder:
        facts = scan(paths, Path(folder) / "stamps.json")
    return [
        PlannedClip(Clip(id=path.stem, path=path, group="g", labels={}), facts[path], 0, facts[path].samples)
        for path in paths
    ]


def matmul_rate(device: torch.device) -> float:
    """FLOP a second of the products that a base model is made of, the best of several."""
    left, right = torch.randn(2048, 768, device=device), torch.randn(768, 3072, device=device)
    best = 0.0
    for _ in range(30):
        _synchronised(device)
        start = time.perf_counter()
        for _ in range(4):
            left @ right
        _synchronised(device)
        best = max(best, 4 * 2 * 2048 * 768 * 3072 / (time.perf_counter() - start))
    return best


def _synchronised(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def model_flops(config: transformers.HubertConfig, seconds: float) -> float:
    """FLOP of one clip: convolutions, positional convolution, projections, attention and feed-forward."""
    frames, channels, total = seconds * RATE, 1, 0.0
    for width, kernel, stride in zip(config.conv_dim, config.conv_kernel, config.conv_stride, strict=True):
        frames = (frames - kernel) // stride + 1
        total += 2 * frames * kernel * channels * width
        channels = width
    d, inner = config.hidden_size, config.intermediate_size
    positional = config.num_conv_pos_embeddings * d * d / config.num_conv_pos_embedding_groups
    block = 4 * d * d + 2 * d * inner + 2 * frames * d
    return float(total + 2 * frames * (channels * d + positional + config.num_hidden_layers * block))


def measure(options: argparse.Namespace) -> None:
    device = torch.device(options.device)
    torch.set_num_threads(options.threads)
    paths = sorted(options.data.rglob("*.flac"))
    paths = paths[:: max(1, len(paths) // options.clips)][: options.clips]
    clips = planned(paths)
    seconds = [clip.seconds for clip in clips]
    backbone = build_catalog(*installed()).backbone("hubert-base@random").what
    plan = BackbonePlan(backbone.card, {}, "emobench")
    module = load_backbone(backbone, plan, device)
    plain = transformers.AutoModel.from_config(module.model.config).to(device).eval()
    plain.load_state_dict(module.model.state_dict())
    most = int((CPU_BATCH_SECONDS if device.type == "cpu" else options.batch_seconds) * RATE)
    ear = Ear(module, plan, ReadingOptions(), options.precision, device, most)

    def emobench() -> Tensor:
        shards = batches_by_length([clip.audio.samples for clip in clips], most)
        groups = [[clips[position] for position in run] for shard in shards for run in shard.runs()]
        rows = torch.cat([torch.from_numpy(layer) for layer in extract(ear, groups, lambda _: None)], dim=1)
        order = [position for shard in shards for position in shard.clips]
        found = torch.empty_like(rows)
        found[order] = rows
        return found

    ways: dict[str, Callable[[], Tensor]] = {
        "emobench": emobench,  # first, so that the peak of memory after it is its own
        "one by one": lambda: one_by_one(plain, paths, device),
        "padded, file order": lambda: in_file_order(plain, paths, device),
    }
    walls: dict[str, list[float]] = {name: [] for name in ways}
    cpus: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, Tensor] = {}
    peak = 0
    padded(plain, paths[:2], device)
    for _ in range(options.runs):
        for name, run in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found[name] = run()
            _synchronised(device)
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(time.process_time() - cpu)
            peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flops, rate = sum(model_flops(plain.config, length) for length in seconds), matmul_rate(device)
    print(
        f"{len(clips)} clips, {sum(seconds):.0f} s of audio, {device}, {options.threads} threads, {options.precision};"
    )
    print(f"matmul rate {rate / 1e9:.0f} GFLOP/s, {flops / 1e12:.2f} TFLOP for all clips")
    print("| way | wall s | CPU s | times real time | share of matmul rate | deviation from one by one |")
    print("|---|---|---|---|---|---|")
    truth = found["one by one"]
    for name in ways:
        wall, cpu = statistics.median(walls[name]), statistics.median(cpus[name])
        off = float(((found[name] - truth).norm(dim=1) / truth.norm(dim=1)).max())
        share = flops / wall / rate
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {sum(seconds) / wall:.1f} | {share:.0%} | {off:.0e} |")
    for name in list(ways)[1:]:
        ratios = [theirs / mine for theirs, mine in zip(walls[name], walls["emobench"], strict=True)]
        spent = [theirs / mine for theirs, mine in zip(cpus[name], cpus["emobench"], strict=True)]
        runs = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"emobench against {name}: {statistics.median(ratios):.2f} times by wall time (runs: {runs}), "
              f"{statistics.median(spent):.2f} by CPU time")  # fmt: skip
    held = f"; device memory {torch.cuda.max_memory_allocated() / 2**20:.0f} MiB" if device.type == "cuda" else ""
    print(f"peak memory after the first run of emobench, both models in it: {peak / 1024:.0f} MiB{held}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of 16 kHz FLAC files, e.g. RAVDESS")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16"))
    parser.add_argument("--batch-seconds", type=float, default=GPU_BATCH_SECONDS, help="on an accelerator")
    warnings.filterwarnings("ignore")  # of the tutorial's way; they would stand between the rows of the table
    measure(parser.parse_args())
