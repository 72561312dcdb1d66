"""How much memory does training take on a CPU: LoRA on a HuBERT of base shape, from what entered and from whole clips?

Each figure is of a process of its own that builds the model with random weights and trains as emobench does, statistics
of the head included. Peaks are the kernel's (VmHWM), of the whole process; `rise` is how far training lifts it above
what the process held before. Prefixes are computed in the same process, and their computing is in its peak.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

WAYS = ("prefixes", "whole clips")
STATUS = Path("/proc/self/status")  # its peak begins at exec; getrusage's would begin with that of the process above


def mebibytes(field: str) -> float:
    """A field of this process's status: VmHWM is the peak of its resident memory, VmRSS what is resident now."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024


def train_here(asked: argparse.Namespace) -> None:
    """Build and train in this process; print MiB with packages, with the model, at both peaks, and CPU seconds."""
    import time

    import torch
    from training import CLASSES, SEED, entered, hubert, learner_of, noise

    from emobench.domain.training import TrainOptions
    from emobench.learning.batch_losses import loss_for
    from emobench.learning.sources import Waveforms
    from emobench.learning.training import Examples, train

    torch.set_num_threads(asked.threads)
    imported = mebibytes("VmRSS")
    learner = learner_of(hubert(asked.layers), "lora", CLASSES, torch.device("cpu"))
    source = Waveforms(noise(max(asked.clips, CLASSES), asked.seconds))
    loaded, began = mebibytes("VmRSS"), time.process_time()
    clips = entered(learner, source, asked.batch) if asked.way == "prefixes" else source
    front = mebibytes("VmHWM")
    truth = torch.arange(len(source.waves)) % CLASSES
    options = TrainOptions(epochs=asked.epochs, batch=asked.batch, learning_rate=5e-4)
    train(learner, Examples(clips, truth, loss_for(truth, CLASSES)), lambda _: 0.0, options, SEED)
    print(imported, loaded, front, mebibytes("VmHWM"), time.process_time() - began)


def measure(asked: argparse.Namespace) -> None:
    """Print the medians of processes that take turns."""
    numbers = ("clips", "seconds", "batch", "epochs", "layers", "threads")
    command = [sys.executable, __file__, *(f"--{name}={getattr(asked, name)}" for name in numbers)]
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for _ in range(asked.runs):
        for way in WAYS:
            done = subprocess.run([*command, f"--way={way}"], stdout=subprocess.PIPE, text=True, check=True)
            found[way].append([float(number) for number in done.stdout.split()[-5:]])
    print(
        f"HuBERT, {asked.layers} blocks, lora, {asked.clips} clips of {asked.seconds:g} s, batch {asked.batch}, "
        f"{asked.epochs} epochs, float32, cpu, {asked.threads} threads, {asked.runs} runs; MiB"
    )
    print("| way | imported | with model and clips | peak of entering | peak | rise | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for way, runs in found.items():
        imported, loaded, front, peak, seconds = (statistics.median(column) for column in zip(*runs, strict=True))
        entering = f"{front:.0f}" if way == "prefixes" else ""
        rise = peak - loaded
        print(f"| {way} | {imported:.0f} | {loaded:.0f} | {entering} | {peak:.0f} | {rise:.0f} | {seconds:.1f} |")


def main() -> None:
    import torch
    from training import arguments, surroundings

    parser = arguments(__doc__, clips=16, seconds=4.0, batch=8, epochs=1, runs=1, layers=12)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not STATUS.exists():
        parser.error("the peak of a process is read from /proc, which this system does not have.")
    if asked.way:
        train_here(asked)
    else:
        torch.set_num_threads(asked.threads)
        print(surroundings(torch.device("cpu")))
        measure(asked)


if __name__ == "__main__":
    main()
