"""How long do four methods take on one fold, against the loop that tutorials of transformers and peft add up to?

A HuBERT of base width with random weights, and clips of the synthetic speech. Both get the same waves in memory,
weights, places, epochs, batch, rate, warm-up, cosine, clipping and class weights, and judge development people after
every epoch; SpecAugment and layerdrop are off in both. What they do differently:

The plain loop (`training_tutorial.py`) runs the whole encoder in every epoch of every method. emobench hears a clip
once for pooled features of all layers, on which `frozen` and `weighted_sum` are fitted to the minimum for five
strengths, without epochs; and once for what enters the first block, from which `lora` and `bottleneck` go on.

Somebody who stores frozen features by hand has less to gain: the ratio over `lora` and `bottleneck` alone is printed.
Building models and making clips is in no figure; the rest is, test predictions too.
"""

import argparse
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import transformers
from torch import Tensor
from training import SEED, Spent, arguments, entered, hubert, learner_of, median, ratios, surroundings, timed
from training_tutorial import CLASSES, Fold, Plain, plain, synthetic

from emobench.domain.options import ProbeOptions
from emobench.domain.training import TrainOptions
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import MeanHead
from emobench.learning.learner import Learner, pooled_layers, predict
from emobench.learning.logistic import fit_logistic
from emobench.learning.sources import Prefixes, Waveforms
from emobench.learning.training import Examples, train
from emobench.learning.weighted_sum import fit_weighted_sum

POOLED, ENTRY = "features, once", "what enters, once"
TRAINED = ("lora", "bottleneck")
METHODS = ("frozen", "weighted_sum", *TRAINED)
CPU = torch.device("cpu")
Run = dict[str, tuple[Spent, float]]  # method -> seconds and test UAR


def emobench(layers: int, fold: Fold, options: TrainOptions) -> Run:
    """All methods as emobench trains them, and what is kept for them."""
    whole, bare = Waveforms(fold.waves), hubert(layers)
    frozen = Learner(bare.module, MeanHead(bare.widths, CLASSES)).eval()
    heard, pooled = timed(lambda: torch.stack(pooled_layers(frozen, whole, options.batch).layers), CPU)
    once, prefixes = timed(lambda: entered(frozen, whole, options.batch), CPU)
    found = {POOLED: (heard, float("nan")), ENTRY: (once, float("nan"))}
    found["frozen"] = timed(lambda: probed(fit_logistic, pooled[-1], fold), CPU)
    found["weighted_sum"] = timed(lambda: probed(fit_weighted_sum, pooled, fold), CPU)
    for method in TRAINED:
        learner = learner_of(hubert(layers), method, CLASSES, CPU)
        found[method] = timed(partial(trained, learner, prefixes, fold, options), CPU)
    return found


def probed(fit: Callable[..., Any], features: Tensor, fold: Fold) -> float:
    """A head fitted to stored features, with the strength that development people like best; the test UAR."""
    training = torch.zeros(1, len(fold.truth), dtype=torch.bool)
    training[0, fold.training] = True
    scores = fit(features, fold.truth, training, ProbeOptions().c, CLASSES).scores_of(0, features)
    best = max(range(len(scores)), key=lambda place: fold.uar(fold.development, scores[place, fold.development]))
    return fold.uar(fold.test, scores[best, fold.test])


def trained(learner: Learner, prefixes: Prefixes, fold: Fold, options: TrainOptions) -> float:
    """The loop of emobench on what entered the first block; the test UAR."""

    def part(places: list[int]) -> Prefixes:
        return Prefixes([prefixes.rows[place] for place in places], [prefixes.samples[place] for place in places])

    development, truth = part(fold.development), fold.truth[fold.training]

    def judge(found: Learner) -> float:
        return fold.uar(fold.development, predict(found, development, options.batch))

    train(learner, Examples(part(fold.training), truth, loss_for(truth, CLASSES)), judge, options, SEED)
    return fold.uar(fold.test, predict(learner, part(fold.test), options.batch))


def by_hand(layers: int, fold: Fold, options: TrainOptions) -> Run:
    """All methods by the plain loop."""
    found = {}
    for method in METHODS:
        model = Plain(layers, method)
        found[method] = timed(partial(plain, model, fold, options), CPU)
    return found


def compare(asked: argparse.Namespace) -> None:
    """Print seconds and UAR of every method for both, and the ratios of sums."""
    fold = synthetic(asked.clips)
    options = TrainOptions(epochs=asked.epochs, batch=asked.batch, learning_rate=asked.rate, patience=asked.epochs)
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(asked.runs):
        ours.append(emobench(asked.layers, fold, options))
        theirs.append(by_hand(asked.layers, fold, options))
    sizes = "/".join(str(len(part)) for part in (fold.training, fold.development, fold.test))
    print(
        f"HuBERT, {asked.layers} blocks; {sizes} clips, batch {asked.batch}, {asked.epochs} epochs, {asked.runs} runs"
    )
    print(
        "| method | emobench: wall s | CPU s | UAR | plain loop: wall s | CPU s | UAR |\n|---|---|---|---|---|---|---|"
    )
    for name in (POOLED, ENTRY, *METHODS):
        print(f"| {name} | {cells(ours, name)} | {cells(theirs, name)} |")
    for title, kept, names in (("all methods", (POOLED, ENTRY), METHODS), ("lora and bottleneck", (ENTRY,), TRAINED)):
        fast = [total(run, (*kept, *names)) for run in ours]
        print(f"{title}, what is kept included: {ratios([total(run, names) for run in theirs], fast)}")


def total(run: Run, names: tuple[str, ...]) -> Spent:
    return sum(run[name][0][0] for name in names), sum(run[name][0][1] for name in names)


def cells(runs: list[Run], name: str) -> str:
    if name not in runs[0]:
        return " | | "
    wall, cpu = median([run[name][0] for run in runs])
    return f"{wall:.1f} | {cpu:.1f} | {'' if name in (POOLED, ENTRY) else f'{runs[0][name][1]:.2f}'}"


def main() -> None:
    asked = arguments(__doc__, clips=72, batch=8, epochs=4, runs=1, layers=4, rate=5e-4).parse_args()
    torch.set_num_threads(asked.threads)
    warnings.filterwarnings("ignore")  # of the tutorial's way; they would stand between the rows of the table
    transformers.logging.set_verbosity_error()
    print(surroundings(CPU))
    compare(asked)


if __name__ == "__main__":
    main()
