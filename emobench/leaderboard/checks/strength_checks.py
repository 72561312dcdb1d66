"""Was everybody tested at the strength that development people had chosen, and not at the one that tested best?"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from emobench.domain.record import Found
from emobench.leaderboard.recomputing import Told
from emobench.tasks.layerwise_choices import choose, development_scores
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, Course, PairPredictions
from emobench.tasks.pair_table import convex_methods
from emobench.tasks.predictions import Predictions

MOST_TOLD = 12
Key = tuple[Any, ...]


def strength_problems(told: Told, found: Found) -> list[str]:
    """Where the strength tested is not the one chosen; at most twelve lines.

    Args:
        told: by a table.
        found: what was found again from it, with the choices.
    """
    if isinstance(told, Predictions):
        return list(_layerwise(told))[:MOST_TOLD]
    return list(_pair(told, found))[:MOST_TOLD] if isinstance(told, PairPredictions) else []


def _layerwise(told: Predictions) -> Iterator[str]:
    for part in told.parts:
        scores = development_scores(told.attribute, told.truth, told.fold, part.development)
        for fold, tested in enumerate(part.strength.tolist()):
            if tested < 0 or np.isnan(scores[fold]).any():
                continue
            best = choose(scores[fold])[0]
            if best != tested:
                yield f"{part.method} layer {part.layer} fold {fold}: {_differ(told.strengths, tested, best)}"


def _pair(told: PairPredictions, found: Found) -> Iterator[str]:
    """With all clips every candidate is a choice; with a part of them only what was chosen is."""
    chosen = {
        _key(row["method"], row["layer"], row["condition"], row["target"], row["seed"], row["fraction"], row["fold"]):
        row["strength"]
        for row in found.choices
        if row["choice"] == "strength" and row["chosen"]
    }  # fmt: skip
    convex = convex_methods(told)
    for course in told.courses:
        if course.method not in convex:
            continue
        for fold, tested in enumerate(course.strength.tolist()):
            wanted = chosen.get(_asked_of(course, fold))
            if tested >= 0 and wanted is not None and told.strengths[tested] != wanted:
                what = f"{course.method} layer {course.layer} {course.condition} to {course.target} fold {fold}"
                yield f"{what}: {_differ(told.strengths, tested, told.strengths.index(wanted))}"


def _asked_of(course: Course, fold: int) -> Key:
    """The choice that a course follows: what only applies what the source taught follows the source's own."""
    target, condition = course.target, course.condition
    if condition in (DIRECT, ALIGNED):
        target, condition = str(course.source), TARGET_ONLY
    return _key(course.method, course.layer, condition, target, course.seed, course.fraction, fold)


def _key(*parts: Any) -> Key:
    return parts


def _differ(strengths: tuple[float, ...], tested: int, best: int) -> str:
    return f"tested at strength {strengths[tested]:g}, development people chose {strengths[best]:g}"
