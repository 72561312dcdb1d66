"""Which curves over layers may be laid over each other? One a record and direction, as short lists for a script."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from emobench.domain.names import on_one_line
from emobench.domain.record import Record, Score
from emobench.tasks.emotion_distances import ALIGNED
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name

LONGEST = 40
BEST, CONTROLS = 2, 3  # curves shown at first


def overlay(
    records: Sequence[Record], geometry: str = ALIGNED, *, best: int = BEST, controls: int = CONTROLS
) -> Mapping[str, Any] | None:
    """The curves of records, in their order, and which are shown at first; None where no record has layers.

    ``curves``: ``name``, ``control``, ``shown``, ``points``: lists of layer, its place, its relative depth, value, low,
    high. ``metric``: what is measured. ``level``: ``value`` and ``name`` of the line of reference.

    Args:
        records: of one question.
        geometry: of distances, where a record has them.
        best: how many of the first models are shown at first.
        controls: how many of the first controls.
    """
    found = [(record, list(_curves(record, geometry))) for record in records]
    curves = [curve for _, same in found for curve in same]
    if not curves:
        return None
    names = _told_apart([curve["name"] for curve in curves])
    shown = [id(curve) for same in _first(found, best, controls) for curve in same]
    headline = records[0].found.headline
    metric = on_one_line(headline.metric)[:LONGEST]
    ranked = headline.higher_is_better is not None
    return {
        "curves": [
            {**curve, "name": name, "shown": id(curve) in shown} for curve, name in zip(curves, names, strict=True)
        ],
        "metric": metric.upper() if ranked else metric.replace("_", " "),
        "level": {"value": headline.chance, "name": "chance"} if ranked else {"value": 0.0, "name": "no bias"},
    }


def _first(
    found: Sequence[tuple[Record, list[dict[str, Any]]]], best: int, controls: int
) -> list[list[dict[str, Any]]]:
    """The curves of the first records and of the first controls."""
    drawn = [(is_control(record), same) for record, same in found if same]
    models = [same for control, same in drawn if not control][:best]
    return models + [same for control, same in drawn if control][:controls]


def _curves(record: Record, geometry: str) -> Iterator[dict[str, Any]]:
    """The curves of a record: of its probes, or of two stages in either direction, or of its distances."""
    places = _places(record)
    found: dict[str | None, list[list[Any]]] = {}
    for row in record.found.scores:
        if _drawn(record, row, geometry):
            place = places.get(str(row.layer), len(places))
            depth = place / max(1, len(places) - 1)
            point = [on_one_line(row.layer)[:LONGEST], place, round(depth, 4), row.value, row.low, row.high]
            found.setdefault(row.target, []).append(point)
    for target, points in found.items():
        more = f", to {target}" if len(found) > 1 else ""
        name = on_one_line(shown_name(record))[:LONGEST] + on_one_line(more)[:LONGEST]
        yield {"name": name, "control": is_control(record), "points": sorted(points, key=lambda point: point[1])}


def _drawn(record: Record, row: Score, geometry: str) -> bool:
    if row.layer is None or row.value is None or row.metric != record.found.headline.metric:
        return False
    summary = row.fold is None and row.seed is None and row.class_ is None and row.fraction in (None, 1.0)
    whole = row.view in ("all", "clips") and row.geometry in (None, geometry)
    return summary and whole and row.split in (None, "test") and row.condition in (None, "two_stage")


def _places(record: Record) -> dict[str, int]:
    """Layer -> its place: as the card lists them, else as the scores do."""
    listed = [str(layer["name"]) for layer in record.used["backbone"]["card"].get("layers", ())]
    scored = [row.layer for row in record.found.scores if row.layer is not None]
    return {name: place for place, name in enumerate(dict.fromkeys([*listed, *scored]))}


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names, those that come again with a number."""
    told: list[str] = []
    for name in names:
        numbers = (f"{name} ({number})" for number in count(2))
        told.append(name if name not in told else next(one for one in numbers if one not in {*told, *names}))
    return told
