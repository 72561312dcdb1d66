"""How do the distances of two models between emotions differ? Paired, by leaving out the same people of both.

Nothing here is better or worse. In the aligned geometry and the mean over layers, as the headline: what one of two
datasets is apart from the other in every emotion, and how much the emotions differ in that.
"""

from collections.abc import Iterator

import numpy as np

from emobench.domain.errors import CheckError
from emobench.leaderboard.comparing.differences import Difference
from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.recomputing import emotion_distances
from emobench.metrics.spread import noise_of, spread
from emobench.metrics.uncertainty import Interval
from emobench.tasks.bias_intervals import Jackknife, covariance, intervals, jackknife_of
from emobench.tasks.bias_relative import compared, mean_over_layers, own
from emobench.tasks.bias_rows import EMOTION_BIAS
from emobench.tasks.emotion_distances import ALIGNED, Array, EmotionDistances

RELATIVE = "relative_mmd"
LEVEL = 0.05
UNDEFINED = "in one of them the emotions are not surely apart"
NEAR_ZERO = "one of them is not surely above 0, where leaving people out tells nothing of the difference"


def bias_differences(first: Measured, second: Measured) -> Iterator[Difference]:
    """Differences, second minus first, of the emotion bias and of every emotion's relative distance.

    Raises:
        CheckError: tables of other people, emotions or blocks.
    """
    one, other = (_distances(measured) for measured in (first, second))
    _require_same_people(one, other)
    jackknife = jackknife_of(one)
    clips, people = int(one.clips.sum()), len(one.people)
    sides = [_relative(distances, jackknife) for distances in (one, other)]
    yield _bias(sides[0], sides[1], jackknife, (clips, people))
    apart = sides[1] - sides[0]
    for place, interval in enumerate(intervals(jackknife, apart)):
        here = (one.clips_of[:, :, place] > 0).any(axis=0).sum()
        yield _told(
            RELATIVE, one.attribute.classes[place], float(apart[0, place]), interval,
            (int(one.clips[:, place].sum()), int(here)), _why(float(apart[0, place]), jackknife),
        )  # fmt: skip


def _distances(measured: Measured) -> EmotionDistances:
    if measured.table is None:
        raise CheckError(f"the record {measured.record.key[:12]} has no matrices to compare.")
    return emotion_distances(measured.record, measured.table)


def _require_same_people(one: EmotionDistances, other: EmotionDistances) -> None:
    names = ("datasets", "people", "blocks")
    numbers = ("block_of", "stratum", "clips_of")
    same = all(getattr(one, name) == getattr(other, name) for name in names)
    if not same or not all(np.array_equal(getattr(one, name), getattr(other, name)) for name in numbers):
        raise CheckError(
            "the tables of the records are about other people, or blocks of people.",
            found=f"{len(one.people)} and {len(other.people)} people, {len(one.blocks)} and {len(other.blocks)} blocks",
        )


def _relative(distances: EmotionDistances, jackknife: Jackknife) -> Array:
    """(1+B, E) relative distances of every emotion, nobody left out first."""
    layers = [compared(layer, ALIGNED, distances.arrays[layer], jackknife) for layer in distances.layers]
    return own(mean_over_layers(layers, jackknife).relative)


def _bias(first: Array, second: Array, jackknife: Jackknife, counts: tuple[int, int]) -> Difference:
    """The difference of the emotion bias.

    Without a block of people the bias is sqrt(max(0, var_e - noise)) with the noise of everybody: the jackknife needs
    its slope alone. There is none at 0, and so no interval where one of both is not surely above 0.
    """
    biases, sure = [], True
    for values in (first, second):
        known = covariance(jackknife, values)
        if known is None:
            return _told(EMOTION_BIAS, None, np.nan, None, counts, UNDEFINED)
        found = spread(values[0], known, jackknife.freedom)
        sure = sure and found.p <= LEVEL
        without = values.var(axis=1, ddof=1) - noise_of(known)
        biases.append(np.sqrt(np.maximum(0.0, without)))
    apart = (biases[1] - biases[0])[:, None]
    interval = intervals(jackknife, apart)[0] if sure else None
    return _told(
        EMOTION_BIAS, None, float(apart[0, 0]), interval, counts, NEAR_ZERO if not sure else _why(0.0, jackknife)
    )


def _why(value: float, jackknife: Jackknife) -> str:
    """Why there is no interval, if there is none."""
    if not np.isfinite(value):
        return UNDEFINED
    return "too few people for an interval" if jackknife.few else "leaving people out tells nothing here"


def _told(
    what: str, emotion: str | None, value: float, interval: Interval | None, counts: tuple[int, int], why: str
) -> Difference:
    return Difference(
        what=what,
        target=None,
        emotion=emotion,
        value=value if np.isfinite(value) else None,
        low=None if interval is None else float(interval.low),
        high=None if interval is None else float(interval.high),
        clips=counts[0],
        people=counts[1],
        why="" if interval is not None else why,
    )
