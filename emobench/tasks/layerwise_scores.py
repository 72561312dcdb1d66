"""What do the predictions of `layerwise` add up to? Choices, scores and intervals, from the predictions alone.

Whoever holds a record and the table beside it gets the same numbers from this function: nothing else enters.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emobench.domain.record import Found, Headline, Score
from emobench.learning.splits import missing_in_test
from emobench.metrics.classification import recalls
from emobench.metrics.uncertainty import MINIMUM_GROUPS, people_interval, people_intervals
from emobench.tasks.layerwise_choices import choose, development_scores
from emobench.tasks.predictions import FROZEN, PartPredictions, Predictions
from emobench.tasks.ruler import Ruler, ruler_for

Array = np.ndarray[Any, Any]
Row = dict[str, Any]


def _choices(predictions: Predictions, parts: Sequence[PartPredictions]) -> tuple[list[Row], dict[int, int]]:
    """Every development score as a row with what was chosen, and the chosen part for every test fold."""
    scores = np.stack(
        [development_scores(predictions.attribute, predictions.truth, predictions.fold, p.development) for p in parts]
    )
    rows: list[Row] = []
    chosen: dict[int, int] = {}
    for fold in range(scores.shape[1]):
        if np.isnan(scores[:, fold]).any():
            continue
        best = choose(scores[:, fold])
        chosen[fold] = best[0]
        rows.extend(
            {
                "method": part.method,
                "fold": fold,
                "layer": part.layer,
                "strength": strength,
                "development_score": float(scores[p, fold, s]),
                "chosen": (p, s) == best,
            }
            for p, part in enumerate(parts)
            for s, strength in enumerate(predictions.strengths)
        )
    return rows, chosen


def _best_of(predictions: Predictions, layers: Sequence[PartPredictions], chosen: Mapping[int, int]) -> PartPredictions:
    """Test predictions with the layer chosen per fold, for every view: the headline."""
    views = {}
    for view in layers[0].views:
        values = np.full_like(layers[0].views[view], ruler_for(predictions.attribute).absent)
        for fold, part in chosen.items():
            clips = predictions.fold == fold
            values[clips] = layers[part].views[view][clips]
        views[view] = values
    return PartPredictions(None, layers[0].development, layers[0].strength, views)


class _Counting:
    """Sums per group, for the clips of one view."""

    def __init__(self, predictions: Predictions, ruler: Ruler) -> None:
        self.ruler = ruler
        self.names = sorted(set(predictions.groups))
        place = {name: index for index, name in enumerate(self.names)}
        self.group = np.array([place[name] for name in predictions.groups])
        self.truth, self.fold = predictions.truth, predictions.fold

    def sums(self, values: Array, inside: Array) -> tuple[Array, int]:
        """Statistics (groups, ...) of the groups that have clips, and the number of clips."""
        clips = np.flatnonzero(inside & self.ruler.present(values))
        sums = self.ruler.statistics(self.truth[clips], values[clips], self.group[clips], len(self.names))
        return sums[np.unique(self.group[clips])], len(clips)


def _rows(base: Row, ruler: Ruler, sums: Array, clips: int, metrics: Sequence[str]) -> list[Score]:
    """Summary rows of one view: metrics with people-bootstrap intervals."""
    rows = []
    for metric in metrics:
        function = ruler.metrics[metric]
        interval = people_interval(sums, function)
        rows.append(
            Score(
                **base,
                metric=metric,
                value=_number(function(sums.sum(axis=0))),
                low=None if interval is None else float(interval.low),
                high=None if interval is None else float(interval.high),
                n_clips=clips,
                n_groups=len(sums),
            )
        )
    return rows


def _number(value: Any) -> float | None:
    number = float(value)
    return None if np.isnan(number) else number


def _recall_rows(base: Row, sums: Array, classes: Sequence[str]) -> list[Score]:
    """Recall of every class; a class is resampled over all people (groups), as the classes of a UAR are."""
    total = sums.sum(axis=0)
    intervals = people_intervals(sums, recalls)
    return [
        Score.model_validate(
            {**base, "class": name, "metric": "recall", "value": _number(recalls(total)[index])}
            | {"low": interval.low if interval else None, "high": interval.high if interval else None}
            | {"n_clips": int(total[index].sum()), "n_groups": int((sums[:, index].sum(axis=-1) > 0).sum())}
        )
        for index, (name, interval) in enumerate(zip(classes, intervals, strict=True))
    ]


def _part_rows(
    predictions: Predictions, part: PartPredictions, base: Row, counting: _Counting, sexes: Mapping[str, str | None]
) -> list[Score]:
    ruler, everyone = counting.ruler, np.ones(len(predictions.truth), dtype=bool)
    values = part.views["all"]
    sums, clips = counting.sums(values, everyone)
    rows = _rows({**base, "view": "all"}, ruler, sums, clips, list(ruler.metrics))
    if predictions.attribute.classes:
        rows += _recall_rows({**base, "view": "all"}, sums, predictions.attribute.classes)
    sex = np.array([sexes.get(group) or "" for group in predictions.groups])
    for view in sorted(set(sex.tolist()) - {""}):
        sums, clips = counting.sums(values, sex == view)
        if clips:
            rows += _rows({**base, "view": view}, ruler, sums, clips, [ruler.headline])
    for view in sorted(set(part.views) - {"all"}):
        sums, clips = counting.sums(part.views[view], everyone)
        rows += _rows({**base, "view": view}, ruler, sums, clips, [ruler.headline])
    for fold in np.unique(predictions.fold[ruler.present(values)]):
        sums, clips = counting.sums(values, predictions.fold == fold)
        value = _number(ruler.metrics[ruler.headline](sums.sum(axis=0)))
        rows.append(
            Score(
                **base,
                view="all",
                fold=int(fold),
                metric=ruler.headline,
                value=value,
                n_clips=clips,
                n_groups=len(sums),
            )
        )
    return rows


def _notes(predictions: Predictions, groups: int, circumstances: Sequence[str]) -> list[str]:
    notes = list(circumstances)
    if groups < MINIMUM_GROUPS:
        notes.append(f"no intervals: {groups} groups, at least {MINIMUM_GROUPS} are needed")
    if predictions.attribute.classes:
        notes += missing_in_test(predictions.truth, predictions.fold, predictions.attribute.classes)
    return notes


def score(predictions: Predictions, sexes: Mapping[str, str | None], circumstances: Sequence[str] = ()) -> Found:
    """Headline, choices and score rows of one record.

    ``sexes`` maps groups to female, male or None; ``circumstances`` are notes that come before those made here.
    """
    ruler = ruler_for(predictions.attribute)
    counting = _Counting(predictions, ruler)
    base = {"dataset": predictions.dataset, "attribute": predictions.attribute.name, "split": "test"}
    layers = [part for part in predictions.parts if part.layer is not None]
    choices, chosen = _choices(predictions, layers)
    headline = _best_of(predictions, layers, chosen)
    rows = _part_rows(predictions, headline, {**base, "method": FROZEN}, counting, sexes)
    for part in predictions.parts:
        if part.layer is None:
            choices += _choices(predictions, [part])[0]
        where = {**base, "method": part.method, "layer": part.layer}
        rows += _part_rows(predictions, part, where, counting, sexes)
    best = next(row for row in rows if row.metric == ruler.headline)
    return Found(
        headline=Headline(
            metric=ruler.headline, value=best.value or 0.0, low=best.low, high=best.high, chance=ruler.chance
        ),
        choices=choices,
        scores=rows,
        notes=_notes(predictions, len(counting.names), circumstances),
    )
