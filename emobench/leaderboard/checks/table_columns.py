"""What do the columns of a table hold, as numbers, and is every value one that may stand there?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from emobench.domain.errors import CheckError

Codes = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A column of names: the names, sorted, and the place of every row's among them, -1 for null."""

    names: tuple[str, ...]
    codes: Codes

    def place(self, name: str) -> int:
        """The place of a name; -2 where no row has it."""
        return self.names.index(name) if name in self.names else -2


def named(table: pa.Table, name: str, allowed: Collection[str] | None = None, *, nulls: bool = False) -> Column:
    """A column of names. Raises CheckError for a name that is not allowed, a name told twice, or a null."""
    whole = table[name].combine_chunks()
    told = whole.dictionary.to_pylist()
    if None in told or len(set(told)) != len(told):
        raise CheckError(f"column '{name}' lists a name twice, or none")
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if not nulls and (codes < 0).any():
        raise CheckError(f"column '{name}' has {int((codes < 0).sum())} rows without a value")
    used = np.unique(codes[codes >= 0]).tolist()
    strange = [] if allowed is None else sorted(told[place] for place in used if told[place] not in allowed)
    if strange:
        raise CheckError(f"column '{name}' names {_few(strange)}; expected {_few(sorted(allowed or ()))}")
    order = sorted(used, key=told.__getitem__)
    rank = np.full(len(told) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Column(tuple(told[place] for place in order), rank[codes])


def whole(table: pa.Table, name: str, low: int, high: int, *, nulls: bool = False) -> Codes:
    """A column of whole numbers from ``low`` to ``high``, -1 for null. Raises CheckError for others."""
    if not nulls and table[name].null_count:
        raise CheckError(f"column '{name}' has {table[name].null_count} rows without a value")
    missing = table[name].is_null().to_numpy()
    found: Codes = np.where(missing, -1, table[name].fill_null(0).to_numpy().astype(np.int64))
    if ((found[~missing] < low) | (found[~missing] > high)).any():
        raise CheckError(f"column '{name}' is outside {low} to {high}")
    return found


def among(table: pa.Table, name: str, allowed: Sequence[float], *, nulls: bool = False) -> Codes:
    """A column of numbers of a short list, as places in it, -1 for null. Raises CheckError for others."""
    if not nulls and table[name].null_count:
        raise CheckError(f"column '{name}' has {table[name].null_count} rows without a value")
    missing, values = table[name].is_null().to_numpy(), table[name].fill_null(0).to_numpy()
    known = np.array(sorted(allowed))
    place = np.searchsorted(known, values).clip(0, len(known) - 1)
    strange = (known[place] != values) & ~missing
    if strange.any():
        raise CheckError(f"column '{name}' has {values[strange][0]!r}, expected one of {known.tolist()}")
    codes: Codes = np.where(missing, -1, place)
    return codes


def finite(table: pa.Table, name: str, low: float = -np.inf, high: float = np.inf, *, nulls: bool = False) -> Numbers:
    """A column of finite numbers, nan for null. Raises CheckError for others."""
    if not nulls and table[name].null_count:
        raise CheckError(f"column '{name}' has {table[name].null_count} rows without a value")
    missing = table[name].is_null().to_numpy()
    values = table[name].fill_null(0).to_numpy().astype(np.float64)
    if not np.isfinite(values[~missing]).all() or ((values[~missing] < low) | (values[~missing] > high)).any():
        raise CheckError(f"column '{name}' has a value that is not finite, or outside {low} to {high}")
    return np.where(missing, np.nan, values)


def apart(of: Column, side: Column) -> Column:
    """``of`` within each name of ``side``: clips of two datasets may be called the same."""
    found, codes = np.unique(of.codes * len(side.names) + side.codes, return_inverse=True)
    return Column(tuple(of.names[code // len(side.names)] for code in found.tolist()), codes.astype(np.int64))


def constant_per(name: str, of: Column, values: NDArray[Any]) -> NDArray[Any]:
    """The one value of each clip that ``of`` names. Raises CheckError where one has several."""
    one = np.empty(len(of.names), dtype=values.dtype)
    one[of.codes] = values
    torn = np.flatnonzero(one[of.codes] != values)
    if len(torn):
        raise CheckError(f"clip '{of.names[of.codes[torn[0]]]}' has several values of '{name}'")
    return one


def each_once(columns: Sequence[Codes], what: str) -> None:
    """Raises CheckError where two rows agree in all columns of codes (-1 and more)."""
    code, _ = _joined(columns)
    doubled = len(code) - len(np.unique(code))
    if doubled:
        first = np.setdiff1d(np.arange(len(code)), np.unique(code, return_index=True)[1])[0]
        raise CheckError(f"{doubled} rows stand twice: the same {what}, the first of them row {first}")


def different(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """The different rows of columns of codes (-1 and more), sorted, (rows, columns), and which of them each row is."""
    code, sizes = _joined(columns)
    found, which = np.unique(code, return_inverse=True)
    rows: Codes = np.column_stack(np.unravel_index(found, sizes)) - 1
    return rows, which


def check_strengths(tested: Sequence[Codes], strength: Codes) -> None:
    """Raises CheckError where one of ``tested`` (part or course, and fold) has several strengths."""
    folds, of = different(tested)
    if len(different([of, strength])[0]) > len(folds):
        raise CheckError("a tested fold has several values of 'strength'")


def _joined(columns: Sequence[Codes]) -> tuple[Codes, list[int]]:
    """One code for every row of columns of codes (-1 and more), and how many codes each column has."""
    sizes = [int(column.max(initial=-1)) + 2 for column in columns]
    if float(np.prod([float(size) for size in sizes])) >= 2.0**62:
        raise CheckError("too many different values")
    code: Codes = np.ravel_multi_index([column + 1 for column in columns], sizes)
    return code, sizes


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
