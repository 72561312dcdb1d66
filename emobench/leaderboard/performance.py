"""What did an entry say about every test clip? The predictions behind its headline, in the same order for everybody.

With the layer, strength and method that were chosen for each fold. Entries of the same identity tested the same clips,
so that they can be compared clip by clip and person by person. `fad_bias` describes and has no performance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emobench.domain.cards import Attribute
from emobench.domain.record import Record
from emobench.leaderboard.recomputing import pair_predictions
from emobench.tasks.pair_choices import CHOSEN, Key, decide
from emobench.tasks.pair_predictions import TARGET_ONLY, TWO_STAGE
from emobench.tasks.pair_scores import directions
from emobench.tasks.people import People, Tested, people_of
from emobench.tasks.predictions import FROZEN
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
WHOLE = 1.0


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
        table: beside it.
    """
    make = MAKE.get(str(record.asked["task"]))
    return None if make is None else make(record, table)


def people_in(performance: Performance) -> People:
    """Sums (people, datasets, conditions, seeds, statistics...) of everybody who was tested."""
    tested = [Tested(one.truth, one.groups, one.values) for one in performance.answers]
    return people_of(ruler_for(performance.attribute), tested)


def _layerwise(record: Record, table: pa.Table) -> Performance:
    attribute = Attribute.model_validate(record.used["attribute"])
    rows = _of_chosen_layers(record, table)
    rows = rows.take(pc.sort_indices(rows["clip"].cast(pa.string())))
    answers = Answers(
        dataset=str(record.asked["dataset"]),
        clips=tuple(rows["clip"].to_pylist()),
        groups=tuple(rows["group"].to_pylist()),
        truth=_judged(attribute, rows["truth"]),
        values=_judged(attribute, rows["prediction"])[None, None],
    )
    return Performance(attribute, (answers,))


def _of_chosen_layers(record: Record, table: pa.Table) -> pa.Table:
    """The test rows of the layer that was chosen for each fold."""
    chosen = {row["fold"]: row["layer"] for row in record.found.choices if row["chosen"] and row["method"] == FROZEN}
    tested = pc.and_(pc.equal(table["split"], "test"), pc.equal(table["view"], "all"))
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
    predictions = pair_predictions(record, table)
    said, _ = decide(predictions)
    answers = []
    for direction in directions(predictions):
        side = direction.target
        runs = [said[Key(CHOSEN, condition, side.dataset, WHOLE)].values for condition in (TARGET_ONLY, TWO_STAGE)]
        seeds = max(len(run) for run in runs)
        values = np.stack([np.broadcast_to(run, (seeds, len(side.clips))) for run in runs])
        answers.append(Answers(side.dataset, side.clips, side.groups, side.truth, values))
    return Performance(predictions.attribute, tuple(answers))


MAKE: Mapping[str, Callable[[Record, pa.Table], Performance]] = {
    "layerwise": _layerwise,
    "cross_domain": _cross_domain,
}
