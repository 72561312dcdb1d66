"""Does the memory of extraction grow with the number of clips? Peak of a process that hears 10,000 against 1,000."""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import Dataset
from emobench.catalog.discovery import PluginModule, discover
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.files.home import home
from emobench.runs.extraction_stage import Workplace, ensure_features
from emobench.runs.running import prepare

SOURCES = 200


def corpus(folder: Path, count: int):
    """``count`` clips of 0.5 to 2 s of noise; each source file is read as several segments."""
    rng = np.random.default_rng(0)
    for number in range(SOURCES):
        noise = rng.normal(0, 0.1, 16_000 * 2)
        soundfile.write(folder / f"{number}.wav", noise, 16_000, subtype="PCM_16")
    for number in range(count):
        start = 0.001 * (number // SOURCES)
        end = min(2.0, start + 0.5 + 1.4 * (number % 97) / 97)
        path = folder / f"{number % SOURCES}.wav"
        labels = {"emotion": "ab"[number % 2]}
        group = str(number % 10)
        yield Clip(id=f"{number:05}", path=path, group=group, labels=labels, start_seconds=start, end_seconds=end)


def hear(count: int, backbone: str) -> None:
    """Extract once, in this process, and print its peak memory in MB."""
    card = DatasetCard(
        name="noise", title="noise", domain="speech", licence="none", citation="none", url="none", group_is="number",
        people="noise", folds=5, attributes=(Attribute(name="emotion", classes=("a", "b")),), expected_clips=count,
        sample_rate=16_000,
    )  # fmt: skip

    class Noise:
        @hookimpl
        def emobench_datasets(self):
            yield Dataset(card, clips=lambda root: corpus(root, count))

    modules, broken = discover()
    catalog = build_catalog([*modules, PluginModule("noise", Noise(), "benchmark")], broken)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "audio").mkdir()
        env = {"EMOBENCH_HOME": folder}
        where = Whereabouts(data={"noise": Path(folder) / "audio"}, device="cpu")
        plan, device = prepare(make_spec(backbones=(backbone,), datasets=("noise",)), where, catalog, Silent(), env)
        passed = ensure_features(plan, [(backbone, "noise")], Workplace(catalog, home(env), device, Silent()))
        assert passed == count
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="hubert-tiny-random")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--hear", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hear:
        hear(given.hear, given.backbone)
        return
    peaks = {}
    for count in (1_000, 10_000):
        command = [sys.executable, __file__, "--backbone", given.backbone, "--hear", str(count)]
        runs = [
            float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(given.runs)
        ]
        peaks[count] = statistics.median(runs)
        each = ", ".join(f"{run:.0f}" for run in runs)
        print(f"{given.backbone}, {count:6,} clips: peak {peaks[count]:.0f} MB (runs: {each})")
    print(f"ratio {peaks[10_000] / peaks[1_000]:.3f}")


if __name__ == "__main__":
    main()
