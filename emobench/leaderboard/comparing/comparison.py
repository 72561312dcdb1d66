"""Do two records differ by more than chance? Paired differences on the same clips, every one with its interval.

The second is held against the first: a difference above 0 is in its favour. What is tested (the headline, and for
`cross_domain` the gain) has a p after Holm over all tests of one call; everything else is described by its interval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from emobench.domain.errors import CheckError
from emobench.leaderboard.comparing.bias_comparison import bias_differences
from emobench.leaderboard.comparing.comparable import asked_otherwise, on_other_data, other_audio
from emobench.leaderboard.comparing.differences import Comparison, Difference
from emobench.leaderboard.comparing.measured import Measured, well_formed
from emobench.leaderboard.performance import Answers, Performance, beside_headline, performance_of
from emobench.metrics.significance import holm
from emobench.tasks.gains import Contrasted, Gain, contrast
from emobench.tasks.ruler import ruler_for
from emobench.views.pair_rows import first_look

HEADLINE, GAIN, RECALL = "headline", "gain", "recall"
SECOND, MORE_GAIN = (-1.0, 1.0), (1.0, -1.0, -1.0, 1.0)
TOLD_DIGITS = 1e-5  # records keep six digits


def compare(given: Sequence[Measured]) -> list[Comparison]:
    """Every record against the first.

    Args:
        given: at least two, with their tables.

    Raises:
        CheckError: records that cannot be compared, with the reason, or one that its table contradicts.
    """
    with well_formed("one of the records"):
        for measured in given[1:]:
            require_comparable(given[0], measured)
        return _adjusted(list(_pairs(given)))


def _pairs(given: Sequence[Measured]) -> Iterator[Comparison]:
    for place, measured in enumerate(given[1:], start=1):
        describes = given[0].record.found.headline.higher_is_better is None
        differences = tuple((bias_differences if describes else _scored)(given[0], measured))
        headlines = [one.record.found.headline for one in (given[0], measured)]
        yield Comparison(
            first=0,
            second=place,
            metric=headlines[0].metric,
            values=(headlines[0].value, headlines[1].value),
            describes=describes,
            differences=differences,
            warnings=tuple(_warnings(given[0], measured)),
        )


def require_comparable(first: Measured, second: Measured) -> None:
    """Refuse what cannot be compared.

    Raises:
        CheckError: with the reason.
    """
    for measured in (first, second):
        flags = first_look(measured.record)
        if flags:
            raise CheckError(
                f"the record {measured.record.key[:12]} of {measured.record.asked['backbone']} is a first look.",
                found=f"asked with {flags}",
                remedy="Compare records of whole runs.",
            )
    reason = on_other_data(first.record, second.record)
    seeds = [measured.record.asked.get("seeds") for measured in (first, second)]
    if not reason and seeds[0] != seeds[1]:
        reason = f"they have {seeds[0]} and {seeds[1]} seeds"
    if reason:
        names = " and ".join(f"{one.record.key[:12]} of {one.record.asked['backbone']}" for one in (first, second))
        raise CheckError(
            f"the records {names} cannot be compared: {reason}.",
            remedy="Compare records of one task, protocol, attribute and the same clips, people and folds.",
        )


def _warnings(first: Measured, second: Measured) -> Iterator[str]:
    for told in asked_otherwise(first.record, second.record):
        yield f"asked otherwise: {told}"
    for told in other_audio(first.record, second.record):
        yield f"other audio: {told}"
    stages = [measured.record.used["protocol"].get("stages", {}) for measured in (first, second)]
    for name in sorted(stages[0].keys() | stages[1].keys()):
        versions = [stage.get(name, "none") for stage in stages]
        if versions[0] != versions[1]:
            yield f"other versions of a stage: {name} {versions[0]}, {versions[1]}"


def _scored(first: Measured, second: Measured) -> Iterator[Difference]:
    """Differences of a task with predictions."""
    one, other = _performance(first), _performance(second)
    _require_same_clips(one, other)
    both = list(zip(one.answers, other.answers, strict=True))
    yield from _of(one, HEADLINE, None, _last(both), SECOND, tested=True)
    if len(both) > 1:
        for pair in both:
            yield from _of(one, HEADLINE, pair[0].dataset, _last([pair]), SECOND)
    if all(len(answers.values) > 1 for answers in one.answers):
        yield from _of(one, GAIN, None, _all(both), MORE_GAIN, tested=True)
        for pair in both if len(both) > 1 else ():
            yield from _of(one, GAIN, pair[0].dataset, _all([pair]), MORE_GAIN)
    beside = [beside_headline(measured.record, measured.table) for measured in (first, second)]
    for name in beside[0]:
        if name in beside[1] and beside[0][name].clips == beside[1][name].clips:
            yield from _of(one, name, None, _last([(beside[0][name], beside[1][name])]), SECOND)


def _performance(measured: Measured) -> Performance:
    """What an entry said of every clip. Raises CheckError where its headline is not what that adds up to."""
    if measured.table is None or (found := performance_of(measured.record, measured.table)) is None:
        raise CheckError(f"the record {measured.record.key[:12]} has no predictions to compare.")
    ruler, told = ruler_for(found.attribute), measured.record.found.headline.value
    each = [
        [ruler.score(answers.truth[there], run[there]) for run in answers.values[-1] for there in (ruler.present(run),)]
        for answers in found.answers
    ]
    value = float(np.mean([np.mean(one) for one in each]))
    if told is None or not abs(value - told) <= TOLD_DIGITS * max(1.0, abs(told)):
        raise CheckError(
            f"the headline of the record {measured.record.key[:12]} does not follow from its predictions.",
            found=f"the record says {told}, its predictions add up to {value:.6g}",
        )
    return found


def _require_same_clips(first: Performance, second: Performance) -> None:
    for one, other in zip(first.answers, second.answers, strict=True):
        same = (one.clips, one.groups) == (other.clips, other.groups) and np.array_equal(one.truth, other.truth)
        if not same:
            raise CheckError(
                f"the tables of the records do not hold the same clips, people and labels of {one.dataset}.",
                found=f"{len(one.clips)} and {len(other.clips)} clips",
            )


def _last(pairs: Sequence[tuple[Answers, Answers]]) -> list[Contrasted]:
    """The headlines' conditions of both entries."""
    return [Contrasted(one.truth, one.groups, (one.values[-1], other.values[-1])) for one, other in pairs]


def _all(pairs: Sequence[tuple[Answers, Answers]]) -> list[Contrasted]:
    """What the first gains over, the first, and the same of the second."""
    return [Contrasted(one.truth, one.groups, (*one.values[-2:], *other.values[-2:])) for one, other in pairs]


def _of(
    entry: Performance,
    what: str,
    target: str | None,
    contrasted: Sequence[Contrasted],
    weights: Sequence[float],
    *,
    tested: bool = False,
) -> Iterator[Difference]:
    """A difference, and below the headline and the gain those of every emotion."""
    found = contrast(entry.attribute, contrasted, weights)
    yield _difference(what, target, found, tested=tested)
    if tested:
        for place, (value, low, high) in enumerate(found.classes):
            clips = sum(int((target.truth == place).sum()) for target in contrasted)
            emotion = entry.attribute.classes[place]
            yield Difference(f"{what}_{RECALL}", target, emotion, value, low, high, clips=clips, people=found.people)


def _difference(what: str, target: str | None, found: Gain, *, tested: bool) -> Difference:
    return Difference(
        what=what,
        target=target,
        emotion=None,
        value=found.value,
        low=found.low,
        high=found.high,
        p=found.p if tested else None,
        detectable=found.detectable,
        clips=found.clips,
        people=found.people,
        why="" if found.low is not None else f"{found.people} people are too few for an interval",
    )


def _adjusted(found: Sequence[Comparison]) -> list[Comparison]:
    """With Holm's p over every test that was made."""
    raw = [one.p for comparison in found for one in comparison.differences if one.p is not None]
    held = iter(holm(np.array(raw)).tolist())
    return [
        replace(
            comparison,
            differences=tuple(
                one if one.p is None else replace(one, p=float(next(held))) for one in comparison.differences
            ),
        )
        for comparison in found
    ]
