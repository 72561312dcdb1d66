"""What did development people choose for a pair: which strength, which layer, which method, in every fold?

Nobody who is tested takes part. What only applies what the source taught (`direct`, `direct_aligned`) takes the choices
that the source's people made for `target_only` there: it has no choices of layer and strength of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, Course, PairPredictions
from emobench.tasks.pair_table import convex_methods
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
Row = dict[str, Any]
CHOSEN = "chosen"
APPLIED = (DIRECT, ALIGNED)
FACTS = ("condition", "source", "target", "method", "layer", "seed", "fraction")


class Key(NamedTuple):
    """What was asked of a target's clips."""

    method: str
    condition: str
    target: str
    fraction: float


@dataclass(frozen=True)
class Said:
    """The test predictions of a method whose choices are made.

    Attributes:
        seeds: (None,) where nothing is drawn.
        values: (seeds, clips of the target), absent where a fold was not run.
        development: (seeds, folds) score of what was chosen, on the people who chose, of whichever dataset; nan where a
            fold was not run.
        place: (seeds, folds) which layer was chosen, 0 for methods without a choice of layers; -1 where not run.
    """

    seeds: tuple[int | None, ...]
    values: Array
    development: Array
    place: Array

    def of_seed(self, seed: int | None) -> int:
        """Row of a seed; what is the same for all seeds has one row."""
        return 0 if self.seeds == (None,) else self.seeds.index(seed)


def decide(predictions: PairPredictions) -> tuple[dict[Key, Said], list[Row]]:
    """Test predictions of every method, `chosen` too, under every condition; and the choices as rows.

    With all of the target's clips every candidate is a row, with a part of them only what was chosen.
    """
    convex = convex_methods(predictions)
    grouped: dict[Key, list[Course]] = {}
    for course in predictions.courses:
        key = Key(course.method, course.condition, course.target, course.fraction)
        grouped.setdefault(key, []).append(course)
    said: dict[Key, Said] = {}
    rows: list[Row] = []
    for key, courses in sorted(grouped.items(), key=lambda item: item[0].condition in APPLIED):  # own choices first
        if key.condition in APPLIED:
            said[key] = _applied(
                predictions, courses, said[key._replace(condition=TARGET_ONLY, target=_source(courses))]
            )
        else:
            said[key] = _chosen_layers(predictions, courses, rows if courses[0].method in convex else None)
    for shared in dict.fromkeys(key._replace(method=CHOSEN) for key in grouped):
        said[shared] = _chosen_methods(predictions, shared, said, rows)
    return said, rows


def development_scores(predictions: PairPredictions, course: Course) -> Array:
    """(strengths, folds): what the clips of the next fold say about each fold; nan where they were not asked."""
    side, ruler = predictions.side(course.target), ruler_for(predictions.attribute)
    metric, scores = ruler.metrics[ruler.headline], np.full((len(course.development), predictions.folds), np.nan)
    for strength, values in enumerate(course.development):
        clips = np.flatnonzero(ruler.present(values))
        scores[strength] = metric(
            ruler.statistics(side.truth[clips], values[clips], side.fold[clips], predictions.folds)
        )
    return np.roll(scores, -1, axis=1)


def _run(predictions: PairPredictions, course: Course, scores: Array) -> list[int]:
    """The folds for which somebody chose or was tested."""
    tested = predictions.side(course.target).fold[ruler_for(predictions.attribute).present(course.test)]
    return sorted({*np.flatnonzero(~np.isnan(scores).all(axis=0)).tolist(), *tested.tolist()})


def _source(courses: Sequence[Course]) -> str:
    return str(courses[0].source)


def _by_seed(courses: Sequence[Course]) -> dict[int | None, list[Course]]:
    """Courses of every seed, layers rising."""
    found: dict[int | None, list[Course]] = {}
    for course in courses:
        found.setdefault(course.seed, []).append(course)
    return dict(sorted(found.items(), key=lambda item: -1 if item[0] is None else item[0]))


def _chosen_layers(predictions: PairPredictions, courses: Sequence[Course], rows: list[Row] | None) -> Said:
    """Each fold's best layer at its best strength: of equals the lower layer, the stronger regularisation.

    ``rows`` grow by what there was to choose from; None for trained methods, where there was no choice.
    """
    seeds = _by_seed(courses)
    places = np.full((len(seeds), predictions.folds), -1)
    development, values = np.full(places.shape, np.nan), []
    for row, layers in enumerate(seeds.values()):
        scores = [development_scores(predictions, course) for course in layers]
        best = np.array([_best(one) for one in scores])  # (layers, folds), each at its own strength
        for fold in _run(predictions, layers[0], scores[0]):
            places[row, fold] = _first_best(best[:, fold])
            development[row, fold] = best[places[row, fold], fold]
            if rows is not None:
                rows += _candidates(predictions, layers, [score[:, fold] for score in scores], fold)
        values.append(_picked(predictions, layers, places[row]))
    return Said(tuple(seeds), np.stack(values), development, places)


def _applied(predictions: PairPredictions, courses: Sequence[Course], source: Said) -> Said:
    """What the source's people chose for the source, applied to the target."""
    seeds = _by_seed(courses)
    rows = [source.of_seed(seed) for seed in seeds]
    values = [_picked(predictions, layers, source.place[row]) for row, layers in zip(rows, seeds.values(), strict=True)]
    return Said(tuple(seeds), np.stack(values), source.development[rows], source.place[rows])


def _picked(predictions: PairPredictions, layers: Sequence[Course], places: Array) -> Array:
    """Test predictions (clips,) of the layer chosen in each fold."""
    side = predictions.side(layers[0].target)
    values = np.full_like(layers[0].test, ruler_for(predictions.attribute).absent)
    for fold in np.flatnonzero(places >= 0).tolist():
        clips = side.fold == fold
        values[clips] = layers[places[fold]].test[clips]
    return values


def _best(scores: Array) -> Array:
    """(strengths, folds) -> (folds,) best score, nan where a fold was not run."""
    return np.array([column[_first_best(column)] for column in scores.T])


def _first_best(scores: Array) -> int:
    """Place of the best score, the first of equals; a score that is not defined is the worst."""
    return int(np.argmax(np.round(np.where(np.isnan(scores), -np.inf, scores), 9)))


def _chosen_methods(predictions: PairPredictions, key: Key, said: Mapping[Key, Said], rows: list[Row]) -> Said:
    """Each fold's best method by its score averaged over seeds; of equals the one with fewer weights, then as asked."""
    run_under = [name for name in predictions.methods if key._replace(method=name) in said]
    names = sorted(run_under, key=lambda name: predictions.methods[name])
    all_said = [said[key._replace(method=name)] for name in names]
    scores = np.stack([one.development.mean(axis=0) for one in all_said])  # (methods, folds)
    drawn = sorted({seed for one in all_said for seed in one.seeds if seed is not None})
    seeds: tuple[int | None, ...] = tuple(drawn) or (None,)
    side = predictions.side(key.target)
    values = np.full((len(seeds), len(side.clips)), ruler_for(predictions.attribute).absent, dtype=side.truth.dtype)
    places, run = np.full((len(seeds), predictions.folds), -1), (all_said[0].place >= 0).any(axis=0)
    for fold in np.flatnonzero(run).tolist():
        best, clips = _first_best(scores[:, fold]), side.fold == fold
        places[:, fold] = best
        for row, seed in enumerate(seeds):
            values[row, clips] = all_said[best].values[all_said[best].of_seed(seed)][clips]
        rows += _method_rows(predictions, key, dict(zip(names, scores[:, fold], strict=True)), names[best], fold)
    development = np.where(run, scores[places[0], np.arange(predictions.folds)], np.nan)
    return Said(seeds, values, np.repeat(development[None], len(seeds), axis=0), places)


def _candidates(
    predictions: PairPredictions, layers: Sequence[Course], scores: Sequence[Array], fold: int
) -> list[Row]:
    """Of every layer each strength and which one it takes; every layer at its strength and which one is taken."""
    taken = [_first_best(score) for score in scores]
    layer = _first_best(np.array([score[strength] for score, strength in zip(scores, taken, strict=True)]))
    rows = []
    for place, (course, score) in enumerate(zip(layers, scores, strict=True)):
        if course.fraction < 1 and place != layer:
            continue
        facts = {name: getattr(course, name) for name in FACTS}
        rows += [
            _row("strength", facts | {"strength": strength}, fold, score[index], chosen=index == taken[place])
            for index, strength in enumerate(predictions.strengths)
            if course.fraction == 1 or index == taken[place]
        ]
        if course.layer is not None:
            rows.append(_row("layer", facts, fold, score[taken[place]], chosen=place == layer))
    return rows


def _method_rows(
    predictions: PairPredictions, key: Key, scores: Mapping[str, float], chosen: str, fold: int
) -> list[Row]:
    """The methods, in the order asked, and which one is taken."""
    other = next(side.dataset for side in predictions.sides if side.dataset != key.target)
    facts = key._asdict() | {"source": None if key.condition == TARGET_ONLY else other}
    return [
        _row("method", facts | {"method": method}, fold, scores[method], chosen=method == chosen)
        for method in predictions.methods
        if method in scores and (key.fraction == 1 or method == chosen)
    ]


def _row(choice: str, facts: Row, fold: int, score: float, *, chosen: bool) -> Row:
    """A choice as a record has it: equal keys in every row, null where one does not apply."""
    blank: Row = {"choice": choice, **dict.fromkeys((*FACTS, "strength"))}
    judged = {"fold": fold, "development_score": None if np.isnan(score) else float(score), "chosen": bool(chosen)}
    return blank | facts | judged
