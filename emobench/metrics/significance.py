"""Is a difference more than chance, and how small a difference could be seen at all? Tests over people, never clips.

Differences are paired: one per person, between two conditions on the same clips.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXACT_PEOPLE = 28  # two halves of 2^14 signs each
CHUNK = 2**22  # random signs in memory at once, 32 MiB


def paired_sign_flip(differences: Array, resamples: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of paired differences: how often does their sum get this far from 0 when every sign is a coin?

    p = #{s in {-1, 1}^G : |sum_g s_g d_g| >= |sum_g d_g|} / 2^G. Up to 28 people all 2^G signs are counted, by the sums
    of two halves; beyond, R = ``resamples`` random signs are drawn, and p = (1 + #extreme) / (1 + R).

    Args:
        differences: (G,) finite, one per person; no people, or all of them 0, give 1.
        resamples: R, for more than 28 people.
        seed: of the random signs.

    Returns:
        p in (0, 1]; at best 2 / 2^G.

    Raises:
        ValueError: a difference that is not finite.

    Source:
        Fisher 1935, The design of experiments, section 21; the + 1 after Phipson and Smyth 2010,
        https://doi.org/10.2202/1544-6115.1585

    Example:
        >>> paired_sign_flip(np.array([0.1, 0.2, 0.1, 0.3, 0.2, -0.1]))
        0.125
    """
    if not np.isfinite(differences).all():
        raise ValueError("differences must be finite: leave out people without a score")
    # Sums that differ by rounding only are ties, and ties count as extreme.
    far = abs(float(differences.sum())) - 1e-12 * float(np.abs(differences).sum())
    if far <= 0:
        return 1.0
    if len(differences) <= EXACT_PEOPLE:
        return _exact_tail(differences, far)
    return _sampled_tail(differences, far, resamples, seed)


def holm(p_values: Array, tests: int | None = None) -> Array:
    """Adjust p-values of a fixed set of tests so that calling p <= alpha errs anywhere with at most alpha.

    With p sorted upwards: a_i = max over j <= i of min(1, (m - j + 1) p_j), put back in the given order.

    Args:
        p_values: (n,) in [0, 1].
        tests: m, how many tests the whole set has, whatever of it was done; those that are not here count as p = 1.
            None where all are here.

    Returns:
        (n,) float64 in [0, 1], none below its p.

    Raises:
        ValueError: a p outside [0, 1], nan included; fewer tests than p-values.

    Source:
        Holm 1979, A simple sequentially rejective multiple test procedure, https://www.jstor.org/stable/4615733

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    if not ((p_values >= 0) & (p_values <= 1)).all():
        raise ValueError("p-values lie between 0 and 1")
    tests = len(p_values) if tests is None else tests
    if tests < len(p_values):
        raise ValueError("the fixed set holds every test that was done")
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    steps = tests - np.arange(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps * p_values[order]), 1.0)
    return adjusted


def smallest_detectable(differences: Array, power: float = 0.8) -> float:
    """The true mean difference that a two-sided test at 5 % would find with probability ``power`` (approximately).

    delta = (z_0.975 + z_power) sd / sqrt(G), with the sample standard deviation (G - 1) of the differences.

    Args:
        differences: (G,) one per person.
        power: between 0.5 and 1.

    Returns:
        In the unit of the differences, at least 0; nan below two people.

    Source:
        Cohen 1988, Statistical power analysis for the behavioral sciences, chapter 2

    Example:
        >>> people = np.array([-0.107681, 0.107681] * 12)  # sd 0.11 over 24 people
        >>> round(smallest_detectable(people), 4)
        0.0629
    """
    if len(differences) < 2:
        return float("nan")
    normal = NormalDist()
    reach = normal.inv_cdf(0.975) + normal.inv_cdf(power)
    return float(reach * differences.std(ddof=1) / np.sqrt(len(differences)))


def _signed_sums(differences: Array) -> Array:
    """(2^G,) sums under all signs."""
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _exact_tail(differences: Array, far: float) -> float:
    """Share of all signs whose sum is at least ``far`` from 0: both tails hold equally many."""
    half = len(differences) // 2
    left, right = _signed_sums(differences[:half]), np.sort(_signed_sums(differences[half:]))
    beyond = int((len(right) - np.searchsorted(right, far - left)).sum())
    return beyond * 2.0 ** (1 - len(differences))


def _sampled_tail(differences: Array, far: float, resamples: int, seed: int) -> float:
    """The same share from random signs, counting the signs that were seen."""
    generator = np.random.Generator(np.random.PCG64(seed))
    step = max(1, CHUNK // len(differences))
    extreme = 0
    for start in range(0, resamples, step):
        flips = generator.integers(0, 2, (min(step, resamples - start), len(differences)))
        extreme += int((np.abs((1 - 2 * flips) @ differences) >= far).sum())
    return (1 + extreme) / (1 + resamples)
