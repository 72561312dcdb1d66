"""Do two measurements of one question say the same, as far as two machines can?

Other threads, batches and devices change features in their last digits (`docs/design.md`, section 4). So convex heads
agree where 99.5 % of their test decisions are equal; values of dimensions count as equal within a hundredth of the
range. Training multiplies last digits: trained methods agree where the headlines differ by at most two standard
deviations over seeds (never less than .005). Distances agree within a thousandth of the largest of their kind. Of a
record without its table the headline alone is held against the other, as strictly.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emobench.domain.cards import Attribute
from emobench.domain.record import Record, Score
from emobench.leaderboard.comparing.comparable import asked_otherwise, on_other_data
from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.recomputing import emotion_distances
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM
from emobench.views.tables import number

Array = np.ndarray[Any, Any]
EQUAL_SHARE = 0.995  # of the decisions
LEAST_SPREAD = 0.005  # of a score: what half a percent of other decisions can do
SEED_DEVIATIONS = 2.0
RANGE_SHARE = 0.01  # of the range of a dimension: values nearer than that count as equal
NEAR = 1e-3  # distances, in parts of the largest of their kind
CONVEX = (FROZEN, WEIGHTED_SUM)
DRAWN = ("null", "retrieved")  # draws of labels, and ranks: no distances
DISTANCES = ("mmd", "fad")
COURSE = ("method", "layer", "condition", "source", "target", "fraction", "seed", "view", "dataset", "clip")


@dataclass(frozen=True)
class Agreement:
    """What two measurements have in common.

    Attributes:
        agrees: whether the second repeats the first.
        why: in words, without a full stop.
        decisions: how many test decisions of convex heads were compared; None where there was no table to compare.
        equal: how many of them were equal.
        largest: the largest difference of a score over all folds and seeds, in words (first, second); empty where
            there is none.
        same_question: whether there was anything to repeat.
    """

    agrees: bool
    why: str
    decisions: int | None = None
    equal: int | None = None
    largest: str = ""
    same_question: bool = True


def agreement_of(first: Measured, second: Measured) -> Agreement:
    """Whether the second repeats the first.

    Args:
        first: what stands.
        second: what was measured again; weights and versions may differ, the question may not.

    Raises:
        DataError, KeyError, ValueError, TypeError: tables that do not have the form of their task.
    """
    reason = on_other_data(first.record, second.record) or "; ".join(asked_otherwise(first.record, second.record))
    if reason or first.record.asked["backbone"] != second.record.asked["backbone"]:
        return Agreement(False, f"another question: {reason or 'another backbone'}", same_question=False)
    largest = _largest(first.record, second.record)
    if first.record.asked["task"] == "fad_bias":
        return _of_distances(first, second, largest)
    return _of_decisions(first, second, largest)


def _of_decisions(first: Measured, second: Measured, largest: str) -> Agreement:
    within, headline = _headlines(first.record, second.record)
    if first.table is None or second.table is None:
        return Agreement(within, f"{headline}; there are no predictions to compare", largest=largest)
    compared, equal, lacking = _decisions(first.record, first.table, second.table)
    if lacking:
        return Agreement(False, f"{lacking} test predictions are in one of them only", compared, equal, largest)
    told = f"all {compared:,}" if equal == compared else f"{equal:,} of {compared:,}"
    decided = [f"{told} decisions equal"] if compared else []
    agrees = within and equal >= EQUAL_SHARE * compared
    return Agreement(agrees, ", ".join([*decided, headline]), compared, equal, largest)


def _headlines(first: Record, second: Record) -> tuple[bool, str]:
    """Whether the headlines are as near as seeds are, and how they read."""
    one, other = first.found.headline.value, second.found.headline.value
    name = first.found.headline.metric.upper().replace("_", " ")
    if one is None or other is None:
        return one == other, f"{name} {number(other) or 'none'}" + (" as there" if one == other else "")
    if number(one) == number(other):
        return True, f"{name} {number(other)} as there"
    reach = max(LEAST_SPREAD, SEED_DEVIATIONS * _spread(first, second))
    return abs(one - other) <= reach, f"{name} {number(other)} (there {number(one)}; {number(reach)} may lie between)"


def _spread(first: Record, second: Record) -> float:
    """Standard deviation over seeds of a headline: of both records together, 0 where nothing was drawn."""
    variances = [variance for record in (first, second) if (variance := _variance_of(record)) is not None]
    return float(np.sqrt(np.mean(variances))) if variances else 0.0


def _variance_of(record: Record) -> float | None:
    """The headline is a mean over directions: so are the values of a seed."""
    by_seed: dict[int, list[float]] = {}
    for row in record.found.scores:
        drawn = row.seed is not None and row.fold is None and row.class_ is None and row.fraction in (None, 1.0)
        mine = (row.method, row.condition, row.metric) == ("chosen", "two_stage", record.found.headline.metric)
        if drawn and mine and row.seed is not None and row.value is not None:
            by_seed.setdefault(row.seed, []).append(row.value)
    means = [float(np.mean(values)) for values in by_seed.values()]
    return float(np.var(means, ddof=1)) if len(means) > 1 else None


def _decisions(record: Record, first: pa.Table, second: pa.Table) -> tuple[int, int, int]:
    """Test decisions of convex heads that both have, how many are equal, and how many only one has."""
    attribute = Attribute.model_validate(record.used["attribute"])
    one, other = (_by_course(table) for table in (first, second))
    shared = one.keys() & other.keys()
    equal = sum(_same(attribute, one[course], other[course]) for course in shared)
    return len(shared), equal, len(one) + len(other) - 2 * len(shared)


def _by_course(table: pa.Table) -> dict[tuple[Any, ...], Any]:
    """The prediction of every test row of a convex head, by what tells it apart."""
    tested = pc.and_(pc.equal(table["split"], "test"), pc.is_in(table["method"].cast(pa.string()), pa.array(CONVEX)))
    rows = table.filter(tested)
    columns = [rows[name].to_pylist() for name in COURSE if name in rows.column_names]
    return dict(zip(zip(*columns, strict=True), rows["prediction"].to_pylist(), strict=True))


def _same(attribute: Attribute, one: Any, other: Any) -> bool:
    if attribute.low is None or attribute.high is None:
        return bool(one == other)
    return abs(float(one) - float(other)) <= RANGE_SHARE * (attribute.high - attribute.low)


def _of_distances(first: Measured, second: Measured, largest: str) -> Agreement:
    arrays = [_arrays(measured) for measured in (first, second)]
    same = arrays[0].keys() == arrays[1].keys()
    apart = max((_relative(arrays[0][name], arrays[1][name]) for name in arrays[0]), default=0.0) if same else np.inf
    told = "distances of another form" if np.isinf(apart) else f"distances equal within {apart:.1g} of the largest"
    if not apart:
        told = "all distances equal"
    return Agreement(apart <= NEAR, f"{told}, {_headlines(first.record, second.record)[1]}", largest=largest)


def _arrays(measured: Measured) -> dict[tuple[str, ...], Array]:
    """Every array of distances by view, layer and name; without a table the rows that are distances, by metric."""
    if measured.table is not None:
        views = emotion_distances(measured.record, measured.table).views
        return {
            (view, layer, name): values
            for view, layers in views.items()
            for layer, arrays in layers.items()
            for name, values in arrays.items()
            if name.split(".")[1] not in DRAWN
        }
    rows = [row for row in measured.record.found.scores if row.metric in DISTANCES and row.fold is None]
    places = dict.fromkeys((str(row.view), str(row.layer), f"{row.geometry}.{row.metric}") for row in rows)
    return {
        place: np.array(
            [row.value for row in rows if (row.view, row.layer, f"{row.geometry}.{row.metric}") == place], np.float64
        )
        for place in places
    }


def _relative(one: Array, other: Array) -> float:
    """The largest difference of two arrays in parts of the largest number; infinite where they have other forms."""
    if one.shape != other.shape or (np.isnan(one) != np.isnan(other)).any():
        return np.inf
    here, there = np.nan_to_num(one), np.nan_to_num(other)
    size = max(float(np.abs(here).max(initial=0.0)), float(np.abs(there).max(initial=0.0)))
    return float(np.abs(here - there).max(initial=0.0)) / size if size else 0.0


def _key(row: Score) -> tuple[Any, ...]:
    """What a score is about."""
    numbers = ("value", "low", "high", "p", "n_clips", "n_groups")
    return tuple(value for name, value in row.model_dump().items() if name not in numbers)


def _largest(first: Record, second: Record) -> str:
    """The score over all folds and seeds that differs most; rows that only one has first."""
    one, other = (
        {_key(row): row for row in record.found.scores if row.fold is None and row.seed is None}
        for record in (first, second)
    )
    pairs = [
        (row, there)
        for key, row in one.items()
        if (there := other.get(key)) is not None and row.value is not None and there.value is not None
    ]
    apart = [abs(row.value - there.value) for row, there in pairs if row.value is not None and there.value is not None]
    if not apart or max(apart) == 0:
        return ""
    row, there = pairs[int(np.argmax(apart))]
    layer = None if row.layer is None else f"layer {row.layer}"
    about = (row.condition, row.method, layer, row.source, row.target, row.geometry, row.view, row.class_, row.class_b)
    return f"{row.metric} ({', '.join(str(part) for part in about if part)}): {row.value:g}, {there.value:g}"
