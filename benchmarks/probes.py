"""How much faster are the batched probes than a loop over scikit-learn, and do they find the same minimum?

    python benchmarks/probes.py                               # synthetic features, 4 of 13 layers x 768, 1,440 clips
    python benchmarks/probes.py --layers 13 --checked 6       # all of them; every fold held against a tight reference
    python benchmarks/probes.py --features F.npy --truth T.npy --groups G.npy

Both sides fit 6 folds x 5 strengths of every layer, in one process, layer by layer in turn. scikit-learn runs twice:
with the threads that it takes by default, and with one, which suits it better (the threads of its BLAS and of its loss
get in each other's way). Its defaults stop at 100 iterations, short of the minimum for most of these fits; the checked
folds say what the minimum costs it. Wall time suffers from other processes; CPU time and ratios do so less.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TypeVar

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import Tensor

from emobench.learning.linear import LinearProbes
from emobench.learning.logistic import fit_logistic

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
FOLDS = 6
Result = TypeVar("Result")


@dataclass(frozen=True)
class Corpus:
    """Features (layers, clips, width) float32, classes (clips,) int64, people (clips,) int64."""

    features: Tensor
    truth: Tensor
    people: Tensor

    @property
    def training(self) -> Tensor:
        """Training clips of every fold, (folds, clips) bool: people are dealt to folds in turn."""
        _, person = self.people.unique(return_inverse=True)
        return torch.stack([person % FOLDS != fold for fold in range(FOLDS)])


def synthetic(layers: int, clips: int = 1440, width: int = 768, classes: int = 8, people: int = 24) -> Corpus:
    """Features like pooled SSL ones: power-law spectrum, people louder than classes, layers that drift.

    The k-th principal component has variance k^-1.5; people explain up to 45 % of it and classes up to 13 %, both
    mostly in the first few dozen: what BYOL-S shows on RAVDESS, measured. UAR comes out near .6.
    """
    draw = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    truth, person = torch.arange(clips) % classes, torch.arange(clips) // (clips // people)
    rank = torch.arange(1, width + 1, dtype=torch.float64)
    of_person, of_class = 0.45 * (1 + rank / 12) ** -1, 0.13 * (1 + rank / 12) ** -1
    clip, who, what = normal(clips, width), normal(people, width), normal(classes, width)
    turn = torch.linalg.qr(normal(width, width)).Q
    stack = []
    for _ in range(layers):
        rest = (1 - of_person - of_class).sqrt()
        latent = rest * clip + of_person.sqrt() * who[person] + of_class.sqrt() * what[truth]
        stack.append((latent * rank**-0.75) @ turn)
        clip, what = 0.9 * clip + 0.19**0.5 * normal(clips, width), 0.9 * what + 0.19**0.5 * normal(classes, width)
        turn = torch.linalg.qr(turn + 0.3 * width**-0.5 * normal(width, width)).Q
    return Corpus(torch.stack(stack).float(), truth, person)


def loaded(features: str, truth: str, groups: str) -> Corpus:
    """Real features: ``.npy`` files of (layers, clips, width) or (clips, width), (clips,) and (clips,)."""
    array = torch.from_numpy(np.load(features)).float()
    array = array[None] if array.ndim == 2 else array
    return Corpus(array, torch.from_numpy(np.load(truth)).long(), torch.from_numpy(np.load(groups)).long())


def timed(work: Callable[[], Result]) -> tuple[tuple[float, float], Result]:
    """Wall and CPU seconds of ``work``, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - wall, time.process_time() - cpu), result


def standardised(layer: Tensor, used: Tensor) -> tuple[Tensor, Tensor]:
    """Training and held-out clips of ``layer`` (clips, width), by training statistics."""
    sd, mean = torch.std_mean(layer[used], 0, correction=0)
    scale = torch.where(sd < 1e-6, 0, 1 / sd)
    return (layer[used] - mean) * scale, (layer[~used] - mean) * scale


def loop(layer: Tensor, corpus: Corpus) -> None:
    """What a user would otherwise run: scikit-learn with its defaults, fold by fold and strength by strength."""
    for used in corpus.training:
        clips, _ = standardised(layer, used)
        for strength in STRENGTHS:
            LogisticRegression(C=strength).fit(clips.numpy(), corpus.truth[used].numpy())


def objective(clips: Tensor, truth: Tensor, weight: Tensor, bias: Tensor, strength: float) -> float:
    """Sum of log-losses + |w|^2 / 2C, in float64."""
    scores = clips.double() @ weight.double() + bias.double()
    loss = torch.nn.functional.cross_entropy(scores, truth, reduction="sum")
    return float(loss + weight.double().square().sum() / (2 * strength))


def check(layer: Tensor, corpus: Corpus, probes: LinearProbes, fold: int) -> float:
    """Hold one fold against scikit-learn at tol=1e-8 in float64; print what differs; return its wall seconds."""
    used = corpus.training[fold]
    inside, outside = standardised(layer.double(), used)
    own = probes.scores_of(fold, layer)
    total = 0.0
    for index, strength in enumerate(STRENGTHS):
        tight = LogisticRegression(C=strength, tol=1e-8, max_iter=100_000)
        seconds, _ = timed(partial(tight.fit, inside.numpy(), corpus.truth[used].numpy()))
        total += seconds[0]
        weight, bias = torch.from_numpy(tight.coef_.T), torch.from_numpy(tight.intercept_)
        best = objective(inside, corpus.truth[used], weight, bias, strength)
        found = objective(inside, corpus.truth[used], probes.weight[fold, index], probes.bias[fold, index], strength)
        equal = (own[index, ~used].argmax(1).numpy() == tight.predict(outside.numpy())).mean()
        right = own[index].argmax(1) == corpus.truth
        recalls = [right[~used & (corpus.truth == label)].float().mean() for label in range(own.shape[2])]
        print(
            f"  fold {fold}  C = {strength:<7g} objective {found:10.4f}, above scikit-learn's at tol=1e-8 by "
            f"{(found - best) / best:+.1e}; equal predictions {equal:.2%}; UAR {np.nanmean(recalls):.3f}; "
            f"{int(probes.iterations[fold, index])} iterations against {int(tight.n_iter_[0])}"
        )
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=4, help="how many layers, the slow side being slow")
    parser.add_argument("--width", type=int, default=768, help="width of synthetic features")
    parser.add_argument("--checked", type=int, default=1, help="folds of the first layer held against tol=1e-8")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--features", help=".npy of (layers, clips, width) or (clips, width)")
    parser.add_argument("--truth", help=".npy of (clips,), classes from 0")
    parser.add_argument("--groups", help=".npy of (clips,), people")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    warnings.simplefilter("ignore", ConvergenceWarning)
    corpus = (
        loaded(asked.features, asked.truth, asked.groups)
        if asked.features
        else synthetic(asked.layers, width=asked.width)
    )
    compare(corpus, asked.layers, asked.checked)


def compare(corpus: Corpus, layers: int, checked: int) -> None:
    """Print the table: milliseconds a fit and ratios by layer, their medians, and the checks."""
    classes, fits, threads = int(corpus.truth.max()) + 1, FOLDS * len(STRENGTHS), torch.get_num_threads()
    fit_logistic(corpus.features[0], corpus.truth, corpus.training[:1], STRENGTHS[:1], classes)  # warm up
    shape = " x ".join(map(str, corpus.features.shape))
    print(f"{shape} (layers x clips x width), {classes} classes, {fits} fits a layer, {threads} threads")
    print("ms a fit, wall / CPU:   batched        scikit-learn     on one thread    ratios: wall, CPU    wall, CPU")
    ratios = []
    for index, layer in enumerate(corpus.features[:layers]):
        own, probes = timed(partial(fit_logistic, layer, corpus.truth, corpus.training, STRENGTHS, classes))
        with threadpool_limits(threads):
            default, _ = timed(partial(loop, layer, corpus))
        with threadpool_limits(1):
            single, _ = timed(partial(loop, layer, corpus))
            tight = [check(layer, corpus, probes, fold) for fold in range(checked if index == 0 else 0)]
        ratios.append([other[kind] / own[kind] for other in (default, single) for kind in (0, 1)])
        cells = "   ".join(
            f"{1e3 * wall / fits:6.1f} / {1e3 * cpu / fits:6.1f}" for wall, cpu in (own, default, single)
        )
        print(
            f"layer {index:2d}           {cells}    {'     '.join(f'{ratio:7.1f}' for ratio in ratios[-1])}", flush=True
        )
        if not bool(probes.converged.all()):
            print(f"  {int((~probes.converged).sum())} fits did not converge")
        if tight:
            price = 1e3 * sum(tight) / len(tight) / len(STRENGTHS)
            times = price * fits / own[0] / 1e3
            print(f"  scikit-learn at tol=1e-8, on one thread: {price:.1f} ms a fit, {times:.1f} times as long")
    print("median ratios:", ", ".join(f"{median(column):.1f}" for column in zip(*ratios, strict=True)))


if __name__ == "__main__":
    main()
