"""Which rows of a `fad_bias` record answer a question, and what are its parts called in tables and pictures?"""

import textwrap
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emobench.domain.record import Record, Score
from emobench.tasks.emotion_distances import ALIGNED, CLIPS
from emobench.views.pair_rows import first_look, shown_name

SURE = 0.05  # the p after Holm below which a row is taken for shown
NOT_TESTED = "not tested"
LONGEST = 28  # letters of a name in a picture


def find(
    record: Record,
    metric: str,
    *,
    geometry: str = ALIGNED,
    layer: str | None = None,
    view: str = CLIPS,
    class_: str | None = None,
    class_b: str | None = None,
    source: str | None = None,
) -> Score | None:
    """The row with these fields; None where it was not measured.

    ``layer`` None is the mean over layers, ``class_`` and ``class_b`` the emotions of a cell; ``source``, where a query
    is from, is the first dataset where none is named.
    """
    wanted = (metric, geometry, layer, view, class_, class_b, source or datasets(record)[0])
    return next((row for row in record.found.scores if row.metric == metric and _fields(row) == wanted), None)


def _fields(row: Score) -> tuple[str | None, ...]:
    return (row.metric, row.geometry, row.layer, row.view, row.class_, row.class_b, row.source)


def cells(record: Record, metric: str, geometry: str, view: str = CLIPS) -> NDArray[np.float64]:
    """A matrix of the mean over layers: (E, E), emotions of the first dataset down, of the second across; nan: none."""
    names = emotions(record)
    values = {
        (row.class_, row.class_b): row.value
        for row in record.found.scores
        if (row.metric, row.geometry, row.layer, row.view) == (metric, geometry, None, view)
    }
    matrix = [[values.get((down, across)) for across in names] for down in names]
    return np.array(matrix, dtype=np.float64)  # None becomes nan


def datasets(record: Record) -> tuple[str, str]:
    """The names of the first (speech) and the second dataset (music)."""
    first, second = record.asked["datasets"]
    return str(first), str(second)


def sides(record: Record) -> tuple[str, str]:
    """What the two datasets are called beside each other: speech and music, or their names where both are the same."""
    first, second = datasets(record)
    one, other = (str(record.used["datasets"][name]["card"]["domain"]) for name in (first, second))
    return (one, other) if one != other else (first, second)


def emotions(record: Record) -> list[str]:
    """The emotions, in the order of the attribute."""
    return [str(name) for name in record.used["attribute"]["classes"]]


def layers(record: Record) -> list[str]:
    """The layers that were measured, in order."""
    rows = [row.layer for row in record.found.scores if row.metric == "emotion_bias" and row.layer is not None]
    return list(dict.fromkeys(rows))


def mean_over(record: Record) -> str:
    """How many layers the aligned mean over layers is over: those that have kernel distances."""
    known = [[find(record, "mmd", layer=layer, class_=name) for name in emotions(record)] for layer in layers(record)]
    used = sum(all(row is not None and row.value is not None for row in rows) for rows in known)
    return f"mean over {used} layers" if used == len(known) else f"mean over {used} of {len(known)} layers"


def chance(record: Record) -> float:
    """How often a retrieval is right when it guesses."""
    return 1 / len(emotions(record))


def nearest_right(record: Record, layer: str | None = None) -> str:
    """For how many emotions the nearest one of the other domain is the same, asked from either side."""
    rows = [find(record, "nearest", layer=layer, source=name) for name in datasets(record)]
    shares = [None if row is None else row.value for row in rows]
    return " and ".join("none" if part is None else f"{part * len(emotions(record)):.0f}" for part in shares)


def verdict(nearer: Score | None) -> str:
    """Whether an emotion is shared: nearer to itself than to others in the other domain, after Holm over emotions."""
    return _side(nearer, below="apart", above="shared", neither="not shown")


def near_or_far(deviation: Score | None) -> str:
    """Whether speech and music of an emotion are unlike as far apart as those of the mean emotion, after Holm."""
    return _side(deviation, below="near", above="far", neither="")


def _side(row: Score | None, *, below: str, above: str, neither: str) -> str:
    if row is None or row.value is None:
        return ""
    if row.p is None:
        return NOT_TESTED if neither else ""
    return neither if row.p >= SURE else above if row.value > 0 else below


def shortened(name: str, most: int = LONGEST) -> str:
    """A name as a picture has room for it."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def told_apart(names: Sequence[str], most: int) -> list[str]:
    """Names shortened for an axis; those that would read the same bear their number."""
    short = [shortened(name, most) for name in names]
    return [f"{one[: most - 4]}… {place + 1}" if short.count(one) > 1 else one for place, one in enumerate(short)]


def picture_title(record: Record, inches: float, more: str = "") -> str:
    """Whose picture it is, on which datasets, and whether it is a first look; in lines that fit the width."""
    (first, second), look = datasets(record), first_look(record)
    lines = [
        f"{shown_name(record)}: {record.asked['attribute']}{more}",
        f"{first} and {second}",
        *([f"a first look ({look})"] if look else []),
    ]
    return "\n".join(textwrap.fill(line, int(11 * inches), break_on_hyphens=False) for line in lines)
