"""Do scores, choices and notes of a record follow from its table?

Stored numbers have six significant digits. A stored number is taken when some number within 2e-6 of the recomputed one
(relative, and 1e-9 absolute) is written like it: another machine's numpy may differ that much, and nobody more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from emobench.domain.canonical import rounded
from emobench.domain.record import Found

RELATIVE, ABSOLUTE = 2e-6, 1e-9
MOST_TOLD = 12
NUMBERS = ("value", "low", "high", "p", "n_clips", "n_groups")
# What happened in training is in no table.
GRADIENTS = re.compile(r"^[A-Za-z0-9][\w.+-]*: up to [1-9]\d* trainable weights got no gradient$")
Row = Mapping[str, Any]


def number_problems(stored: Row, again: Found) -> list[tuple[str, str]]:
    """What differs between what is stored and what was found again: rules and lines, at most twelve each.

    Args:
        stored: the ``found`` of a record, as JSON holds it.
        again: the same, recomputed.
    """
    exact = again.model_dump(mode="json", by_alias=True)
    if stored == rounded(exact):
        return []
    if rounded(stored) != stored:
        return [("form", "found: a number has more than six significant digits")]
    rules = {
        "scores": [*_headline(stored["headline"], exact["headline"]), *_scores(stored["scores"], exact["scores"])],
        "choices": list(_choices(stored["choices"], exact["choices"])),
        "notes": list(_notes(stored["notes"], exact["notes"])),
    }
    return [(rule, line) for rule, lines in rules.items() for line in _first(lines)]


def same(stored: Any, again: Any) -> bool:
    """Whether a stored value is what the recomputed one is written as, but for the last digit of another machine."""
    if isinstance(stored, bool) or isinstance(again, bool) or not _are_numbers(stored, again):
        return type(stored) is type(again) and bool(stored == again)
    slack = abs(again) * RELATIVE + ABSOLUTE
    return bool(rounded(float(again - slack)) <= stored <= rounded(float(again + slack)))


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _headline(stored: Row, again: Row) -> Iterator[str]:
    for name in again:
        if not same(stored[name], again[name]):
            yield f"headline: {name} is {stored[name]}, recomputed {_short(again[name])}"


def _scores(stored: Sequence[Row], again: Sequence[Row]) -> Iterator[str]:
    kept = {_facts(row, NUMBERS): row for row in stored}
    made = {_facts(row, NUMBERS): row for row in again}
    if len(kept) != len(stored):
        yield f"{len(stored) - len(kept)} scores stand twice"
    for facts, row in made.items():
        if facts not in kept:
            yield f"no score {_named(row, NUMBERS)}, recomputed {_short(row['value'])}"
            continue
        wrong = [name for name in NUMBERS if not same(kept[facts][name], row[name])]
        for name in wrong:
            yield f"{_named(row, NUMBERS)}: {name} is {kept[facts][name]}, recomputed {_short(row[name])}"
    for facts, row in kept.items():
        if facts not in made:
            yield f"a score {_named(row, NUMBERS)} that the table does not give"
    if list(kept) != list(made) and set(kept) == set(made):
        yield "scores stand in another order"


def _choices(stored: Sequence[Row], again: Sequence[Row]) -> Iterator[str]:
    said = ("development_score", "chosen")
    for row, other in zip_longest(stored, again):
        if row is None or other is None:
            yield f"{len(stored)} choices, recomputed {len(again)}"
            return
        if _facts(row, said) != _facts(other, said):
            yield f"a choice about {_named(row, said)}, recomputed one about {_named(other, said)}"
            return
        for name in said:
            if not same(row[name], other[name]):
                yield f"choice {_named(row, said)}: {name} is {row[name]}, recomputed {_short(other[name])}"


def _notes(stored: Sequence[str], again: Sequence[str]) -> Iterator[str]:
    kept = [note for note in stored if not GRADIENTS.match(note)]
    for note in kept:
        if note not in again:
            yield f"a note that does not follow: '{note}'"
    for note in again:
        if note not in kept:
            yield f"no note '{note}'"
    if sorted(kept) == sorted(again) and kept != list(again):
        yield "notes stand in another order"
    if len(kept) != len(set(kept)):
        yield "a note stands twice"


def _facts(row: Row, numbers: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What a row is about; numbers as they are written, so that 1 and 1.0 are the same."""
    return tuple(sorted((name, _written(value)) for name, value in row.items() if name not in numbers))


def _written(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return repr(value)
    return repr(rounded(float(value)))


def _named(row: Row, numbers: Sequence[str]) -> str:
    return " ".join(f"{name}={value}" for name, value in row.items() if name not in numbers and value is not None)


def _short(value: Any) -> Any:
    return rounded(value) if isinstance(value, float) else value


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - MOST_TOLD
    return list(lines) if more <= 0 else [*lines[:MOST_TOLD], f"and {more} more"]
