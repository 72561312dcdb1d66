"""How much faster are the batched probes than a loop over scikit-learn, and do they find the same minimum?

    python benchmarks/probes.py                               # synthetic features, 4 of 13 layers x 768, 1,440 clips
    python benchmarks/probes.py --layers 13 --checked 6       # all of them; every fold held against a tight reference
    python benchmarks/probes.py --features F.npy --truth T.npy --groups G.npy

Both sides fit 6 folds x 5 strengths of every layer, in one process with the same number of threads, layer by layer in
turn. Wall time suffers from other processes; CPU time and the ratios do so less.
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
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
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


def check(layer: Tensor, corpus: Corpus, probes: LinearProbes, fold: int) -> None:
    """Hold one fold against scikit-learn at tol=1e-8 in float64; print excess objective and equal predictions."""
    used = corpus.training[fold]
    inside, outside = standardised(layer.double(), used)
    own = probes.scores_of(fold, layer)
    for index, strength in enumerate(STRENGTHS):
        tight = LogisticRegression(C=strength, tol=1e-8, max_iter=100_000)
        tight.fit(inside.numpy(), corpus.truth[used].numpy())
        weight, bias = torch.from_numpy(tight.coef_.T), torch.from_numpy(tight.intercept_)
        best = objective(inside, corpus.truth[used], weight, bias, strength)
        found = objective(inside, corpus.truth[used], probes.weight[fold, index], probes.bias[fold, index], strength)
        equal = (own[index, ~used].argmax(1).numpy() == tight.predict(outside.numpy())).mean()
        uar = [
            (own[index].argmax(1) == corpus.truth)[~used & (corpus.truth == k)].float().mean()
            for k in range(own.shape[2])
        ]
        print(
            f"  fold {fold}  C = {strength:<7g} objective {found:10.4f}, above scikit-learn's at tol=1e-8 by "
            f"{(found - best) / best:+.1e}; equal predictions {equal:.2%}; UAR {np.nanmean(uar):.3f}; "
            f"{int(probes.iterations[fold, index])} iterations against {int(tight.n_iter_[0])}"
        )


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
    with threadpool_limits(asked.threads):
        compare(corpus, asked.layers, asked.checked)


def compare(corpus: Corpus, layers: int, checked: int) -> None:
    """Print the table: seconds a fit and ratios by layer, their medians, and the checks."""
    classes, fits = int(corpus.truth.max()) + 1, FOLDS * len(STRENGTHS)
    fit_logistic(corpus.features[0], corpus.truth, corpus.training[:1], STRENGTHS[:1], classes)  # warm up
    shape = " x ".join(map(str, corpus.features.shape))
    print(
        f"{shape} (layers x clips x width), {classes} classes, {fits} fits a layer, {torch.get_num_threads()} threads"
    )
    print("layer   batched: wall, CPU (ms a fit)   scikit-learn: wall, CPU   ratio: wall, CPU")
    ratios = []
    for index, layer in enumerate(corpus.features[:layers]):
        batched, probes = timed(partial(fit_logistic, layer, corpus.truth, corpus.training, STRENGTHS, classes))
        looped, _ = timed(partial(loop, layer, corpus))
        ratios.append((looped[0] / batched[0], looped[1] / batched[1]))
        if not bool(probes.converged.all()):
            print(f"  layer {index}: {int((~probes.converged).sum())} fits did not converge")
        own, other = (" ".join(f"{1e3 * seconds / fits:8.1f}" for seconds in pair) for pair in (batched, looped))
        print(f"{index:5d}   {own:>30}   {other:>23}   {ratios[-1][0]:10.1f} {ratios[-1][1]:5.1f}", flush=True)
        for fold in range(checked if index == 0 else 0):
            check(layer, corpus, probes, fold)
    print(f"median ratio: wall {median(r[0] for r in ratios):.1f}, CPU {median(r[1] for r in ratios):.1f}")


if __name__ == "__main__":
    main()
