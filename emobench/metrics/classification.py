"""How good are predicted classes?

Everything is computed from confusion matrices. These add up: the matrix of all clips is the sum of the matrices of all
people, and a bootstrap over people only weighs them. Leading axes (resamples, layers, seeds) stay as they are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Counts = NDArray[np.int64] | NDArray[np.float64]

UNROLLED = 8  # numbers; from so many on, numpy adds pairs first


def confusion(truth: Integers, prediction: Integers, classes: int) -> NDArray[np.int64]:
    """Count the clips of every pair of true class (row) and predicted class (column).

    C[i, j] = number of clips of class i that were called j.

    Args:
        truth: (n,) class indices, 0 to ``classes`` - 1.
        prediction: (n,) class indices, 0 to ``classes`` - 1.
        classes: K, the size of the label set, whether or not all of it occurs.

    Returns:
        (K, K) int64, every entry at least 0, n in all.

    Raises:
        ValueError: an index outside the label set, or arrays of different lengths.

    Example:
        >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), classes=2).tolist()
        [[1, 1], [0, 1]]
    """
    counts: NDArray[np.int64] = confusion_by_group(truth, prediction, np.zeros(len(truth), np.int64), classes, 1)[0]
    return counts


def confusion_by_group(
    truth: Integers, prediction: Integers, group: Integers, classes: int, groups: int
) -> NDArray[np.int64]:
    """Count as ``confusion`` does, for every group (person) on its own.

    Args:
        truth: (n,) class indices, 0 to ``classes`` - 1.
        prediction: (n,) class indices, 0 to ``classes`` - 1.
        group: (n,) group indices, 0 to ``groups`` - 1.
        classes: K, the size of the label set.
        groups: G, the number of groups.

    Returns:
        (G, K, K) int64; their sum over groups is ``confusion(truth, prediction, classes)``.

    Raises:
        ValueError: an index out of range, or arrays of different lengths.

    Example:
        >>> truth, prediction, person = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 1])
        >>> confusion_by_group(truth, prediction, person, classes=2, groups=2).tolist()
        [[[1, 0], [0, 0]], [[0, 1], [0, 1]]]
    """
    if not len(truth) == len(prediction) == len(group):
        raise ValueError(f"{len(truth)} true classes, {len(prediction)} predictions and {len(group)} groups")
    for name, values, end in (("truth", truth, classes), ("prediction", prediction, classes), ("group", group, groups)):
        if len(values) and not (values.min() >= 0 and values.max() < end):
            raise ValueError(f"{name} goes from {values.min()} to {values.max()}, outside 0 to {end - 1}")
    cell = (group.astype(np.int64) * classes + truth) * classes + prediction
    return np.bincount(cell, minlength=groups * classes**2).reshape(groups, classes, classes).astype(np.int64)


def recalls(confusion: Counts) -> Array:
    """The share of each class's clips that were found.

    R_k = C[k, k] / sum_j C[k, j].

    Args:
        confusion: (..., K, K), rows are true classes.

    Returns:
        (..., K) float64 in [0, 1]; nan for a class that is absent from truth.

    Example:
        >>> recalls(np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])).tolist()
        [0.75, 0.5, nan]
    """
    return _ratio(_hits(confusion), _summed(confusion))


def uar(confusion: Counts) -> Array:
    """Unweighted average recall: the mean recall over the classes that are present in truth.

    UAR = mean of R_k over all k with sum_j C[k, j] > 0; also called balanced accuracy.

    The mean is scikit-learn's ``balanced_accuracy_score``. audmetric's ``unweighted_average_recall`` also averages over
    classes that were predicted but never true, with recall 0; the two agree when truth holds all predicted classes.

    Args:
        confusion: (..., K, K), rows are true classes.

    Returns:
        (...,) float64 in [0, 1]; nan for an empty confusion. Chance is 1 / (classes present).

    Source:
        Schuller, Steidl and Batliner 2009, the INTERSPEECH 2009 emotion challenge,
        https://doi.org/10.21437/Interspeech.2009-103

    Example:
        >>> float(uar(np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])))
        0.625
    """
    return _mean_of_defined(recalls(confusion))


def accuracy(confusion: Counts) -> Array:
    """The share of clips that were called right; frequent classes weigh more than rare ones.

    A = sum_k C[k, k] / sum_ij C[i, j].

    Args:
        confusion: (..., K, K), rows are true classes.

    Returns:
        (...,) float64 in [0, 1]; nan for an empty confusion.

    Example:
        >>> round(float(accuracy(np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]]))), 4)
        0.6667
    """
    return _ratio(_hits(confusion).sum(-1), confusion.sum((-2, -1)))


def macro_f1(confusion: Counts) -> Array:
    """The mean F1 over the classes of the label set that are present in truth or in the predictions.

    F_k = 2 C[k, k] / (sum_j C[k, j] + sum_i C[i, k]); the mean of the F_k, not the F of mean precision and mean recall.

    A class that was predicted but is never true counts with 0 (here, unlike in ``uar``, it is an error of that class's
    precision); a class in neither is left out. scikit-learn's ``f1_score(average="macro")`` does the same.

    Args:
        confusion: (..., K, K), rows are true classes.

    Returns:
        (...,) float64 in [0, 1]; nan for an empty confusion.

    Source:
        Opitz and Burst 2019, Macro F1 and Macro F1, https://arxiv.org/abs/1911.03347

    Example:
        >>> round(float(macro_f1(np.array([[3, 0, 1], [1, 1, 0], [0, 0, 0]]))), 4)
        0.4722
    """
    return _mean_of_defined(_ratio(2 * _hits(confusion), _summed(confusion) + _summed(confusion.swapaxes(-1, -2))))


def _hits(confusion: Counts) -> Array:
    """(..., K) clips on the diagonal."""
    return np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)


def _ratio(part: Array, whole: Counts) -> Array:
    """``part / whole``, nan where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def _mean_of_defined(values: Array) -> Array:
    """Mean over the last axis of what is not nan; nan where nothing is left."""
    defined = ~np.isnan(values)
    return _ratio(_summed(np.where(defined, values, 0.0)), _summed(defined.astype(np.int64)))


def _summed(values: Any) -> Any:
    """Sum over the last axis: classes are few, and there numpy's own adds in the same order, ten times as slowly."""
    if not 0 < values.shape[-1] < UNROLLED:
        return values.sum(-1)
    total = values[..., 0].copy()
    for place in range(1, values.shape[-1]):
        total += values[..., place]
    return total
