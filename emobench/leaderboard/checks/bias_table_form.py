"""Does a table of `fad_bias` name the layers, people and clips of its record, and nothing else?"""

import numpy as np
import pyarrow as pa

from emobench.domain.errors import CheckError
from emobench.domain.record import Record
from emobench.leaderboard.checks.table_columns import each_once, finite, named, whole
from emobench.tasks.bias_layer import PERMUTATIONS
from emobench.tasks.bias_table import QUANTITIES, TEXTS, VIEWS
from emobench.tasks.emotion_distances import GEOMETRIES

MOST_DRAWS = 1_000_000


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
