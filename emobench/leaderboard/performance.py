"""What did an entry say about every test clip? The predictions behind its headline, in the same order for everybody.

With the layer, strength and method that were chosen for each fold. Entries of the same identity tested the same clips,
so that they can be compared clip by clip and person by person. `fad_bias` describes and has no performance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emobench.domain.cards import Attribute
from emobench.domain.record import Record
from emobench.tasks.pair_predictions import TARGET_ONLY, TWO_STAGE
from emobench.tasks.people import People, Tested, people_of
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
WHOLE = 1.0
COLUMNS = (
    "clip", "group", "target", "condition", "method", "layer", "view", "fraction", "split", "fold", "seed", "truth",
    "prediction",
)  # fmt: skip
GAINED = (TARGET_ONLY, TWO_STAGE)
UNSEEN = "statement_disjoint"


@dataclass(frozen=True, eq=False)
class Answers:
    """What was said about one dataset.

    Attributes:
        dataset: that was tested on.
        clips: (n,) ids, sorted.
        groups: (n,) the person of every clip.
        truth: (n,) index of the class (int64), or value (float32).
        values: (conditions, seeds, n) predictions; the last condition is the headline's, the one before, where there
            is one, what it gains over (``target_only``).
    """

    dataset: str
    clips: tuple[str, ...]
    groups: tuple[str, ...]
    truth: Array
    values: Array


@dataclass(frozen=True, eq=False)
class Performance:
    """The answers of one entry, one dataset or both of a pair."""

    attribute: Attribute
    answers: tuple[Answers, ...]


def performance_of(record: Record, table: pa.Table) -> Performance | None:
    """The predictions behind the headline of a record; None where a task describes and does not rank.

    Args:
        record: measured whole (every fold).
        table: beside it; ``COLUMNS`` of it are enough.
    """
    make = MAKE.get(str(record.asked["task"]))
    return None if make is None else make(record, table)


def beside_headline(record: Record, table: pa.Table) -> Mapping[str, Answers]:
    """What else an entry of `layerwise` said of the same clips: ``weighted_sum``, and ``statement_disjoint`` of the
    layers that were chosen. What was not measured is left out; other tasks have nothing beside their headline.
    """
    if record.asked["task"] != "layerwise":
        return {}
    attribute, dataset = Attribute.model_validate(record.used["attribute"]), str(record.asked["dataset"])
    tested = table.filter(pc.equal(table["split"], "test"))
    rows = {
        WEIGHTED_SUM: tested.filter(pc.and_(pc.equal(tested["method"], WEIGHTED_SUM), pc.equal(tested["view"], "all"))),
        UNSEEN: _of_chosen_layers(record, table, UNSEEN),
    }
    return {name: _answers(attribute, dataset, found) for name, found in rows.items() if found.num_rows}


def people_in(performance: Performance) -> People:
    """Sums (people, datasets, conditions, seeds, statistics...) of everybody who was tested."""
    tested = [Tested(one.truth, one.groups, one.values) for one in performance.answers]
    return people_of(ruler_for(performance.attribute), tested)


def _layerwise(record: Record, table: pa.Table) -> Performance:
    attribute = Attribute.model_validate(record.used["attribute"])
    answers = _answers(attribute, str(record.asked["dataset"]), _of_chosen_layers(record, table))
    return Performance(attribute, (answers,))


def _answers(attribute: Attribute, dataset: str, rows: pa.Table) -> Answers:
    """Rows with one prediction of a clip each, sorted by clip."""
    rows = rows.take(pc.sort_indices(rows["clip"].cast(pa.string())))
    return Answers(
        dataset=dataset,
        clips=tuple(rows["clip"].to_pylist()),
        groups=tuple(rows["group"].to_pylist()),
        truth=_judged(attribute, rows["truth"]),
        values=_judged(attribute, rows["prediction"])[None, None],
    )


def _of_chosen_layers(record: Record, table: pa.Table, view: str = "all") -> pa.Table:
    """The test rows of the layer that was chosen for each fold."""
    chosen = {row["fold"]: row["layer"] for row in record.found.choices if row["chosen"] and row["method"] == FROZEN}
    tested = pc.and_(pc.equal(table["split"], "test"), pc.equal(table["view"], view))
    rows = table.filter(pc.and_(tested, pc.equal(table["method"], FROZEN)))
    wanted = pa.array([chosen[fold] for fold in rows["fold"].to_pylist()], pa.string())
    return rows.filter(pc.equal(rows["layer"].cast(pa.string()), wanted))


def _judged(attribute: Attribute, column: pa.ChunkedArray) -> Array:
    """Class names as indices, values as they are."""
    if not attribute.classes:
        return np.asarray(column.to_numpy(), dtype=np.float32)
    names = pa.array(list(attribute.classes))
    return np.asarray(pc.index_in(column.cast(pa.string()), names).to_numpy(), dtype=np.int64)


def _cross_domain(record: Record, table: pa.Table) -> Performance:
    attribute = Attribute.model_validate(record.used["attribute"])
    rows = table.filter(
        pc.and_(
            pc.and_(pc.equal(table["split"], "test"), pc.equal(table["fraction"], WHOLE)),
            pc.is_in(table["condition"], pa.array(GAINED)),
        )
    )
    targets = [str(name) for name in reversed(record.asked["datasets"])]
    seeds = sorted(seed for seed in pc.unique(rows["seed"]).to_pylist() if seed is not None)
    return Performance(attribute, tuple(_of_target(record, attribute, rows, seeds, name) for name in targets))


def _of_target(record: Record, attribute: Attribute, table: pa.Table, seeds: Sequence[int], target: str) -> Answers:
    """What was chosen for every fold of a target, under both conditions."""
    said = [_of_condition(record, table, seeds, target, condition) for condition in GAINED]
    first = said[0][0]
    values = np.stack([[_judged(attribute, one["prediction"]) for one in rows] for rows in said])
    return Answers(
        dataset=target,
        clips=tuple(first["clip"].to_pylist()),
        groups=tuple(first["group"].to_pylist()),
        truth=_judged(attribute, first["truth"]),
        values=values,
    )


def _of_condition(record: Record, table: pa.Table, seeds: Sequence[int], target: str, condition: str) -> list[pa.Table]:
    """The rows of the chosen methods and layers, sorted by clip: a table a seed, one where no seed plays a part."""
    inside = pc.and_(pc.equal(table["target"], target), pc.equal(table["condition"], condition))
    rows = table.filter(inside)
    wanted = _chosen(record, target, condition)
    folds = rows["fold"].to_numpy()
    method, layer = (_names(rows[name]) for name in ("method", "layer"))
    mask = np.zeros(len(folds), dtype=bool)
    for fold, (one, place) in wanted.items():
        mask |= (folds == fold) & (method == one) & (layer == place)
    rows = rows.filter(pa.array(mask))
    if not seeds:
        return [_by_clip(rows)]
    drawn = pc.fill_null(rows["seed"], -1).to_numpy()
    return [_by_clip(rows.filter(pa.array((drawn == -1) | (drawn == seed)))) for seed in seeds]


def _chosen(record: Record, target: str, condition: str) -> dict[int, tuple[str, str]]:
    """Of every fold the method and its layer, an empty name where it has none."""
    taken = [
        row
        for row in record.found.choices
        if row["chosen"] and (row["target"], row["condition"], row["fraction"]) == (target, condition, WHOLE)
    ]
    layers = {(row["fold"], row["method"]): str(row["layer"]) for row in taken if row["choice"] == "layer"}
    methods = {row["fold"]: str(row["method"]) for row in taken if row["choice"] == "method"}
    return {fold: (name, layers.get((fold, name), "")) for fold, name in methods.items()}


def _names(column: pa.ChunkedArray) -> Array:
    """Texts as objects, an empty one where there is none."""
    encoded = column.combine_chunks()
    names = np.array([*map(str, encoded.dictionary.to_pylist()), ""], dtype=object)
    found: Array = names[pc.fill_null(encoded.indices, len(names) - 1).to_numpy(zero_copy_only=False)]
    return found


def _by_clip(rows: pa.Table) -> pa.Table:
    return rows.take(pc.sort_indices(rows["clip"].cast(pa.string())))


MAKE: Mapping[str, Callable[[Record, pa.Table], Performance]] = {
    "layerwise": _layerwise,
    "cross_domain": _cross_domain,
}
