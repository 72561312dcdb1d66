"""How do predictions of a pair become score rows? Means over seeds, with intervals over people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.domain.cards import Attribute
from emobench.domain.record import Score
from emobench.metrics.classification import recalls
from emobench.metrics.uncertainty import people_intervals
from emobench.tasks.pair_choices import Said
from emobench.tasks.pair_predictions import PairPredictions, Side
from emobench.tasks.people import People, Tested, people_of
from emobench.tasks.ruler import Ruler, ruler_for

Array = np.ndarray[Any, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Direction:
    """From which dataset to which; the target's clips."""

    source: str
    target: Side

    @property
    def names(self) -> Row:
        """The fields of a row that say which direction it is about."""
        return {"source": self.source, "target": self.target.dataset}


def directions(predictions: PairPredictions) -> tuple[Direction, Direction]:
    """There and back."""
    first, second = predictions.sides
    return Direction(first.dataset, second), Direction(second.dataset, first)


def number(value: Any) -> float | None:
    """A plain number, None where it is not defined."""
    plain = float(value)
    return None if np.isnan(plain) else plain


def tested(direction: Direction, values: Array) -> Tested:
    """Predictions (..., clips) of a direction's target."""
    return Tested(direction.target.truth, direction.target.groups, values)


def summaries(ruler: Ruler, metric: str, bases: Sequence[Row], people: People) -> list[Score]:
    """A row for each item of sums (people, targets, items, seeds, ...): mean over seeds, then over targets."""
    by_item = np.moveaxis(people.sums, 2, 1)

    def score(drawn: Array) -> Array:
        """(draws, items, targets, seeds, ...) -> (draws, items)."""
        averaged: Array = ruler.metrics[metric](drawn).mean(axis=-1).mean(axis=-1)
        return averaged

    values = score(by_item.sum(axis=0)[None])[0]
    counts: Row = {"metric": metric, "n_clips": people.clips, "n_groups": len(people.names)}
    return [
        Score(
            **base,
            **counts,
            value=number(value),
            low=None if interval is None else float(interval.low),
            high=None if interval is None else float(interval.high),
        )
        for base, value, interval in zip(bases, values, people_intervals(by_item, score), strict=True)
    ]


def method_rows(attribute: Attribute, base: Row, direction: Direction, said: Said, *, per_class: bool) -> list[Score]:
    """Every metric with its interval, recalls where asked for, then folds and seeds in the headline metric."""
    ruler = ruler_for(attribute)
    people = people_of(ruler, [tested(direction, said.values[None])])
    rows = [row for metric in ruler.metrics for row in summaries(ruler, metric, [base], people)]
    if per_class and attribute.classes:
        rows += _recall_rows(base, people.sums[:, 0, 0], attribute.classes)
    for fold in np.unique(direction.target.fold[ruler.present(said.values).all(axis=0)]).tolist():
        inside = np.where(direction.target.fold == fold, said.values, ruler.absent)
        rows.append(_plain(ruler, {**base, "fold": fold}, people_of(ruler, [tested(direction, inside)])))
    for seed, values in zip(said.seeds, said.values, strict=True):
        if len(said.seeds) > 1:
            rows.append(_plain(ruler, {**base, "seed": seed}, people_of(ruler, [tested(direction, values[None])])))
    return rows


def _plain(ruler: Ruler, base: Row, people: People) -> Score:
    """A row without an interval, from sums (people, 1, seeds, ...)."""
    value = ruler.metrics[ruler.headline](people.sums[:, 0].sum(axis=0)).mean()
    return Score(**base, metric=ruler.headline, value=number(value), n_clips=people.clips, n_groups=len(people.names))


def _recall_rows(base: Row, sums: Array, classes: Sequence[str]) -> list[Score]:
    """Recall of every class from sums (people, seeds, classes, classes), mean over seeds."""

    def score(drawn: Array) -> Array:
        """(draws, classes, seeds, classes) -> (draws, classes)."""
        averaged: Array = recalls(np.moveaxis(drawn, 1, -2)).mean(axis=-2)
        return averaged

    by_class = np.moveaxis(sums, -2, 1)
    values, clips = score(by_class.sum(axis=0)[None])[0], sums[:, 0].sum(axis=-1)  # (people, classes)
    return [
        Score.model_validate(
            {**base, "class": name, "metric": "recall", "value": number(values[place])}
            | {"low": interval.low if interval else None, "high": interval.high if interval else None}
            | {"n_clips": int(clips[:, place].sum()), "n_groups": int((clips[:, place] > 0).sum())}
        )
        for place, (name, interval) in enumerate(zip(classes, people_intervals(by_class, score), strict=True))
    ]
