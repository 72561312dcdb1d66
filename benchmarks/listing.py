"""How much CPU does `emobench list` take when strangers have installed many plugins, and is torch left alone?"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COUNTS = (0, 80, 400)
PLUGIN = '''"""A model that a stranger brings."""

from emobench import Adapt, Backbone, BackboneCard, Layers, Weights, hookimpl

CARD = BackboneCard(
    name="stranger-{number}", pretrained_on="speech", corpora=("LibriSpeech",), licence="MIT",
    paper="https://example.org/{number}", weights=Weights(repo="somebody/stranger-{number}"), sample_rate=16_000,
    layers=Layers.uniform(13, width=768, hz=50), parameters=94_000_000, adapt=Adapt(blocks="encoder.layers"),
)


def load(card, files):
    import torch

    return torch.nn.Identity()


@hookimpl
def emobench_backbones():
    yield Backbone(CARD, load=load)
'''
PROBE = """
import sys
from emobench.cli.app import main
try:
    main({arguments!r})
except SystemExit as end:
    print(end.code, "torch" in sys.modules, file=sys.stderr)
"""


def install(folder: Path, count: int, per_package: int) -> None:
    """Lay ``count`` plugins into a folder as an installer would: modules, and packages with entry points."""
    for first in range(0, count, per_package):
        numbers = range(first, min(first + per_package, count))
        for number in numbers:
            (folder / f"stranger_{number}.py").write_text(PLUGIN.format(number=number), "utf-8")
        package = folder / f"strangers_{first}-1.0.dist-info"
        package.mkdir()
        (package / "METADATA").write_text(f"Metadata-Version: 2.1\nName: strangers-{first}\nVersion: 1.0\n", "utf-8")
        points = "\n".join(f"stranger-{number} = stranger_{number}" for number in numbers)
        (package / "entry_points.txt").write_text(f"[emobench]\n{points}\n", "utf-8")


def measured(folder: Path, arguments: list[str]) -> tuple[float, str]:
    """CPU seconds (user and system) of one process with the plugins of ``folder``, and what it printed.

    Raises:
        SystemExit: it failed, or imported torch.
    """
    places = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": places},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stderr.strip().endswith("0 False"):
        raise SystemExit(f"`emobench {' '.join(arguments)}` failed, or imported torch:\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    """Print the median CPU time of `list` and `describe` beside no, some and many plugins."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--per-package", type=int, default=4, help="plugins in one installed package")
    asked = parser.parse_args()
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            install(folder, count, asked.per_package)
            _, cold = measured(folder, ["list", "--json"])  # compiles the plugins
            cards = sum(len(json.loads(cold)[kind]) for kind in ("backbones", "families", "datasets", "peft"))
            for arguments in (["list"], ["describe", "level-duration"]):
                seconds = [measured(folder, arguments)[0] for _ in range(asked.runs)]
                print(
                    f"emobench {' '.join(arguments):24} {count:4} plugins more, {cards:4} cards: "
                    f"{statistics.median(seconds):.2f} s CPU ({min(seconds):.2f} to {max(seconds):.2f}), no torch"
                )


if __name__ == "__main__":
    main()
