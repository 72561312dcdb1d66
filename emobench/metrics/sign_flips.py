"""How are many paired differences tested at once? The p of ``paired_sign_flip`` for every row, in a few passes."""

import numpy as np

from emobench.metrics.significance import CHUNK, EXACT_PEOPLE, Array

ROWS = 64  # rows of 2^14 sums each in memory at once, twice


def paired_sign_flips(differences: Array, resamples: int = 10_000, seed: int = 0) -> Array:
    """Two-sided p of each row of paired differences, the same numbers as ``paired_sign_flip`` row by row.

    Args:
        differences: (m, G) finite, one row a test, one column a person.
        resamples: R, for more than 28 people.
        seed: of the random signs, which all rows share.

    Returns:
        (m,) in (0, 1].

    Raises:
        ValueError: a difference that is not finite.

    Example:
        >>> paired_sign_flips(np.array([[0.1, 0.2, 0.1, 0.3, 0.2, -0.1], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])).tolist()
        [0.125, 1.0]
    """
    if not np.isfinite(differences).all():
        raise ValueError("differences must be finite: leave out people without a score")
    rows = np.ascontiguousarray(differences, dtype=np.float64)
    far = np.abs(rows.sum(axis=1)) - 1e-12 * np.abs(rows).sum(axis=1)  # rounding makes no difference, as there
    found = np.ones(len(rows))
    (told,) = np.nonzero(far > 0)
    if rows.shape[1] > EXACT_PEOPLE:
        found[told] = _sampled(rows[told], far[told], resamples, seed)
        return found
    for start in range(0, len(told), ROWS):
        some = told[start : start + ROWS]
        found[some] = _exact(rows[some], far[some])
    return found


def _signed_sums(rows: Array) -> Array:
    """(m, G) to (m, 2^G): sums under all signs."""
    sums = np.zeros((len(rows), 1))
    for column in rows.T:
        sums = np.concatenate([sums + column[:, None], sums - column[:, None]], axis=1)
    return sums


def _exact(rows: Array, far: Array) -> Array:
    """Shares of all signs, by the sums of two halves."""
    people = rows.shape[1]
    half = people // 2
    left, right = far[:, None] - _signed_sums(rows[:, :half]), np.sort(_signed_sums(rows[:, half:]), axis=1)
    left.sort(axis=1)  # neighbours look in neighbouring places
    beyond = [int((len(one) - np.searchsorted(one, ends)).sum()) for one, ends in zip(right, left, strict=True)]
    found: Array = np.array(beyond, dtype=np.float64) * 2.0 ** (1 - people)
    return found


def _sampled(rows: Array, far: Array, resamples: int, seed: int) -> Array:
    """Shares of random signs, drawn as ``paired_sign_flip`` draws them."""
    generator = np.random.Generator(np.random.PCG64(seed))
    people = rows.shape[1]
    step = max(1, CHUNK // people)
    extreme = np.zeros(len(rows), dtype=np.int64)
    wide = max(1, CHUNK // min(step, resamples))
    for start in range(0, resamples, step):
        flips = generator.integers(0, 2, (min(step, resamples - start), people))
        signs = (1 - 2 * flips).astype(np.float64)
        for first in range(0, len(rows), wide):
            some = slice(first, first + wide)
            extreme[some] += (np.abs(signs @ rows[some].T) >= far[some]).sum(axis=0)
    found: Array = (1 + extreme) / (1 + resamples)
    return found
