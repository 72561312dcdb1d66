"""Which score rows does one layer of `fad_bias` have, and which the mean over layers?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emobench.domain.record import Score
from emobench.metrics.correspondence import Correspondence, correspondence, nearest
from emobench.metrics.spread import spread
from emobench.metrics.uncertainty import Interval, people_interval
from emobench.tasks.bias_intervals import Jackknife, covariance, intervals, p_after_holm
from emobench.tasks.bias_relative import Compared, between_emotions, deviation, nearer, own, without_bias
from emobench.tasks.emotion_distances import ALIGNED, CLIPS, Array, EmotionDistances

EMOTION_BIAS = "emotion_bias"
TIED = 2  # emotions that alignment makes equally far: both lie across their common mean
MOVABLE = 0.5  # share of clips whose labels must be able to change for permuted labels to tell anything


@dataclass(frozen=True, eq=False)
class Place:
    """What rows are about: distances in one geometry, one view, and one layer or (None) the mean over layers."""

    distances: EmotionDistances
    jackknife: Jackknife
    geometry: str
    layer: str | None
    view: str = CLIPS

    @property
    def emotions(self) -> tuple[str, ...]:
        """The names of the emotions."""
        return self.distances.attribute.classes


def row(
    place: Place,
    metric: str,
    value: float,
    interval: Interval | None = None,
    p: float | None = None,
    cell: tuple[int, int] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Score:
    """One row.

    Args:
        place: where it stands.
        metric: its name.
        value: None in the row where it is not finite.
        interval: of the value.
        p: of the value.
        cell: which clips it is about: those of an emotion of the first dataset, and of one of the second. All without.
        more: fields that differ from those of the place.
    """
    first, second = place.distances.datasets
    everything = slice(None)
    rows, columns = (everything, everything) if cell is None else ([cell[0]], [cell[1]])
    here, there = place.distances.clips_of[0][:, rows], place.distances.clips_of[1][:, columns]
    return Score.model_validate(
        {
            "attribute": place.distances.attribute.name,
            "source": first,
            "target": second,
            "layer": place.layer,
            "geometry": place.geometry,
            "view": place.view,
            "class": None if cell is None else place.emotions[cell[0]],
            "metric": metric,
            "value": float(value) if np.isfinite(value) else None,
            "low": None if interval is None else float(interval.low),
            "high": None if interval is None else float(interval.high),
            "p": p,
            "n_clips": int(here.sum() + there.sum()),
            "n_groups": int((here.any(axis=1) | there.any(axis=1)).sum()),
        }
        | dict(more or {})
    )


def emotion_rows(place: Place, metric: str, values: Array, *, tested: bool = False) -> list[Score]:
    """A row for every emotion, of (E,) values without intervals, or of (1+B, E) with them; ``tested`` against 0."""
    sure = values.ndim > 1
    found = intervals(place.jackknife, values) if sure else [None] * len(values)
    p = p_after_holm(place.jackknife, values) if tested else [None] * values.shape[-1]
    return [
        row(place, metric, value, found[emotion], p[emotion], (emotion, emotion))
        for emotion, value in enumerate(np.atleast_2d(values)[0])
    ]


def cell_rows(place: Place, metric: str, values: Array) -> list[Score]:
    """A row for every emotion of the first dataset against every one of the second.

    Args:
        place: where they stand.
        metric: its name.
        values: (E, E) without intervals, or (1+B, E, E) with them.
    """
    names = place.emotions
    cells = [(e, f) for e in range(len(names)) for f in range(len(names))]
    flat = values.reshape(-1, len(cells))
    found = intervals(place.jackknife, flat) if len(flat) > 1 else [None] * len(cells)
    return [
        row(place, metric, value, interval, cell=(e, f), more={"class_b": names[f]})
        for (e, f), value, interval in zip(cells, flat[0], found, strict=True)
    ]


def layer_rows(place: Place, arrays: Mapping[str, Array]) -> list[Score]:
    """Distances of every emotion in one layer, in the unit of the layer."""

    def of(quantity: str) -> Array:
        return arrays[f"{place.geometry}.{quantity}"]

    rows = emotion_rows(place, "fad", np.concatenate([own(of("fad"))[None], of("fad_left_out")]))
    for metric in ("fad_signal", "fad_floor", "mmd_signal", "mmd_floor"):
        rows += emotion_rows(place, metric, of(metric)[0])
    rows += emotion_rows(place, "fad_inf", np.full(len(place.emotions), np.nan))
    rows += emotion_rows(place, "fad_excess", of("fad_signal") - of("fad_floor"))
    return rows + emotion_rows(place, "mmd", without_bias(own(of("mmd")), place.geometry, place.jackknife.stratum))


def relative_rows(place: Place, one: Compared) -> list[Score]:
    """What has no unit, of a layer as of the mean over layers; the emotion bias first."""
    rows = bias_rows(place, one)
    rows += emotion_rows(place, "relative_mmd", own(one.relative))
    rows += emotion_rows(place, "nearer", nearer(one.relative), tested=True)
    rows += emotion_rows(place, "deviation", deviation(one.relative), tested=True)
    there = {"source": place.distances.datasets[0], "target": place.distances.datasets[1]}
    back = {"source": there["target"], "target": there["source"]}
    matrix = one.relative[0]
    rows.append(_matched(place, "correspondence", correspondence, matrix, there))
    rows.append(_matched(place, "nearest", nearest, matrix, there))
    rows.append(_matched(place, "nearest", nearest, matrix.T, back))
    rows += [_retrieval(place, one.retrieved[:, query], more) for query, more in enumerate((there, back))]
    rows.append(_matched(place, "fad_correspondence", correspondence, one.fad_equal, there))
    return rows


def bias_rows(place: Place, one: Compared) -> list[Score]:
    """How much emotions differ in how far speech is from music, and what permuted labels show of it.

    The p of the bias is that emotions are equally far; the p of permuted labels is that labels mean nothing.
    """
    values = own(one.relative)
    known = covariance(place.jackknife, values)
    if known is None or (place.geometry == ALIGNED and len(place.emotions) == TIED):
        return [row(place, metric, np.nan) for metric in (EMOTION_BIAS, f"{EMOTION_BIAS}_null")]
    found = spread(values[0], known, place.jackknife.freedom)
    sure = not place.jackknife.few
    interval, p = (Interval(found.low, found.high), found.p) if sure else (None, None)
    return [row(place, EMOTION_BIAS, found.value, interval, p), _null_row(place, one)]


def _null_row(place: Place, one: Compared) -> Score:
    """Standard deviation of the distances where labels are permuted, noise included, and how often it is as large."""
    metric, unit = f"{EMOTION_BIAS}_null", between_emotions(one.mmd[0])
    if not np.isfinite(one.null).all() or place.distances.movable.min() < MOVABLE:
        return row(place, metric, np.nan)
    by_chance = one.null.var(axis=1, ddof=1)
    p = (1 + int((by_chance >= one.found.var(ddof=1)).sum())) / (1 + len(by_chance))
    return row(place, metric, float(np.sqrt(by_chance.mean()) / unit), p=p)


def _matched(place: Place, metric: str, test: Any, matrix: Array, more: Mapping[str, str]) -> Score:
    """How well equal emotions go together, with its p over all ways to match them."""
    if not np.isfinite(matrix).all():
        return row(place, metric, np.nan, more=more)
    found: Correspondence = test(matrix)
    return row(place, metric, found.value, p=found.p, more=more)


def _retrieval(place: Place, retrieved: Array, more: Mapping[str, str]) -> Score:
    """How often is a person's emotion found among other people's of the other dataset? (layers, P, E) retrieved."""
    asked = np.isfinite(retrieved) & (retrieved >= 0)
    right = asked & (retrieved == np.arange(retrieved.shape[-1]))
    people = np.stack([right.sum(axis=(0, 2)), asked.sum(axis=(0, 2))], axis=1)
    people = people[people[:, 1] > 0]
    if not len(people):
        return row(place, "retrieval", np.nan, more=more)
    return row(place, "retrieval", _share(people.sum(axis=0)), people_interval(people, _share), more=more)


def _share(sums: Array) -> Any:
    """Right answers of those asked."""
    return sums[..., 0] / sums[..., 1]
