"""Does a table of `fad_bias` name the layers, people and clips of its record, and nothing else?"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from emobench.domain.errors import CheckError
from emobench.domain.record import Record
from emobench.leaderboard.checks.table_columns import Codes, Column, each_once, finite, named, whole
from emobench.tasks.bias_layer import PERMUTATIONS
from emobench.tasks.bias_table import (
    ALL_OR_BLOCK,
    AXES,
    CLIP_COUNTS,
    COUNTED,
    LEFT_OUT,
    ORDERED,
    QUANTITIES,
    TEXTS,
    UNIT,
    VIEWS,
)
from emobench.tasks.emotion_distances import GEOMETRIES

MOST_DRAWS = 1_000_000
# Quantity -> view (None where it has none) -> what its rows are about.
AXES_OF: Mapping[str, Mapping[str | None, tuple[str, ...]]] = {
    "person": {None: ("group", "left_out", "draw")},
    CLIP_COUNTS: {None: COUNTED},
    "permutations": {None: ()},
    **{quantity: {None: (column, "draw")} for quantity, column in ORDERED.items() if quantity != "person"},
    **{
        quantity: {view: (*UNIT[:3], *axes[quantity]) for view, axes in AXES.items() if quantity in axes}
        for quantity in dict.fromkeys(name for axes in AXES.values() for name in axes)
    },
}


def check_bias_table(record: Record, table: pa.Table) -> None:
    """Raises CheckError where the rows are not those of a record of `fad_bias`.

    That every array is whole is held by `bias_table.from_table`, which reads them.
    """
    used = record.used
    layers = [layer["name"] for layer in used["backbone"]["card"]["layers"]]
    people = set().union(*(data["groups"] for data in used["datasets"].values()))
    classes = used["attribute"]["classes"]
    views = VIEWS if record.asked["options"]["fad_bias"]["view"] == "frames" else VIEWS[:1]
    allowed = {
        "layer": layers, "geometry": GEOMETRIES, "view": views, "quantity": QUANTITIES, "left_out": None,
        "dataset": record.asked["datasets"], "group": people, "class": classes, "class_b": classes,
    }  # fmt: skip
    columns = {name: named(table, name, allowed[name], nulls=name != "quantity") for name in TEXTS}
    draw = whole(table, "draw", 0, MOST_DRAWS, nulls=True)
    value = finite(table, "value", nulls=True)
    _check_axes({**{name: column.codes for name, column in columns.items()}, "draw": draw}, columns)
    retrieved = value[columns["quantity"].codes == columns["quantity"].place("retrieved")]
    known = retrieved[np.isfinite(retrieved)]
    if (known != np.round(known)).any() or ((known < -1) | (known >= len(classes))).any():
        raise CheckError("a row 'retrieved' has a value that is no class")
    each_once([*(column.codes for column in columns.values()), draw], "names and draw")
    quantity = columns["quantity"]
    drawn = value[quantity.codes == quantity.place("permutations")].tolist()
    if drawn != [float(PERMUTATIONS)]:
        raise CheckError(f"{drawn} permutations, expected {PERMUTATIONS}")
    widths = {layer["name"]: layer["width"] for layer in used["backbone"]["card"]["layers"]}
    rows = np.flatnonzero(quantity.codes == quantity.place("layer"))
    found = {columns["layer"].names[columns["layer"].codes[row]]: value[row] for row in rows}
    if found != {name: float(width) for name, width in widths.items()}:
        raise CheckError("layers and widths are not those of the card")


def _check_axes(codes: Mapping[str, Codes], columns: Mapping[str, Column]) -> None:
    """Raises CheckError where a row names what its quantity is not about, or lacks what it is about."""
    quantity, view = columns["quantity"], columns["view"]
    for name, told in AXES_OF.items():
        for one, about in told.items():
            mine = quantity.codes == quantity.place(name)
            mine &= (view.codes < 0) if one is None else (view.codes == view.place(one))
            for column, values in codes.items():
                if column == "quantity" or (column == "left_out" and ALL_OR_BLOCK in about):
                    continue
                wanted = column in {LEFT_OUT.get(axis, axis) for axis in about}
                if ((values[mine] >= 0) != wanted).any():
                    raise CheckError(f"rows '{name}' {'without' if wanted else 'with'} a value of '{column}'")
