"""What do the predictions of `cross_domain` add up to? Choices, scores, gains and intervals, from predictions alone.

Whoever holds a record and the table beside it gets the same numbers from this function: nothing else enters.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emobench.domain.record import Found, Headline, Score
from emobench.learning.splits import missing_in_test
from emobench.metrics.uncertainty import MINIMUM_GROUPS
from emobench.tasks.label_efficiency import training_clips, worth
from emobench.tasks.pair_choices import CHOSEN, Key, Said, decide
from emobench.tasks.pair_gains import OVER_TARGET, gain_row, gain_rows, gains_of_chosen, on_request, pair_gain
from emobench.tasks.pair_predictions import ALIGNED, CONDITIONS, DIRECT, TARGET_ONLY, TWO_STAGE, PairPredictions, Side
from emobench.tasks.pair_scores import Direction, directions, method_rows, number, summaries, tested
from emobench.tasks.people import people_of
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
Row = dict[str, Any]
AVERAGED = (TWO_STAGE, DIRECT, ALIGNED, TARGET_ONLY)  # the headline first
WITH_RECALLS = (TARGET_ONLY, TWO_STAGE, DIRECT)
WHOLE = 1.0


def score(predictions: PairPredictions, circumstances: Sequence[str] = ()) -> Found:
    """Headline, choices and score rows of one record.

    Args:
        predictions: of a pair; every method was run on all of the target's training clips, in both directions.
        circumstances: notes that come before those made here.
    """
    ruler = ruler_for(predictions.attribute)
    base = {"attribute": predictions.attribute.name, "split": "test", "fraction": WHOLE}
    said, choices = decide(predictions)
    rows = _averages(predictions, said, base)
    for direction in directions(predictions):
        rows += _of_methods(predictions, said, base, direction)
        rows += _of_layers(predictions, base, direction)
    rows += gain_rows(predictions, said, base)
    notes: list[str] = []
    for direction in directions(predictions):
        more, told = _fewer_labels(predictions, said, base, direction)
        rows, notes = rows + more, notes + told
    best = rows[0]
    return Found(
        headline=Headline(
            metric=ruler.headline, value=best.value or 0.0, low=best.low, high=best.high, chance=ruler.chance
        ),
        choices=choices,
        scores=rows,
        notes=[*circumstances, *_about_sides(predictions, said), *notes],
    )


def _averages(predictions: PairPredictions, said: Mapping[Key, Said], base: Row) -> list[Score]:
    """The mean of both directions with the methods that were chosen; who is in both is drawn with the clips of both."""
    ruler, both = ruler_for(predictions.attribute), directions(predictions)
    rows: list[Score] = []
    where = {**base, "view": "all", "method": CHOSEN}
    for condition in AVERAGED:
        values = [said[Key(CHOSEN, condition, towards.target.dataset, WHOLE)].values[None] for towards in both]
        people = people_of(ruler, [tested(*pair) for pair in zip(both, values, strict=True)])
        rows += summaries(ruler, ruler.headline, [{**where, "condition": condition}], people)
    rows += gains_of_chosen(predictions, said, base, both)
    return rows + on_request(predictions, said, {**base, "method": CHOSEN}, both)


def _of_methods(predictions: PairPredictions, said: Mapping[Key, Said], base: Row, direction: Direction) -> list[Score]:
    """What every method says under every condition of one direction."""
    rows: list[Score] = []
    for method in (*predictions.methods, CHOSEN):
        for condition in CONDITIONS:
            one = said.get(Key(method, condition, direction.target.dataset, WHOLE))
            if one is not None:
                where = {**base, **direction.names, "view": "all", "method": method, "condition": condition}
                per_class = condition in WITH_RECALLS
                rows += method_rows(predictions.attribute, where, direction, one, per_class=per_class)
    return rows


def _of_layers(predictions: PairPredictions, base: Row, direction: Direction) -> list[Score]:
    """The curve over layers, under every condition."""
    ruler, rows = ruler_for(predictions.attribute), []
    target = direction.target.dataset
    courses = [
        course
        for course in predictions.courses
        if course.layer is not None and course.target == target and course.fraction == WHOLE
    ]
    for method, condition in dict.fromkeys((course.method, course.condition) for course in courses):
        layers: dict[str | None, list[Array]] = {}
        for course in courses:
            if (course.method, course.condition) == (method, condition):
                layers.setdefault(course.layer, []).append(course.test)
        people = people_of(ruler, [tested(direction, np.array(list(layers.values())))])
        where = {**base, **direction.names, "view": "all", "method": method, "condition": condition}
        rows += summaries(ruler, ruler.headline, [{**where, "layer": layer} for layer in layers], people)
    return rows


def _fewer_labels(
    predictions: PairPredictions, said: Mapping[Key, Said], base: Row, direction: Direction
) -> tuple[list[Score], list[str]]:
    """Scores and gains with a part of the target's clips, and what the source is worth in clips; notes."""
    attribute, target = predictions.attribute, direction.target
    folds = sorted({target.fold[clip] for clip in _tested(predictions, said, target)})
    parts = sorted({key.fraction for key in said if key.target == target.dataset and key.condition == TARGET_ONLY})
    if parts == [WHOLE]:
        return [], []
    clips = np.array([training_clips(attribute, target, predictions.folds, folds, part) for part in parts])
    rows: list[Score] = []
    notes: list[str] = []
    for method in (*predictions.methods, CHOSEN):
        where = {**base, **direction.names, "method": method}
        for part in parts:
            if part < WHOLE:
                rows += _at_fraction(predictions, said, where | {"fraction": part}, direction)
        more, told = _worth_rows(predictions, said, where, direction, dict(zip(parts, clips, strict=True)))
        rows, notes = rows + more, notes + told
    return rows, notes


def _at_fraction(
    predictions: PairPredictions, said: Mapping[Key, Said], base: Row, direction: Direction
) -> list[Score]:
    attribute, rows = predictions.attribute, []
    ruler = ruler_for(attribute)
    key = Key(base["method"], TWO_STAGE, direction.target.dataset, base["fraction"])
    for condition in (TARGET_ONLY, TWO_STAGE):
        people = people_of(ruler, [tested(direction, said[key._replace(condition=condition)].values[None])])
        rows += summaries(ruler, ruler.headline, [{**base, "view": "all", "condition": condition}], people)
    one = pair_gain(attribute, said, key, TARGET_ONLY, [direction])
    if one is not None:
        rows.append(gain_row(attribute, {**base, "condition": TWO_STAGE, "view": OVER_TARGET}, one))
    return rows


def _worth_rows(
    predictions: PairPredictions,
    said: Mapping[Key, Said],
    base: Row,
    direction: Direction,
    clips: Mapping[float, float],
) -> tuple[list[Score], list[str]]:
    """Training clips and what stage 1 replaces, for every fraction in ``clips``; a note on what nobody knows."""
    ruler, key = ruler_for(predictions.attribute), Key(base["method"], TWO_STAGE, direction.target.dataset, WHOLE)
    runs = [[said[key._replace(condition=c, fraction=part)].values for c in (TARGET_ONLY, TWO_STAGE)] for part in clips]
    seeds = max(len(values) for pair in runs for values in pair)
    values = np.array([[np.broadcast_to(one, (seeds, one.shape[-1])) for one in pair] for pair in runs])
    people = people_of(ruler, [tested(direction, values)])
    found = dict(zip(clips, worth(ruler, people, np.array(list(clips.values()))), strict=True))
    rows: list[Score] = []
    for part, one in found.items():
        where = {**base, "view": "all", "condition": TWO_STAGE, "fraction": part}
        rows.append(Score(**where, metric="training_clips", value=number(clips[part])))
        counts: Row = {"n_clips": people.clips, "n_groups": len(people.names)}
        rows.append(Score(**where, **counts, metric="worth_clips", value=one.value, low=one.low, high=one.high))
    beyond = ", ".join(f"{one.beyond} at fraction {part:g}" for part, one in found.items() if one.beyond)
    worth_of = f"{base['source']} to {base['target']}, {base['method']}: worth"
    return rows, [f"{worth_of} {beyond}, beyond the curve of target_only"] if beyond else []


def _about_sides(predictions: PairPredictions, said: Mapping[Key, Said]) -> list[str]:
    """Too few people for intervals, and classes that a fold cannot test."""
    notes = []
    for side in predictions.sides:
        people = len({side.groups[clip] for clip in _tested(predictions, said, side)})
        if people < MINIMUM_GROUPS:
            notes.append(f"no intervals on {side.dataset}: {people} groups, at least {MINIMUM_GROUPS} are needed")
        if predictions.attribute.classes:
            missing = missing_in_test(side.truth, side.fold, predictions.attribute.classes)
            notes += [f"{side.dataset}: {note}" for note in missing]
    return notes


def _tested(predictions: PairPredictions, said: Mapping[Key, Said], side: Side) -> list[int]:
    """The clips of a dataset whose folds were run."""
    values = said[Key(CHOSEN, TWO_STAGE, side.dataset, WHOLE)].values
    return [int(clip) for clip in np.flatnonzero(ruler_for(predictions.attribute).present(values).all(axis=0))]
