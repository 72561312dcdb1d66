"""With which metrics is an attribute judged, and which of them is the headline?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.metrics.classification import accuracy, confusion_by_group, macro_f1, uar
from emobench.metrics.regression import ccc, moments_by_group, pearson, r2, rmse

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Ruler:
    """How predictions of one attribute become numbers.

    ``statistics(truth, prediction, group, groups)`` gives (groups, ...) sums; every metric maps sums (..., ) to a
    number, so that people can be resampled by weighting their sums. ``absent`` marks a clip without a prediction.
    """

    headline: str
    chance: float
    absent: float
    statistics: Callable[[Array, Array, Array, int], Array]
    metrics: Mapping[str, Callable[[Array], Array]]

    def score(self, truth: Array, prediction: Array) -> float:
        """The headline metric of clips (n,) as one group."""
        one_group = np.zeros(len(truth), dtype=np.int64)
        return float(self.metrics[self.headline](self.statistics(truth, prediction, one_group, 1)[0]))

    def present(self, prediction: Array) -> Array:
        """Mask of the clips that have a prediction."""
        return ~np.isnan(prediction) if np.isnan(self.absent) else prediction != self.absent


def _confusions(truth: Array, prediction: Array, group: Array, groups: int, *, classes: int) -> Array:
    return confusion_by_group(truth, prediction, group, classes, groups)


def ruler_for(attribute: Attribute) -> Ruler:
    """UAR for categories, CCC for dimensions (chance 1 / classes, and 0)."""
    if attribute.classes:
        classes = len(attribute.classes)
        return Ruler(
            headline="uar",
            chance=1 / classes,
            absent=-1,
            statistics=partial(_confusions, classes=classes),
            metrics={"uar": uar, "accuracy": accuracy, "macro_f1": macro_f1},
        )
    return Ruler(
        headline="ccc",
        chance=0.0,
        absent=np.nan,
        statistics=moments_by_group,
        metrics={"ccc": ccc, "pearson": pearson, "r2": r2, "rmse": rmse},
    )


def truths(attribute: Attribute, labels: list[Any]) -> Array:
    """Labels of clips as class indices (int64) or values (float32), (n,)."""
    if attribute.classes:
        place = {name: index for index, name in enumerate(attribute.classes)}
        return np.array([place[label] for label in labels], dtype=np.int64)
    return np.array(labels, dtype=np.float32)
