"""Are scores of classes what their formulas say?"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, f1_score

from emobench.metrics.classification import accuracy, confusion, confusion_by_group, macro_f1, recalls, uar

Integers = NDArray[np.int64]
CLASSES = 4
GROUPS = 3
ROWS = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1), st.integers(0, GROUPS - 1)), max_size=40
)


def columns(rows: list[tuple[int, int, int]]) -> tuple[Integers, Integers, Integers]:
    """Truth, prediction and group of clips."""
    table = np.array(rows, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def naive_recalls(truth: Integers, prediction: Integers) -> list[float]:
    """Recall of every class that is in truth, clip by clip."""
    found: dict[int, list[bool]] = {}
    for t, p in zip(truth, prediction, strict=True):
        found.setdefault(int(t), []).append(bool(t == p))
    return [sum(hits) / len(hits) for _, hits in sorted(found.items())]


@given(ROWS)
def test_confusion_counts_every_pair(rows: list[tuple[int, int, int]]) -> None:
    """The confusion matrix is scikit-learn's over the whole label set, and a plain count."""
    truth, prediction, _ = columns(rows)
    found = confusion(truth, prediction, CLASSES)
    naive = np.zeros((CLASSES, CLASSES), np.int64)
    for t, p in zip(truth, prediction, strict=True):
        naive[t, p] += 1
    assert found.dtype == np.int64
    assert np.array_equal(found, naive)
    if rows:
        assert np.array_equal(found, confusion_matrix(truth, prediction, labels=range(CLASSES)))


@given(ROWS)
def test_groups_add_up_to_all_clips(rows: list[tuple[int, int, int]]) -> None:
    """Each group's matrix counts its own clips, and together they are the matrix of all clips."""
    truth, prediction, group = columns(rows)
    found = confusion_by_group(truth, prediction, group, CLASSES, GROUPS)
    assert found.shape == (GROUPS, CLASSES, CLASSES)
    assert np.array_equal(found.sum(0), confusion(truth, prediction, CLASSES))
    for one in range(GROUPS):
        assert np.array_equal(found[one], confusion(truth[group == one], prediction[group == one], CLASSES))


@given(ROWS.filter(bool))
def test_recall_is_over_classes_in_truth(rows: list[tuple[int, int, int]]) -> None:
    """Recalls are nan exactly for classes absent from truth, and UAR is the mean of the others, as scikit-learn's."""
    truth, prediction, _ = columns(rows)
    matrix = confusion(truth, prediction, CLASSES)
    values = recalls(matrix)
    assert np.array_equal(np.isnan(values), ~np.isin(np.arange(CLASSES), truth))
    assert values[~np.isnan(values)].tolist() == naive_recalls(truth, prediction)
    assert float(uar(matrix)) == pytest.approx(np.mean(naive_recalls(truth, prediction)), abs=1e-12)


def test_uar_is_balanced_accuracy() -> None:
    """UAR equals scikit-learn's balanced accuracy when predictions stay within the classes of truth."""
    generator = np.random.default_rng(0)
    truth = generator.integers(0, CLASSES, 200)
    prediction = np.where(generator.random(200) < 0.5, truth, generator.integers(0, CLASSES, 200))
    assert float(uar(confusion(truth, prediction, CLASSES))) == pytest.approx(
        balanced_accuracy_score(truth, prediction), abs=1e-12
    )


def test_uar_leaves_out_classes_that_were_only_predicted() -> None:
    """A class that is predicted but never true does not enter UAR; averaging over it would halve the score here."""
    truth, prediction = np.array([0, 0, 0, 0]), np.array([0, 0, 1, 1])
    matrix = confusion(truth, prediction, 2)
    assert float(uar(matrix)) == 0.5
    assert np.nan_to_num(recalls(matrix)).mean() == 0.25


@given(ROWS.filter(bool))
def test_macro_f1_is_over_classes_in_truth_or_prediction(rows: list[tuple[int, int, int]]) -> None:
    """Macro F1 equals scikit-learn's, which averages over every class seen in truth or prediction."""
    truth, prediction, _ = columns(rows)
    expected = f1_score(truth, prediction, average="macro", zero_division=0)
    assert float(macro_f1(confusion(truth, prediction, CLASSES))) == pytest.approx(expected, abs=1e-12)


@given(ROWS.filter(bool))
def test_accuracy_is_the_share_of_right_clips(rows: list[tuple[int, int, int]]) -> None:
    """Accuracy is the mean over clips of being right."""
    truth, prediction, _ = columns(rows)
    assert float(accuracy(confusion(truth, prediction, CLASSES))) == pytest.approx(np.mean(truth == prediction))


@pytest.mark.parametrize("score", [uar, accuracy, macro_f1, recalls])
def test_leading_axes_stay(score: Any) -> None:
    """A score of a stack of matrices is the stack of their scores, and whole weights change nothing but the counts."""
    generator = np.random.default_rng(1)
    stack = generator.integers(0, 5, (2, 3, CLASSES, CLASSES))
    found = score(stack)
    assert found.dtype == np.float64
    assert found.shape[:2] == (2, 3)
    for index in np.ndindex(2, 3):
        assert np.array_equal(found[index], score(stack[index]), equal_nan=True)
    assert np.allclose(score(2.0 * stack), found, equal_nan=True)


@pytest.mark.parametrize("score", [uar, accuracy, macro_f1])
def test_nothing_to_score_is_nan(score: Any) -> None:
    """An empty confusion gives nan without a warning, alone and in a stack."""
    empty = confusion(np.zeros(0, np.int64), np.zeros(0, np.int64), CLASSES)
    assert np.isnan(score(empty))
    assert np.isnan(score(np.stack([empty, np.eye(CLASSES, dtype=np.int64)]))).tolist() == [True, False]


@pytest.mark.parametrize(
    ("truth", "prediction", "group"),
    [([0, 2], [0, 1], [0, 0]), ([0, 1], [0, -1], [0, 0]), ([0, 1], [0, 1], [0, 2]), ([0, 1], [0], [0, 0])],
)
def test_indices_outside_the_label_set_are_refused(truth: list[int], prediction: list[int], group: list[int]) -> None:
    """A class or group out of range, or arrays of different lengths, is an error instead of a wrong cell."""
    with pytest.raises(ValueError, match=r"outside 0 to 1|predictions and"):
        confusion_by_group(np.array(truth), np.array(prediction), np.array(group), classes=2, groups=2)
