"""How much CPU passes from starting Python to the first clip's features, for a base model whose weights are there?

A HuBERT-base-shaped checkpoint with random weights in its published layout; digests and scan stamped by a run before.
Each repetition is a process of its own that plans as `emobench run` does, loads the model and hears one batch.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def first_clip(model: Path, data: Path) -> None:
    """Plan, load, hear one batch; print CPU seconds since the process began."""
    from emobench.catalog.catalog import build_catalog
    from emobench.catalog.discovery import discover
    from emobench.domain.progress import Silent
    from emobench.domain.spec import Whereabouts, make_spec
    from emobench.features.extraction import Ear, extract
    from emobench.features.loading import load_backbone
    from emobench.runs.running import prepare

    catalog = build_catalog(*discover())
    spec = make_spec(backbones=("hubert-base",), datasets=("ravdess-speech",))
    where = Whereabouts(data={"ravdess-speech": data}, weights={"hubert-base": model}, device="cpu")
    plan, device = prepare(spec, where, catalog, Silent())
    backbone, features = plan.backbones["hubert-base"], plan.features["hubert-base", "ravdess-speech"]
    module = load_backbone(catalog.backbone("hubert-base").what, backbone, device)
    ear = Ear(module, backbone, plan.reading, "fp32", device, features.most_samples)
    clips, shard = plan.datasets["ravdess-speech"].clips, features.shards[0]
    extract(ear, [[clips[position] for position in shard.clips[: shard.batches[0]]]], lambda _: None)
    print(time.process_time())


def write_model(folder: Path) -> None:
    import transformers

    transformers.HubertModel(transformers.HubertConfig()).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)


def measure(data: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        model, home = Path(temporary) / "hubert", Path(temporary) / "home"
        write_model(model)
        command = [sys.executable, __file__, "--data", str(data), "--model", str(model)]
        cpus, walls = [], []
        for _ in range(runs + 1):
            wall = time.perf_counter()
            env = {**os.environ, "EMOBENCH_HOME": str(home)}
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
            cpus.append(float(done.stdout.split()[-1]))
            walls.append(time.perf_counter() - wall)
    print(f"first run, which scans 1,440 clips and digests the weights: {cpus[0]:.1f} s CPU, {walls[0]:.1f} s wall")
    spread = f"{min(cpus[1:]):.1f} to {max(cpus[1:]):.1f}"
    print(f"then: {statistics.median(cpus[1:]):.1f} s CPU ({spread}), {statistics.median(walls[1:]):.1f} s wall")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of RAVDESS")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.model is None:
        measure(options.data, options.runs)
    else:
        first_clip(options.model, options.data)
