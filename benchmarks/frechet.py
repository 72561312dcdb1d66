"""How much faster is the Frechet distance without a matrix square root, and how near the truth are both?

    python benchmarks/frechet.py                                     # 150 and 2,000 clips of 768 numbers, two threads
    python benchmarks/frechet.py --clips 150 --repeats 9 --threads 1
    python benchmarks/frechet.py --clips 2000 --seeds 8 --threads 1  # errors only, over sets of eight seeds

Both sides get the two sets of clips and give the distance, in turn in one process; the square root comes in two forms:
`sqrtm` is scipy's alone, as most packages have it, and `fadtk` is what its `calc_frechet_distance` computes, which is
scipy's square root and another one by eigenvectors to check it with. With more clips than numbers the same is done from
means and covariances, which is where fadtk's function begins. The sets are built from axes, variances and means that
are known, so their distance is known, too. Last, a jackknife over people: all its distances in one call and one by
one. Wall time suffers from other processes; CPU time and ratios do so less.
"""

import argparse
import math
import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from threadpoolctl import threadpool_limits

from emobench.metrics.frechet import frechet_distance, frechet_from_moments
from emobench.metrics.frechet_subsets import frechet_of_subsets

Array = NDArray[np.float64]
Moments = tuple[Array, Array, Array, Array]
PEOPLE = 23
CLIPS_OF_A_PERSON = 8


def known(clips: int, width: int, seed: int = 0) -> tuple[Array, Array, float]:
    """Two sets with axes in common and power-law spectra (variance k^-1.5), and their distance, exactly.

    Centred orthonormal columns times standard deviations are rows whose covariance is known to the last digits. With
    fewer clips than numbers the sets fill different axes, of which most are common.
    """
    generator = np.random.default_rng(seed)
    turn = np.linalg.qr(generator.normal(size=(width, width))).Q
    gap, rank = generator.normal(size=width) * 0.1, min(clips - 1, width)
    sets, deviations = [], []
    for first_axis in (0, min(20, width - rank)):
        axes = slice(first_axis, first_axis + rank)
        deviation = np.zeros(width)
        deviation[axes] = np.arange(1, rank + 1) ** -0.75 * generator.uniform(0.5, 2, rank)
        noise = generator.normal(size=(clips, rank))
        flat = np.linalg.qr(noise - noise.mean(0)).Q
        sets.append((flat * deviation[axes] * math.sqrt(clips - 1)) @ turn[:, axes].T)
        deviations.append(deviation)
    return sets[0], sets[1] + gap, math.fsum([*gap**2, *(deviations[0] - deviations[1]) ** 2])


def own(first: Array, second: Array) -> float:
    """This package."""
    return frechet_distance(first, second).value


def moments(first: Array, second: Array) -> Moments:
    """Mean and covariance of one set, and of the other."""
    return first.mean(0), np.cov(first, rowvar=False), second.mean(0), np.cov(second, rowvar=False)


def own_from_moments(mean1: Array, cov1: Array, mean2: Array, cov2: Array) -> float:
    """This package, from means and covariances."""
    return frechet_from_moments(mean1, cov1, mean2, cov2).value


def sqrtm_from_moments(mean1: Array, cov1: Array, mean2: Array, cov2: Array) -> float:
    """What most packages do."""
    gap, root = mean1 - mean2, linalg.sqrtm(cov1 @ cov2)
    return float(gap @ gap + np.trace(cov1) + np.trace(cov2) - 2 * np.trace(root).real)


def fadtk_from_moments(mean1: Array, cov1: Array, mean2: Array, cov2: Array) -> float:
    """What fadtk computes: scipy's square root, and one by eigenvectors, whose trace counts; without its complaints."""
    gap, shared = mean1 - mean2, cov1 @ cov2
    linalg.sqrtm(shared)
    values, vectors = linalg.eig(shared)
    root = (vectors * np.emath.sqrt(values)) @ linalg.inv(vectors)
    return float(gap @ gap + np.trace(cov1) + np.trace(cov2) - 2 * np.trace(root).real)


def by_sqrtm(first: Array, second: Array) -> float:
    """What most packages do, with the moments of the rows."""
    return sqrtm_from_moments(*moments(first, second))


def as_fadtk(first: Array, second: Array) -> float:
    """What fadtk does, with the moments of the rows."""
    return fadtk_from_moments(*moments(first, second))


def timed(work: Callable[[], float]) -> tuple[float, float, float]:
    """Wall and CPU seconds of ``work``, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    value = work()
    return time.perf_counter() - wall, time.process_time() - cpu, value


def compare(clips: int, width: int, repeats: int) -> None:
    """Print milliseconds, ratios and errors for sets of one size, and how far each side puts a set from itself."""
    first, second, truth = known(clips, width)
    sides = {"emobench": own, "sqrtm": by_sqrtm, "fadtk": as_fadtk}
    print(f"{clips} clips x {width} in either set, distance {truth:.6f}; medians of {repeats}")
    in_turn({name: partial(side, first, second) for name, side in sides.items()}, truth, repeats)
    itself = {name: side(first, first[::-1]) for name, side in sides.items()}
    print("  of a set to itself in another order:", ", ".join(f"{name} {value:.1e}" for name, value in itself.items()))
    if clips > width:
        forms = {"emobench": own_from_moments, "sqrtm": sqrtm_from_moments, "fadtk": fadtk_from_moments}
        given = moments(first, second)
        print("  from means and covariances:")
        in_turn({name: partial(form, *given) for name, form in forms.items()}, truth, repeats)


def in_turn(sides: dict[str, Callable[[], float]], truth: float, repeats: int) -> None:
    """Let the sides work in turn; print milliseconds, ratios and errors."""
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in sides}
    sides["emobench"]()  # warm up
    for _ in range(repeats):
        for name, side in sides.items():
            runs[name].append(timed(side))
    for name, found in runs.items():
        wall, cpu = (median(run[kind] for run in found) for kind in (0, 1))
        ratios = [
            median(run[kind] / base[kind] for run, base in zip(found, runs["emobench"], strict=True)) for kind in (0, 1)
        ]
        print(
            f"  {name:8s} {1e3 * wall:9.2f} ms wall {1e3 * cpu:9.2f} ms CPU   times emobench: {ratios[0]:7.1f} wall "
            f"{ratios[1]:7.1f} CPU   relative error {abs(found[0][2] / truth - 1):.1e}",
            flush=True,
        )


def errors(clips: int, width: int, seeds: int) -> None:
    """Print how near the truth each side is over sets of several seeds: of one set, any of them may be nearest."""
    sides = {"emobench": own, "sqrtm": by_sqrtm, "fadtk": as_fadtk}
    found: dict[str, list[float]] = {name: [] for name in sides}
    for seed in range(seeds):
        first, second, truth = known(clips, width, seed)
        for name, side in sides.items():
            found[name].append(abs(side(first, second) / truth - 1))
    print(f"relative errors over {seeds} pairs of sets of {clips} clips x {width}, median (most)")
    for name, off in found.items():
        print(f"  {name:8s} {median(off):.1e} ({max(off):.1e})")


def jackknife(width: int, repeats: int) -> None:
    """Print what a delete-one-person jackknife costs a distance."""
    first, second, _ = known(PEOPLE * CLIPS_OF_A_PERSON, width)
    masks = np.repeat(~np.eye(PEOPLE, dtype=bool), CLIPS_OF_A_PERSON, axis=1)
    at_once, in_turn = [], []
    for _ in range(repeats):
        at_once.append(timed(lambda: float(frechet_of_subsets(first, second, masks, masks).sum())))
        in_turn.append(timed(lambda: sum(own(first[mask], second[mask]) for mask in masks)))
    cells = [[1e3 * median(run[kind] for run in runs) / PEOPLE for kind in (0, 1)] for runs in (at_once, in_turn)]
    print(
        f"without each of {PEOPLE} people, {masks[0].sum()} clips x {width}, ms a distance, wall / CPU: "
        f"at once {cells[0][0]:.2f} / {cells[0][1]:.2f}, one by one {cells[1][0]:.2f} / {cells[1][1]:.2f}; "
        f"their sums differ by {abs(at_once[0][2] / in_turn[0][2] - 1):.0e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", default="150,2000", help="sizes of the sets, with commas")
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=0, help="print errors only, over so many pairs of sets")
    asked = parser.parse_args()
    warnings.simplefilter("ignore", linalg.LinAlgWarning)  # the others meet singular matrices
    with threadpool_limits(asked.threads):
        for clips in map(int, asked.clips.split(",")):
            if asked.seeds:
                errors(clips, asked.width, asked.seeds)
            else:
                compare(clips, asked.width, asked.repeats)
        if not asked.seeds:
            jackknife(asked.width, asked.repeats)


if __name__ == "__main__":
    main()
