"""Which label space has a column of somebody's table? Classes as written, or a dimension where its ends are given."""

import math
import re
import unicodedata
from collections.abc import Mapping

from emobench.datasets.table_columns import Columns
from emobench.datasets.table_file import Table
from emobench.domain.canonical import SIGNIFICANT_DIGITS
from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError, UsageError
from emobench.domain.names import on_one_line
from emobench.domain.suggestion import near_miss
from emobench.domain.table import TableOptions

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MOST_CLASSES = 100
LONGEST = 200  # characters of a label, a group or an id


def exact(cell: str) -> float | None:
    """The number in a cell, with all its digits; None where it is none."""
    value = float(cell) if NUMBER.fullmatch(cell) else math.nan
    return value if math.isfinite(value) else None


def number(cell: str) -> float | None:
    """The number in a cell, with as many digits as records keep; None where it is none."""
    value = exact(cell)
    return None if value is None else float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def word(cell: str) -> str:
    """A label, group or name without spaces around it; one accent is one character, however the file writes it."""
    return unicodedata.normalize("NFC", cell.strip())


def said(cell: str) -> str:
    """What is wrong with a word that records are to hold; an empty string when nothing is."""
    if not cell:
        return "is empty"
    if len(cell) > LONGEST:
        return f"has {len(cell):,} characters, at most {LONGEST} go"
    return "" if cell.isprintable() else f"has characters that do not print: '{on_one_line(cell)}'"


def attributes_of(name: str, table: Table, columns: Columns, options: TableOptions) -> tuple[Attribute, ...]:
    """The label spaces of the dataset ``name``, sorted by name.

    An attribute with both ends is a dimension, any other one has classes: the different labels, in alphabetical order.
    Whole numbers are classes, too; numbers with fractions are refused, because they are hardly meant so.

    Raises:
        UsageError: one end without the other, ends of an attribute that is not read, fractions without ends.
        DataError: one class, or very many.
    """
    low, high = (_ends(name, which, getattr(options, which), columns.labels) for which in ("low", "high"))
    if lone := sorted(low.keys() ^ high.keys()):
        lacking = "table.high" if lone[0] in low else "table.low"
        raise UsageError(f"'{lone[0]}' of '{name}' has one end only.", remedy=f"Give the other one, too: {lacking}.")
    if reversed_ends := [attribute for attribute in low if low[attribute] >= high[attribute]]:
        one = reversed_ends[0]
        raise UsageError(
            f"table.low of '{one}' is not below table.high.",
            found=f"dataset '{name}': {low[one]:g} and {high[one]:g}",
            remedy="Exchange them.",
        )
    return tuple(
        Attribute(name=attribute, low=low[attribute], high=high[attribute])
        if attribute in low
        else Attribute(name=attribute, classes=_classes(name, table, attribute, column))
        for attribute, column in columns.labels.items()
    )


def _ends(
    name: str, which: str, given: float | Mapping[str, float] | None, labels: Mapping[str, str]
) -> dict[str, float]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if len(labels) > 1:
            raise UsageError(
                f"table.{which} of '{name}' may mean {' or '.join(labels)}.",
                remedy=f"Say which: --set 'table.{which}={{\"{next(iter(labels))}\": {given:g}}}'.",
            )
        return dict.fromkeys(labels, given)
    for attribute in given:
        if attribute not in labels:
            raise UsageError(
                f"table.{which} names '{attribute}', which is no attribute of '{name}'. "
                f"{near_miss(attribute, labels)}".rstrip(),
                remedy=f"Attributes: {', '.join(labels)}. More: --set table.labels=ATTRIBUTE,ATTRIBUTE.",
            )
    return dict(given)


def _classes(name: str, table: Table, attribute: str, column: str) -> tuple[str, ...]:
    labels = sorted({word(row.cells[column]) for row in table.rows} - {""})
    numbers = bool(labels) and all(NUMBER.fullmatch(label) for label in labels)
    if numbers and not all(re.fullmatch(r"[+-]?\d+", label) for label in labels):
        raise UsageError(
            f"the labels of '{attribute}' in '{name}' are numbers with fractions, and nothing says their ends.",
            found=f"column '{on_one_line(column)}': {', '.join(labels[:5])}{' ...' if len(labels) > 5 else ''}",
            remedy=f"A dimension has ends: --set table.low=NUMBER --set table.high=NUMBER (with several attributes "
            f"'table.low={{\"{attribute}\": NUMBER}}').",
        )
    if len(labels) == 1:
        raise DataError(
            f"'{name}' has one class of '{attribute}' only: '{on_one_line(labels[0])}'.",
            found=f"column '{on_one_line(column)}'",
            remedy="Nothing can be told apart; name another column: --set table.labels=COLUMN.",
        )
    if len(labels) > MOST_CLASSES:
        raise DataError(
            f"'{name}' has {len(labels):,} classes of '{attribute}' in {len(table.rows):,} rows; at most "
            f"{MOST_CLASSES} go.",
            found=f"column '{on_one_line(column)}': {', '.join(map(on_one_line, labels[:3]))} ...",
            remedy="Name another column: --set table.labels=COLUMN; numbers are a dimension with table.low and "
            "table.high.",
        )  # fmt: skip
    return tuple(sorted(labels, key=float)) if numbers else tuple(labels)
