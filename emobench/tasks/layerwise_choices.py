"""Which layer and strength do development people choose? The mean of their scores decides, and a rule for ties."""

from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]


def development_scores(attribute: Attribute, truth: Array, fold: Array, development: Array) -> Array:
    """Mean headline metric over the development folds of each test fold, (folds, strengths); NaN where not run."""
    ruler = ruler_for(attribute)
    folds, strengths, _ = development.shape
    scores = np.full((folds, strengths), np.nan)
    for test in range(folds):
        others = [np.flatnonzero(fold == other) for other in range(folds) if other != test]
        if not ruler.present(development[test, 0, others[0]]).all():
            continue
        clips, block = np.concatenate(others), np.repeat(np.arange(len(others)), [len(one) for one in others])
        every = (block + len(others) * np.arange(strengths)[:, None]).ravel()  # (strengths, other folds) as groups
        said = development[test][:, clips].ravel()
        sums = ruler.statistics(np.tile(truth[clips], strengths), said, every, strengths * len(others))
        values = ruler.metrics[ruler.headline](sums).reshape(strengths, len(others))
        scores[test] = [np.mean(one) for one in values]
    return scores


def choose(scores: Array) -> tuple[int, ...]:
    """Index of the best score; ties go to the first, which is the lower layer and the stronger regularisation."""
    best = int(np.argmax(np.round(scores, 9)))
    return tuple(int(index) for index in np.unravel_index(best, scores.shape))
