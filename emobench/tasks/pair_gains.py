"""What does one condition of a pair add to another? Gains of every method, as score rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from emobench.domain.cards import Attribute
from emobench.domain.record import Score
from emobench.tasks.gains import Compared, Gain, adjusted, mean_gain
from emobench.tasks.pair_choices import CHOSEN, Key, Said
from emobench.tasks.pair_predictions import JOINT, SHUFFLED, TARGET_ONLY, TWO_STAGE, PairPredictions
from emobench.tasks.pair_scores import Direction, directions, number
from emobench.tasks.ruler import ruler_for

Row = dict[str, Any]
OVER_TARGET, OVER_SHUFFLED = "over_target_only", "over_shuffled"
# The methods whose gains the protocol tests, whatever a run asked for: the fixed set is these and those asked.
PROTOCOL_METHODS = ("frozen", "weighted_sum", "lora", "bottleneck")
# What is compared on request: the condition of the row, its view, and what it is better than.
ON_REQUEST = ((TWO_STAGE, OVER_SHUFFLED, SHUFFLED), (JOINT, OVER_TARGET, TARGET_ONLY))


def tests(predictions: PairPredictions) -> int:
    """How many tests Holm's fixed set holds: methods of the protocol and those asked, times two directions."""
    return 2 * len({*PROTOCOL_METHODS, *predictions.methods})


def pair_gain(
    attribute: Attribute, said: Mapping[Key, Said], key: Key, over: str, towards: Sequence[Direction]
) -> Gain | None:
    """The gain of a condition over another, averaged over directions; None where one of them was not run.

    Args:
        attribute: what was predicted.
        said: what was said under every key.
        key: method, condition and fraction; its target is not looked at.
        over: the other condition.
        towards: the directions.
    """
    targets = []
    for direction in towards:
        here = key._replace(target=direction.target.dataset)
        first, second = said.get(here._replace(condition=over)), said.get(here)
        if first is None or second is None:
            return None
        targets.append(Compared(direction.target.truth, direction.target.groups, first.values, second.values))
    return mean_gain(attribute, targets)


def gain_rows(predictions: PairPredictions, said: Mapping[Key, Said], base: Row) -> list[Score]:
    """Gains of two stages over target only, of every method and direction, with Holm's p; then those on request."""
    attribute, both = predictions.attribute, directions(predictions)
    asked = [(method, direction) for method in predictions.methods for direction in both]
    found = [
        (method, direction, one)
        for method, direction in asked
        if (one := pair_gain(attribute, said, Key(method, TWO_STAGE, "", 1.0), TARGET_ONLY, [direction])) is not None
    ]
    rows: list[Score] = []
    held = adjusted([one for _, _, one in found], tests(predictions))
    for (method, direction, _), one in zip(found, held, strict=True):
        where = {**base, **direction.names, "method": method, "condition": TWO_STAGE, "view": OVER_TARGET}
        rows += _whole(attribute, where, one, one.p)
    for direction in both:
        rows += gains_of_chosen(predictions, said, {**base, **direction.names}, [direction])
    for method in (*predictions.methods, CHOSEN):
        for direction in both:
            rows += on_request(predictions, said, {**base, **direction.names, "method": method}, [direction])
    return rows


def gains_of_chosen(
    predictions: PairPredictions, said: Mapping[Key, Said], base: Row, towards: Sequence[Direction]
) -> list[Score]:
    """The gain of the methods that development people chose, which is no member of the fixed set."""
    one = pair_gain(predictions.attribute, said, Key(CHOSEN, TWO_STAGE, "", 1.0), TARGET_ONLY, towards)
    where = {**base, "method": CHOSEN, "condition": TWO_STAGE, "view": OVER_TARGET}
    return [] if one is None else _whole(predictions.attribute, where, one, None)


def on_request(
    predictions: PairPredictions, said: Mapping[Key, Said], base: Row, towards: Sequence[Direction]
) -> list[Score]:
    """The gains that are measured when somebody asks; ``base`` names the method."""
    rows = []
    for condition, view, over in ON_REQUEST:
        one = pair_gain(predictions.attribute, said, Key(base["method"], condition, "", 1.0), over, towards)
        if one is not None:
            where = {**base, "condition": condition, "view": view}
            rows.append(gain_row(predictions.attribute, where, one))
    return rows


def gain_row(attribute: Attribute, base: Row, one: Gain, p: float | None = None) -> Score:
    """The gain in the headline metric, with its interval."""
    return Score(
        **base,
        metric=f"gain_{ruler_for(attribute).headline}",
        value=number(one.value),
        low=one.low,
        high=one.high,
        p=p,
        n_clips=one.clips,
        n_groups=one.people,
    )


def _whole(attribute: Attribute, base: Row, one: Gain, p: float | None) -> list[Score]:
    """A gain, what could have been seen, and the gains in recall."""
    counts: Row = {"n_clips": one.clips, "n_groups": one.people}
    reach = Score(**base, **counts, metric=f"detectable_gain_{ruler_for(attribute).headline}", value=one.detectable)
    recalls = [
        Score.model_validate(
            {**base, **counts, "class": name, "metric": "gain_recall", "value": number(value)}
            | {"low": low, "high": high}
        )
        for name, (value, low, high) in zip(attribute.classes, one.classes, strict=True)
    ]
    return [gain_row(attribute, base, one, p), reach, *recalls]
