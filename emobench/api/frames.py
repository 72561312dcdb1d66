"""How do rows of a record become a table of pandas? All columns, always of the same types, and rows by their values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line
from emobench.domain.record import Score
from emobench.domain.suggestion import unknown

if TYPE_CHECKING:
    import pyarrow as pa
    from pandas import DataFrame

COLUMNS = tuple(field.alias or name for name, field in Score.model_fields.items())
NUMBERS = ("strength", "fraction", "value", "low", "high", "p", "development_score", "detectable")
COUNTS = ("fold", "seed", "n_clips", "n_groups", "clips", "people", "draw")
TRUTHS = ("chosen",)
SHOWN = 80  # letters of a value that is refused
Value = str | float | None


def as_frame(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> "DataFrame":
    """A table with columns of these names, of rows that may lack some."""
    listed = list(rows)
    return frame_of({name: [row.get(name) for row in listed] for name in names})


def frame_of(columns: Mapping[str, Sequence[Any]]) -> "DataFrame":
    """A table: floats are float64 (NaN for nothing), counts Int64 (NA for nothing), all else as it stands."""
    import pandas as pd

    kinds = dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(TRUTHS, "bool")
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype=kinds.get(name, "object")) for name, values in columns.items()}
    )


def scores_frame(scores: Iterable[Score]) -> "DataFrame":
    """The rows of scores, under the names that they have in JSON."""
    return as_frame((row.model_dump(by_alias=True) for row in scores), COLUMNS)


def table_frame(table: "pa.Table") -> "DataFrame":
    """The table beside a record: texts as texts, so that columns can be held against each other."""
    return frame_of({name: table[name].to_pylist() for name in table.column_names})


def rows_where(frame: "DataFrame", where: Mapping[str, Value], what: str) -> "DataFrame":
    """The rows whose columns have these values; None stands for nothing.

    Raises:
        UsageError: no such column, a value that no row has, with a near miss, or several values.
    """
    for given, value in where.items():
        if isinstance(value, Iterable) and not isinstance(value, str):
            raise UsageError(
                f"{given} takes one value.",
                found=f"found: {on_one_line(repr(value)[:SHOWN])}",
                remedy=f"Several are asked for by pandas: frame[frame['{given}'].isin([...])].",
            )
        name = "class" if given == "class_" else given
        if name not in frame.columns:
            raise unknown(f"column of {what}", given, ["class_" if one == "class" else one for one in frame.columns])
        column = frame[name]
        known = column.dropna().unique().tolist()
        if value is not None and value not in known:
            if same := [one for one in known if str(one) == str(value)]:
                kinds = f"{type(same[0]).__name__}, not {type(value).__name__}"
                raise UsageError(f"no {given} {value!r}: it is {kinds}.", remedy=f"Write {given}={same[0]!r}.")
            raise unknown(name, str(value), [on_one_line(one) for one in known])
        frame = frame[column.isna() if value is None else (column == value).fillna(value=False)]
    return frame.reset_index(drop=True)
