"""How much faster is an epoch when what enters the first block is computed once, and not in every step?

The same loop, learner, clips and seed, from the same weights, in turns: on `Prefixes` (once entered, their seconds
beside the table), and on `Waveforms` with a frozen front end, as after `freeze_feature_encoder()`, that is computed in
every step without gradients. Models have random weights, clips are noise. Seconds are those of `train` by its epochs:
its own start is in them, judging development clips is not. Losses have to agree: reuse changes no result. BYOL-S is
small, and hears four times as many clips. Beside other processes give --threads 1: threads that wait for others spin.
"""

import argparse
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import torch
import transformers
from torch import Tensor

from emobench.backbones.hidden_states import HiddenStates
from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.cards import BackboneCard
from emobench.domain.training import TrainOptions
from emobench.features.entering import rows_of
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner, pooled_layers
from emobench.learning.sources import Prefixes, Source, Waveforms, goes_on_from_its_entry, on_device
from emobench.learning.training import Examples, train
from emobench.peft.combination import combined

RATE, CLASSES, SEED = 16_000, 4, 0
METHODS = ("lora", "bottleneck")
Result = TypeVar("Result")
Spent = tuple[float, float]  # wall and CPU seconds


@dataclass(frozen=True)
class Model:
    """A backbone with random weights of which nothing learns yet, the card with its places, its layers' widths."""

    module: Any
    card: BackboneCard
    widths: tuple[int, ...]


def catalog() -> Catalog:
    return build_catalog(*discover())


def hubert(layers: int) -> Model:
    """A HuBERT of base width with so many blocks, SpecAugment and layerdrop off, as for every run of emobench."""
    torch.manual_seed(SEED)
    module = HiddenStates.from_config(transformers.HubertConfig(num_hidden_layers=layers), normalise=True)
    module.requires_grad_(requires_grad=False)
    module.model.feature_extractor._freeze_parameters()  # noqa: SLF001 - what freeze_feature_encoder() does, where it is
    return Model(module, catalog().backbone("hubert-base").what.card, (768,) * (layers + 1))


def byol_s() -> Model | None:
    """BYOL-S before any training; None where its plugin is not installed."""
    offer = catalog().backbones.get("byol-s")
    if offer is None:
        return None
    backbone = offer.what
    assert backbone.load_random is not None
    torch.manual_seed(SEED)
    module = backbone.load_random(backbone.card).requires_grad_(requires_grad=False)
    return Model(module, backbone.card, tuple(layer.width for layer in backbone.card.layers))


def learner_of(model: Model, method: str, classes: int, device: torch.device) -> Learner:
    """The model with a PEFT method at its defaults (LoRA of rank 16) under a head, in eval mode."""
    torch.manual_seed(SEED)
    combination = combined(method, lambda name: catalog().peft_method(name).what)
    combination.apply(model.module, model.card)
    return Learner(model.module, make_head(combination.head, model.widths, classes, SEED)).to(device).eval()


def noise(clips: int, seconds: float) -> list[Tensor]:
    """Clips of noise, each with a level and a colour of its own, so that features differ between them."""
    draw = torch.Generator().manual_seed(SEED)
    found = []
    for _ in range(clips):
        white, level, colour = torch.randn(round(seconds * RATE), generator=draw), *torch.rand(2, generator=draw)
        found.append(0.2 * level * (white + (2 * colour - 1) * white.roll(1)))
    return found


def entered(learner: Learner, source: Waveforms, batch: int) -> Prefixes:
    """What enters the first block, of all clips."""
    rows, count = [], len(source.samples)
    with torch.inference_mode():
        for first in range(0, count, batch):
            audio = on_device(source.batch(range(first, min(first + batch, count))), learner.device)
            rows += rows_of(learner.backbone.enter(audio))
    return Prefixes(rows, source.samples)


def timed(work: Callable[[], Result], device: torch.device) -> tuple[Spent, Result]:
    """Wall and CPU seconds of ``work``, and its result."""
    _finish(device)
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    _finish(device)
    return (time.perf_counter() - wall, time.process_time() - cpu), result


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def median(spent: list[Spent]) -> Spent:
    return statistics.median(wall for wall, _ in spent), statistics.median(cpu for _, cpu in spent)


def ratios(slow: list[Spent], fast: list[Spent]) -> str:
    """The median of ratios of runs that took turns, by wall and by CPU time, and each by wall time."""
    walls = [a[0] / b[0] for a, b in zip(slow, fast, strict=True)]
    cpus = [a[1] / b[1] for a, b in zip(slow, fast, strict=True)]
    runs = ", ".join(f"{ratio:.2f}" for ratio in walls)
    return (
        f"{statistics.median(walls):.2f} times by wall time (runs: {runs}), {statistics.median(cpus):.2f} by CPU time"
    )


def surroundings(device: torch.device) -> str:
    """What figures depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft"))
    place = torch.cuda.get_device_name() if device.type == "cuda" else platform.machine()
    return f"{device} ({place}), {torch.get_num_threads()} threads, Python {platform.python_version()}, {packages}"


def compare(name: str, model: Model, method: str, asked: argparse.Namespace, clips: int) -> None:
    """Print how long an epoch takes on prefixes and on whole clips, and how far losses are apart."""
    device = torch.device(asked.device)
    learner, clips = learner_of(model, method, CLASSES, device), max(clips, CLASSES)
    whole, truth = Waveforms(noise(clips, asked.seconds)), torch.arange(clips) % CLASSES
    assert goes_on_from_its_entry(learner.backbone, whole.waves[0])
    once, prefixes = timed(lambda: entered(learner, whole, asked.batch), device)
    learner.head.settle(pooled_layers(learner, prefixes, asked.batch), truth)
    begin = learner.learned()
    sources: Mapping[str, Source] = {"prefixes": prefixes, "whole clips": whole}
    spent: dict[str, list[Spent]] = {way: [] for way in sources}
    losses: dict[str, list[float]] = {}
    options = TrainOptions(epochs=asked.epochs, batch=asked.batch, learning_rate=5e-4, patience=asked.epochs)
    for _ in range(asked.runs):
        for way, source in sources.items():
            examples = Examples(source, truth, loss_for(truth, CLASSES))
            once_more = partial(train, learner, examples, lambda _: 0.0, options, SEED, initial=begin)
            seconds, trained = timed(once_more, device)
            spent[way].append((seconds[0] / asked.epochs, seconds[1] / asked.epochs))
            losses[way] = [epoch.loss for epoch in trained.history]
    apart = max(abs(a - b) for a, b in zip(*losses.values(), strict=True))
    size = f"{clips} clips of {asked.seconds:g} s, batch {asked.batch}, {asked.epochs} epochs, {asked.runs} runs"
    print(f"\n{name}, {method}, {size}\n| way | wall s an epoch | CPU s an epoch |\n|---|---|---|")
    for way, runs in spent.items():
        print("| {} | {:.3f} | {:.3f} |".format(way, *median(runs)))
    print(f"reuse: {ratios(spent['whole clips'], spent['prefixes'])}")
    print("what enters, once for all epochs, folds and methods: {:.3f} s wall, {:.3f} s CPU".format(*once))
    print(f"losses of the epochs differ by at most {apart:.1e} ({', '.join(f'{x:.4f}' for x in losses['prefixes'])})")


def arguments(about: str | None, **defaults: float) -> argparse.ArgumentParser:
    """The options that the scripts of training share, with these defaults."""
    parser = argparse.ArgumentParser(description=about)
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=type(default), default=default, help=f"default {default}")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser


def main() -> None:
    parser = arguments(__doc__, clips=24, seconds=4.0, batch=8, epochs=2, runs=3, layers=12)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", choices=("hubert", "byol-s", "both"), default="both")
    parser.add_argument("--methods", nargs="*", default=["lora"], choices=METHODS)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    warnings.filterwarnings("ignore", module="torch|transformers|peft")  # they would stand between the rows
    print(surroundings(torch.device(asked.device)))
    for method in asked.methods:
        if asked.model != "byol-s":
            compare(f"HuBERT, {asked.layers} blocks", hubert(asked.layers), method, asked, asked.clips)
        small = byol_s() if asked.model != "hubert" else None
        if small is not None:
            compare("BYOL-S", small, method, asked, 4 * asked.clips)
        elif asked.model != "hubert":
            print("\nBYOL-S: its plugin is not installed; nothing measured.")


if __name__ == "__main__":
    main()
