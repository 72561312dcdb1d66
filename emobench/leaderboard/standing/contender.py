"""What does an entry bring to a table where others stand? Its score, every person's alone, and those of resamples."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emobench.domain.canonical import rounded
from emobench.domain.errors import DataError
from emobench.domain.record import Record
from emobench.leaderboard.performance import COLUMNS, Performance, people_in, performance_of
from emobench.leaderboard.standing.rank_intervals import enough
from emobench.metrics.uncertainty import people_draws
from emobench.runs.record_store import read_predictions
from emobench.tasks.ruler import Ruler, ruler_for

Array = np.ndarray[Any, Any]
RESAMPLES = 2000
ROUNDING = 2e-6  # of a score that a record holds in six digits


@dataclass(frozen=True, eq=False)
class Contender:
    """An entry that may have a rank.

    Attributes:
        score: of all people.
        gain: of the score over the condition before it; 0 where there is none.
        of_person: (people, targets, conditions) scores of every person alone, averaged over seeds; the last condition
            is the headline's.
        drawn: (resamples,) scores of resampled people; None below eight people.
        clips: digest of the clips, the people, and the truth.
        people: how many.
    """

    score: float
    gain: float
    of_person: Array
    drawn: Array | None
    clips: str
    people: int


def contender(performance: Performance) -> Contender:
    """What a performance comes to."""
    ruler, people = ruler_for(performance.attribute), people_in(performance)
    drawn = None
    if enough(len(people.names)):
        headline = people.sums[:, :, -1]
        weights = people_draws(len(people.names), RESAMPLES).astype(np.float64)
        sums = weights @ headline.reshape(len(headline), -1).astype(np.float64)
        drawn = _score(ruler, sums.reshape(RESAMPLES, *headline.shape[1:])).mean(axis=-1)
    conditions = _score(ruler, people.sums.sum(axis=0)).mean(axis=0)
    return Contender(
        score=float(conditions[-1]),
        gain=float(conditions[-1] - conditions[-2]) if len(conditions) > 1 else 0.0,
        of_person=_score(ruler, people.sums),
        drawn=drawn,
        clips=_digest(performance),
        people=len(people.names),
    )


def contender_of(path: Path, record: Record) -> Contender:
    """An entry with predictions beside its record.

    Raises:
        DataError: predictions that cannot be read, or do not give the headline of their record.
    """
    performance = performance_of(record, read_predictions(path, COLUMNS))
    if performance is None:
        raise DataError(f"'{path}' is of a task that does not rank.", found=str(record.asked["task"]))
    found = contender(performance)
    told = record.found.headline.value
    if told is None or abs(rounded(found.score) - told) > ROUNDING:
        raise DataError(
            f"the predictions beside '{path}' do not give its headline.",
            found=f"{found.score:.6g} instead of {told}",
            remedy="`emobench leaderboard validate` says what does not fit.",
        )
    return found


def _score(ruler: Ruler, sums: Array) -> Array:
    """(..., seeds, statistics) to (...): the headline metric, averaged over seeds."""
    found: Array = ruler.metrics[ruler.headline](sums).mean(axis=-1)
    return found


def _digest(performance: Performance) -> str:
    known = hashlib.sha256()
    for one in performance.answers:
        for names in (one.clips, one.groups):
            known.update("\0".join(names).encode())
        known.update(np.ascontiguousarray(one.truth).tobytes())
    return known.hexdigest()
