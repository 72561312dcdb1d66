"""Which emotions of two datasets can be held apart? Those that three people have on either side."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from emobench.domain.bias import BiasPlan, FadBiasOptions
from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError, UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.plan import DatasetPlan
from emobench.runs.matching import Matching

FEWEST_PEOPLE = 3  # with one of them left out, two are still there whose clips can be compared


def check_categories(matching: Matching) -> None:
    """Refuse a dimension: only categories have emotions to hold apart. Raises UsageError."""
    attribute = matching.maps.attribute
    if not attribute.classes:
        raise UsageError(
            f"the task 'fad_bias' holds categories apart, and '{attribute.name}' is a dimension.",
            found=f"{attribute.name}: {attribute.low:g} to {attribute.high:g}",
            remedy="Leave fad_bias.attribute out: it is 'emotion'.",
        )


def bias_plan(
    matching: Matching, datasets: Mapping[str, DatasetPlan], options: Mapping[str, Frozen]
) -> tuple[dict[str, DatasetPlan], BiasPlan]:
    """The pair, and its clips without those of emotions that too few people have.

    Raises:
        DataError: fewer than two emotions are left.
    """
    name, classes = matching.maps.attribute.name, matching.maps.attribute.classes
    people = {emotion: _people(datasets, name, emotion) for emotion in classes}
    too_few = {
        emotion: f"people of {min(own, key=own.__getitem__)} who have it: {min(own.values())}; it takes {FEWEST_PEOPLE}"
        for emotion, own in people.items()
        if min(own.values()) < FEWEST_PEOPLE
    }
    kept = tuple(emotion for emotion in classes if emotion not in too_few)
    if len(kept) < 2:
        raise DataError(
            f"fewer than two emotions of '{' and '.join(datasets)}' can be held apart.",
            found="\n".join(f"{emotion}: {reason}" for emotion, reason in too_few.items()),
            remedy="Use more clips or other datasets: every emotion needs three people on either side.",
        )
    clips = {
        dataset: replace(data, clips=tuple(p for p in data.clips if p.clip.labels[name] in kept))
        for dataset, data in datasets.items()
    }
    matched = replace(matching.matched(clips), attribute=Attribute(name=name, classes=kept))
    asked = cast(FadBiasOptions, options["fad_bias"])
    return clips, BiasPlan(**vars(matched), options=asked, too_few=too_few)


def _people(datasets: Mapping[str, DatasetPlan], attribute: str, emotion: str) -> dict[str, int]:
    """How many people of either dataset have an emotion."""
    return {
        name: len({planned.clip.group for planned in data.clips if planned.clip.labels[attribute] == emotion})
        for name, data in datasets.items()
    }
