"""What is a difference between two records, and does it show anything? Data, and the words for it."""

from dataclasses import dataclass

from emobench.views.tables import number

LEVEL = 0.05  # of p after Holm
FOUND_WITH = ".8"  # the probability that `detectable` is about


@dataclass(frozen=True)
class Difference:
    """One difference of the second from the first.

    Attributes:
        what: ``headline``, ``gain``, ``recall``, ``weighted_sum``, ``statement_disjoint``; of `fad_bias` its metrics.
        target: the dataset that was tested, None for the mean of both directions and where there is only one.
        emotion: the class that it is about; None for all.
        value: second minus first; None where it is not defined.
        low: end of the 95 % interval over people; None where there is none.
        high: its other end.
        p: two-sided, by flipping the signs of people's differences, after Holm; None where nothing is tested.
        detectable: the smallest true difference that the test would find with probability .8, before Holm.
        clips: that both were tested on.
        people: who said something on both sides.
        why: why there is no interval, where there is none.
    """

    what: str
    target: str | None
    emotion: str | None
    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None
    clips: int = 0
    people: int = 0
    why: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two records held against each other.

    Attributes:
        first: place of the reference among the records that were given.
        second: place of the other.
        metric: in which differences are.
        values: the headline of the first and of the second.
        describes: whether no number is better than another.
        differences: in the order in which they are told.
        warnings: what differs besides the models.
    """

    first: int
    second: int
    metric: str
    values: tuple[float | None, float | None]
    describes: bool
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...] = ()


def in_words(one: Difference) -> str:
    """What a difference shows, as far as it was tested; of what was not its interval is all that is told."""
    if one.value is None:
        return "not defined"
    if one.low is None or one.high is None:
        return "no interval"
    if one.p is not None and one.p > LEVEL:
        return "no difference is shown"
    holds = one.low <= 0 <= one.high
    if one.p is None:
        return "the interval holds 0" if holds else f"the interval is {'above' if one.low > 0 else 'below'} 0"
    if holds:
        return "more than chance, though the interval holds 0"
    return f"{'higher' if one.value > 0 else 'lower'} by more than chance"


def reasons(one: Difference) -> str:
    """Why nothing is shown by a difference, and what could have been; empty where there is nothing to add."""
    if one.why:
        return one.why
    if one.p is None or one.p <= LEVEL or one.low is None or one.high is None:
        return ""
    told = (
        "the interval holds 0"
        if one.low <= 0 <= one.high
        else "p is above .05 after Holm, though the interval does not hold 0"
    )
    reach = f"; a difference of {number(one.detectable)} would have been found with probability {FOUND_WITH}"
    return told + (reach if one.detectable is not None else "")
