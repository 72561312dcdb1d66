"""What was measured between two datasets, as the table beside a record, and read back from it.

One row a number, null where it is undefined. Rows without a view say who and what there is, in order: ``dataset``,
``layer`` (value: its width), ``block`` (value: its stratum), ``person``, ``clips`` (value: how many) and
``permutations`` (value: how many). So rows that were lost are missed, and what is read is what was measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
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
# What the axes of the quantities of a view are; the others' names are those of their columns.
AXES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    CLIPS: {
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
    },
    FRAMES: {
        "fad": ("class", "class_b"),
        "fad_inf": ("class",),
        "fad_inf_r2": ("class",),
        "fad_inf_unreplaced": ("class",),
        "fad_inf_unreplaced_r2": ("class",),
    },
}
VIEWS = tuple(AXES)
ORDERED = {"dataset": "dataset", "layer": "layer", "block": "left_out", "person": "group"}  # quantity -> column
CLIP_COUNTS, COUNTED = "clips", ("dataset", "group", "class")
PERMUTATIONS = "permutations"
QUANTITIES = (*dict.fromkeys(name for view in VIEWS for name in AXES[view]), *ORDERED, CLIP_COUNTS, PERMUTATIONS)
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

    Every layer has all arrays of clips in both geometries, and those of frames if any layer has one.

    Args:
        table: as `to_table` made it.
        attribute: the shared emotions.

    Raises:
        DataError: the table names what it does not list or the attribute has not, or rows are missing or stand twice.
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
    sizes["draw"] = int(_filled(column, _rows_of(column, PERMUTATIONS), PERMUTATIONS, (), sizes))
    counts = _filled(column, _rows_of(column, CLIP_COUNTS), CLIP_COUNTS, COUNTED, sizes)
    found = _arrays(column, sizes, names)
    return EmotionDistances(
        datasets=(datasets[0], datasets[1]),
        attribute=attribute,
        layers=layers,
        widths=tuple(_whole(column, "layer", "value").tolist()),
        people=people,
        blocks=blocks,
        block_of=_whole(column, "person", "left_out"),
        stratum=_whole(column, "block", "value"),
        clips_of=counts.astype(np.int64),
        arrays=found[CLIPS],
        frames=found.get(FRAMES, {}),
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
    draws = len(distances.arrays[distances.layers[0]][f"{GEOMETRIES[0]}.null"])
    yield _rows({"quantity": QUANTITIES.index(PERMUTATIONS)}, {}, np.array(draws, dtype=np.float64))


def _numbers(distances: EmotionDistances) -> Iterator[Codes]:
    """Rows of every array."""
    for view, by_layer in distances.views.items():
        for layer, arrays in by_layer.items():
            for name, values in arrays.items():
                geometry, quantity = name.split(".")
                unit = {"view": VIEWS.index(view), "layer": distances.layers.index(layer)}
                unit |= {"geometry": GEOMETRIES.index(geometry), "quantity": QUANTITIES.index(quantity)}
                yield _rows(unit, _places(AXES[view][quantity], values), values)


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
    """The names of datasets, layers, blocks or people, in order. Raises DataError where one is missing."""
    rows = table.filter(pc.equal(table["quantity"], quantity)).sort_by("draw")
    if not rows.num_rows or rows["draw"].to_pylist() != list(range(rows.num_rows)):
        raise DataError("the table is not whole.", found=f"rows '{quantity}' number {rows['draw'].to_pylist()}")
    return tuple(rows[ORDERED[quantity]].to_pylist())


def _rows_of(column: Codes, quantity: str) -> Counts:
    """The places of the rows of a quantity that needs no view."""
    return np.flatnonzero(column["quantity"] == QUANTITIES.index(quantity))


def _whole(column: Codes, quantity: str, name: str) -> Counts:
    """Whole numbers of a column, in the order of `_listed`."""
    rows = _rows_of(column, quantity)
    numbers: Counts = column[name][rows[np.argsort(column["draw"][rows])]].astype(np.int64)
    return numbers


def _arrays(
    column: Codes, sizes: Mapping[str, int], names: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, dict[str, Array]]]:
    """View -> layer -> name -> array. Raises DataError where an array is not whole, or is none of its view."""
    rows_of = dict(_units(column, names))
    found: dict[str, dict[str, dict[str, Array]]] = {}
    for view in VIEWS if any(unit[0] == FRAMES for unit in rows_of) else (CLIPS,):
        for layer, geometry, (quantity, axes) in product(names["layer"], GEOMETRIES, AXES[view].items()):
            rows = rows_of.pop((view, layer, geometry, quantity), np.zeros(0, np.int64))
            values = _filled(column, rows, quantity, axes, sizes)
            found.setdefault(view, {}).setdefault(layer, {})[f"{geometry}.{quantity}"] = values
    if rows_of:
        raise DataError("the table does not fit its record.", found=f"arrays that no view has: {list(rows_of)}")
    return found


def _units(column: Codes, names: Mapping[str, Sequence[str]]) -> Iterator[tuple[tuple[str | None, ...], Counts]]:
    """View, layer, geometry and quantity of every array that there is, and its rows."""
    measured = np.flatnonzero(column["view"] >= 0)
    codes = np.array([column[name][measured] for name in UNIT])
    order = np.lexsort(codes)
    ends = np.flatnonzero((np.diff(codes[:, order]) != 0).any(axis=0)) + 1
    for rows in np.split(measured[order], ends) if len(measured) else ():
        places = {name: int(column[name][rows[0]]) for name in UNIT}
        yield tuple(names[name][place] if place >= 0 else None for name, place in places.items()), rows


def _filled(column: Codes, rows: Counts, quantity: str, axes: tuple[str, ...], sizes: Mapping[str, int]) -> Array:
    """One array from its rows. Raises DataError where one is missing or stands twice."""
    shape = tuple(sizes[axis] for axis in axes)
    places = [column[LEFT_OUT.get(axis, axis)][rows] + int(axis == ALL_OR_BLOCK) for axis in axes]
    flat = np.ravel_multi_index(places, shape, mode="clip") if axes else np.zeros(len(rows), dtype=np.int64)
    if len(rows) != np.prod(shape) or len(np.unique(flat)) != len(rows):
        raise DataError("the table is not whole.", found=f"{len(rows)} rows of an array '{quantity}' of shape {shape}")
    values = np.empty(len(rows))
    values[flat] = column["value"][rows]
    return values.reshape(shape)
