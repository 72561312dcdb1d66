"""How do names and numbers become columns of a pair's table, and columns numbers again?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.tasks.pair_predictions import CONDITIONS

Array = np.ndarray[Any, Any]
SPLITS = ("dev", "test")


def named(names: Sequence[str], codes: Array) -> pa.Array:
    """The names at these places, null where a place is negative."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(list(names), pa.string())
    )


def repeated(names: Sequence[str], rows: Array) -> pa.Array:
    """``names[rows]``, where a name may stand more than once among the names."""
    different = sorted(set(names))
    place = {name: index for index, name in enumerate(different)}
    return named(different, np.array([place[name] for name in names], dtype=np.int64)[rows])


def judged(attribute: Attribute, values: Array) -> pa.Array:
    """Truth or predictions, as class names or float32; null where absent."""
    if attribute.classes:
        return named(attribute.classes, values)
    return pa.array(values.astype(np.float32), mask=np.isnan(values))


def numbers(
    table: pa.Table, attribute: Attribute, sides: Sequence[str], methods: Sequence[str], layers: Sequence[str]
) -> dict[str, Array]:
    """Columns as numbers: places in lists of names (clips: sorted), -1 for null; nan for no strength and no value.

    Raises:
        DataError: a name that is in none of the lists.
    """
    known = {"source": sides, "target": sides, "condition": CONDITIONS, "method": methods, "layer": layers}
    codes = {name: codes_of(table[name], names) for name, names in (known | {"split": SPLITS}).items()}
    said = {
        name: codes_of(table[name], attribute.classes)
        if attribute.classes
        else table[name].fill_null(np.nan).to_numpy().astype(np.float32)
        for name in ("truth", "prediction")
    }
    plain = {name: table[name].fill_null(np.nan).to_numpy() for name in ("fraction", "strength")}
    whole = {"seed": table["seed"].fill_null(-1).to_numpy(), "fold": table["fold"].to_numpy()}
    return codes | said | plain | whole | {"clip": codes_of(table["clip"], sorted(table["clip"].unique().to_pylist()))}


def codes_of(column: pa.ChunkedArray, names: Sequence[str]) -> Array:
    """Place of every value in ``names``, -1 for null. Raises DataError for a value that is not among them."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    values, place = whole.dictionary.to_pylist(), {name: index for index, name in enumerate(names)}
    strange = -2
    table = np.array([*(place.get(value, strange) for value in values), -1], dtype=np.int64)
    codes: Array = table[whole.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)]
    if (codes == strange).any():
        found = sorted({value for value in values if value not in place})
        raise DataError("the table does not fit its record.", found=f"values that the record does not name: {found}")
    return codes
