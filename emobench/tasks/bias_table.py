"""What was measured between two datasets, as the table beside a record, and read back from it.

One row a number, null where it is undefined. Rows without a view say who and what there is, in order: ``dataset``,
``layer`` (value: its width), ``block`` (value: its stratum), ``person`` and ``clips`` (value: how many).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.tasks.emotion_distances import CLIPS, FRAMES, GEOMETRIES, Array, Counts, EmotionDistances
from emobench.tasks.pair_columns import codes_of, named

Codes = dict[str, NDArray[Any]]
BLOCK, ALL_OR_BLOCK = "block", "all_or_block"
LEFT_OUT = {BLOCK: "left_out", ALL_OR_BLOCK: "left_out"}  # both stand in one column, where null is nobody
# What the axes of a quantity are; the others' names are those of their columns.
AXES: Mapping[str, tuple[str, ...]] = {
    "bandwidth": (),
    "mmd": (ALL_OR_BLOCK, "class", "class_b"),
    "mmd_signal": (ALL_OR_BLOCK, "class"),
    "mmd_floor": (ALL_OR_BLOCK, "class"),
    "null": ("draw", "class"),
    "retrieved": ("dataset", "group", "class"),
    "fad": ("class", "class_b"),
    "fad_left_out": (BLOCK, "class"),
    "fad_equal": ("class", "class_b"),
    "fad_signal": (ALL_OR_BLOCK, "class"),
    "fad_floor": (ALL_OR_BLOCK, "class"),
    "fad_inf": ("class",),
    "fad_inf_r2": ("class",),
    "fad_inf_unreplaced": ("class",),
    "fad_inf_unreplaced_r2": ("class",),
}
ORDERED = {"dataset": "dataset", "layer": "layer", "block": "left_out", "person": "group"}  # quantity -> column
CLIP_COUNTS, COUNTED = "clips", ("dataset", "group", "class")
QUANTITIES = (*AXES, *ORDERED, CLIP_COUNTS)
VIEWS = (CLIPS, FRAMES)
TEXTS = ("layer", "geometry", "view", "quantity", "left_out", "dataset", "group", "class", "class_b")
UNIT = ("view", "layer", "geometry", "quantity")  # what tells arrays apart


def to_table(distances: EmotionDistances) -> pa.Table:
    """Every number with what it is about, and the names that say in which order they stand."""
    parts = [*_order(distances), *_numbers(distances)]
    column = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    names = _names(distances.attribute, distances.datasets, distances.layers, distances.blocks, distances.people)
    value = column["value"]
    return pa.table(
        {name: named(names[name], column[name]) for name in TEXTS}
        | {
            "draw": pa.array(column["draw"], pa.int32(), mask=column["draw"] < 0),
            "value": pa.array(value, pa.float32(), mask=np.isnan(value)),
        }
    )


def from_table(table: pa.Table, attribute: Attribute) -> EmotionDistances:
    """Read the table beside a record back; the rows may stand in any order.

    Args:
        table: as `to_table` made it.
        attribute: the shared emotions.

    Raises:
        DataError: the table names what it does not list or the attribute has not, or rows are missing.
    """
    table = table.unify_dictionaries()
    datasets, layers, blocks, people = (_listed(table, quantity) for quantity in ORDERED)
    if len(datasets) != 2:
        raise DataError("the table is not one of a pair.", found=f"datasets: {datasets}")
    names = _names(attribute, datasets, layers, blocks, people)
    column: Codes = {name: codes_of(table[name], names[name]) for name in TEXTS}
    column["draw"] = table["draw"].fill_null(-1).to_numpy()
    column["value"] = table["value"].fill_null(np.nan).to_numpy().astype(np.float64)
    sizes = {"dataset": 2, "group": len(people), "class": len(attribute.classes), "class_b": len(attribute.classes)}
    sizes |= {BLOCK: len(blocks), ALL_OR_BLOCK: 1 + len(blocks)}
    found = _arrays(column, sizes, layers)
    counted = np.flatnonzero(column["quantity"] == QUANTITIES.index(CLIP_COUNTS))
    return EmotionDistances(
        datasets=(datasets[0], datasets[1]),
        attribute=attribute,
        layers=layers,
        widths=tuple(_whole(column, "layer", "value").tolist()),
        people=people,
        blocks=blocks,
        block_of=_whole(column, "person", "left_out"),
        stratum=_whole(column, "block", "value"),
        clips_of=_filled(column, counted, COUNTED, sizes).astype(np.int64),
        arrays={layer: found.get((CLIPS, layer), {}) for layer in layers},
        frames={layer: found[FRAMES, layer] for layer in layers if (FRAMES, layer) in found},
    )


def _names(
    attribute: Attribute,
    datasets: tuple[str, ...],
    layers: tuple[str, ...],
    blocks: tuple[str, ...],
    people: tuple[str, ...],
) -> Mapping[str, Sequence[str]]:
    """What the places in every column of texts stand for."""
    emotions = {"class": attribute.classes, "class_b": attribute.classes}
    known = {"geometry": GEOMETRIES, "view": VIEWS, "quantity": QUANTITIES}
    return emotions | known | {"dataset": datasets, "layer": layers, "left_out": blocks, "group": people}


def _order(distances: EmotionDistances) -> Iterator[Codes]:
    """Rows of who and what there is."""
    size = {"layer": len(distances.layers), "block": len(distances.blocks), "person": len(distances.people)}
    place = {name: np.arange(count) for name, count in (size | {"dataset": 2}).items()}
    values = {"layer": distances.widths, "block": distances.stratum}
    more = {"person": {"left_out": distances.block_of}}
    for quantity, column in ORDERED.items():
        value = np.array(values.get(quantity, np.full(len(place[quantity]), np.nan)), dtype=np.float64)
        at = {column: place[quantity], "draw": place[quantity], **more.get(quantity, {})}
        yield _rows({"quantity": QUANTITIES.index(quantity)}, at, value)
    counts = distances.clips_of
    yield _rows({"quantity": QUANTITIES.index(CLIP_COUNTS)}, _places(COUNTED, counts), counts.astype(np.float64))


def _numbers(distances: EmotionDistances) -> Iterator[Codes]:
    """Rows of every array."""
    for view, by_layer in distances.views.items():
        for layer, arrays in by_layer.items():
            for name, values in arrays.items():
                geometry, quantity = name.split(".")
                unit = {"view": VIEWS.index(view), "layer": distances.layers.index(layer)}
                unit |= {"geometry": GEOMETRIES.index(geometry), "quantity": QUANTITIES.index(quantity)}
                yield _rows(unit, _places(AXES[quantity], values), values)


def _places(axes: tuple[str, ...], values: Array | Counts) -> Codes:
    """Column -> the place of every number on its axis; nobody left out is -1, and blocks count from 0."""
    places: Codes = dict(zip(axes, np.indices(values.shape), strict=True))
    return {LEFT_OUT.get(axis, axis): place - int(axis == ALL_OR_BLOCK) for axis, place in places.items()}


def _rows(unit: Mapping[str, int], places: Codes, values: Array) -> Codes:
    """As many rows as there are numbers; -1 is null."""
    absent = dict.fromkeys((*TEXTS, "draw"), np.full(values.size, -1))
    same = {name: np.full(values.size, code) for name, code in unit.items()}
    return absent | same | {name: place.ravel() for name, place in places.items()} | {"value": values.ravel()}


def _listed(table: pa.Table, quantity: str) -> tuple[str, ...]:
    """The names of datasets, layers, blocks or people, in order."""
    rows = table.filter(pc.equal(table["quantity"], quantity)).sort_by("draw")
    return tuple(rows[ORDERED[quantity]].to_pylist())


def _whole(column: Codes, quantity: str, name: str) -> Counts:
    """Whole numbers of a column, in the order of `_listed`."""
    rows = np.flatnonzero(column["quantity"] == QUANTITIES.index(quantity))
    numbers: Counts = column[name][rows[np.argsort(column["draw"][rows])]].astype(np.int64)
    return numbers


def _arrays(column: Codes, sizes: Mapping[str, int], layers: Sequence[str]) -> dict[tuple[str, str], dict[str, Array]]:
    """(view, layer) -> name -> array."""
    measured = np.flatnonzero(column["view"] >= 0)
    codes = np.array([column[name][measured] for name in UNIT])
    order = np.lexsort(codes)
    ends = np.flatnonzero((np.diff(codes[:, order]) != 0).any(axis=0)) + 1
    found: dict[tuple[str, str], dict[str, Array]] = {}
    for rows in np.split(measured[order], ends):
        view, layer, geometry, quantity = (int(column[name][rows[0]]) for name in UNIT)
        values = _filled(column, rows, AXES[QUANTITIES[quantity]], sizes)
        name = f"{GEOMETRIES[geometry]}.{QUANTITIES[quantity]}"
        found.setdefault((VIEWS[view], layers[layer]), {})[name] = values
    return found


def _filled(column: Codes, rows: Counts, axes: tuple[str, ...], sizes: Mapping[str, int]) -> Array:
    """One array from its rows. Raises DataError where one is missing or stands twice."""
    draws = int(column["draw"][rows].max(initial=-1)) + 1
    shape = tuple(draws if axis == "draw" else sizes[axis] for axis in axes)
    places = [column[LEFT_OUT.get(axis, axis)][rows] + int(axis == ALL_OR_BLOCK) for axis in axes]
    flat = np.ravel_multi_index(places, shape, mode="clip") if axes else np.zeros(len(rows), dtype=np.int64)
    if len(rows) != np.prod(shape) or len(np.unique(flat)) != len(rows):
        what = QUANTITIES[column["quantity"][rows[0]]] if len(rows) else CLIP_COUNTS
        raise DataError("the table is not whole.", found=f"{len(rows)} rows of an array '{what}' of shape {shape}")
    values = np.empty(len(rows))
    values[flat] = column["value"][rows]
    return values.reshape(shape)
