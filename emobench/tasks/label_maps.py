"""Which emotions do two datasets share, and what does each of them call them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.errors import DataError, UsageError
from emobench.domain.suggestion import unknown

# One emotion, several names in the corpora of the field; the first is the one kept.
SYNONYMS: tuple[tuple[str, ...], ...] = (
    ("angry", "anger", "ang"),
    ("calm", "calmness", "relaxed"),
    ("disgust", "disgusted"),
    ("fearful", "fear", "afraid", "scared"),
    ("happy", "happiness", "joy", "joyful", "hap"),
    ("neutral", "neu"),
    ("sad", "sadness", "sorrow"),
    ("surprised", "surprise"),
)
KEPT: Mapping[str, str] = {name: names[0] for names in SYNONYMS for name in names}


@dataclass(frozen=True)
class LabelMaps:
    """How two datasets agree on labels.

    Attributes:
        attribute: the shared label space: categories, or a dimension with the range of both.
        native: dataset name -> own label -> shared label, None where only it has one; empty for dimensions.
    """

    attribute: Attribute
    native: Mapping[str, Mapping[str, str | None]]

    def shared(self, dataset: str, label: str | float) -> str | float | None:
        """What a dataset's own label is called in the pair; None when its clip is dropped."""
        if not self.attribute.classes:
            return label
        return self.native[dataset].get(str(label))


def label_maps(
    cards: Sequence[DatasetCard],
    attribute: str,
    given: Mapping[str, Mapping[str, str | None]],
    option: str = "cross_domain.labels",
) -> LabelMaps:
    """The label maps of a pair: names and synonyms that both have, changed by what the user gives.

    Args:
        cards: of the two datasets.
        attribute: which of their label spaces.
        given: dataset -> own label -> shared label, or None to drop it.
        option: what the user calls that.

    Raises:
        UsageError: a dataset without the attribute; a map for another dataset, of a label that its dataset does not
            have, or to one that the other dataset does not have.
        DataError: a dimension of two ranges, or fewer than two shared emotions.
    """
    for name in given:
        if name not in [card.name for card in cards]:
            raise unknown("dataset of this pair", name, [card.name for card in cards])
    spaces = [_space(card, attribute) for card in cards]
    if not all(space.classes for space in spaces):
        return LabelMaps(_one_dimension(cards, spaces), {})
    named = {
        card.name: _named(card, space, given.get(card.name, {}), option)
        for card, space in zip(cards, spaces, strict=True)
    }
    both = set.intersection(*({label for label in names.values() if label is not None} for names in named.values()))
    _check_meant(given, both)
    order = [label for label in dict.fromkeys(named[cards[0].name].values()) if label in both]
    if len(order) < 2:
        raise DataError(
            f"'{cards[0].name}' and '{cards[1].name}' share fewer than two labels of '{attribute}'.",
            found="\n".join(f"{name}: {', '.join(map(str, names))}" for name, names in named.items()),
            remedy=f'Say which mean the same: --set \'{option}={{"DATASET": {{"own label": "shared label"}}}}\'.',
        )
    native = {
        name: {own: label if label in both else None for own, label in names.items()} for name, names in named.items()
    }
    return LabelMaps(Attribute(name=attribute, classes=tuple(str(label) for label in order)), native)


def _check_meant(given: Mapping[str, Mapping[str, str | None]], both: set[str]) -> None:
    """Refuse a map to a label that only one dataset then has: it would drop an emotion unnoticed. Raises UsageError."""
    for names in given.values():
        for label in names.values():
            if label is not None and both and label not in both:
                raise unknown("shared label of this pair", label, sorted(both))


def _space(card: DatasetCard, attribute: str) -> Attribute:
    space = card.attribute(attribute)
    if space is None:
        raise unknown(f"attribute of '{card.name}'", attribute, [own.name for own in card.attributes])
    return space


def _one_dimension(cards: Sequence[DatasetCard], spaces: Sequence[Attribute]) -> Attribute:
    ranges = {(space.low, space.high) for space in spaces}
    if len(ranges) > 1 or any(space.classes for space in spaces):
        raise DataError(
            f"'{cards[0].name}' and '{cards[1].name}' measure '{spaces[0].name}' on different scales.",
            found="\n".join(
                f"{card.name}: {', '.join(space.classes) or f'{space.low:g} to {space.high:g}'}"
                for card, space in zip(cards, spaces, strict=True)
            ),
            remedy="Use datasets with one scale.",
        )
    return spaces[0]


def _named(card: DatasetCard, space: Attribute, given: Mapping[str, str | None], option: str) -> dict[str, str | None]:
    """Every label of a dataset and what it is called in the pair."""
    for own in given:
        if own not in space.classes:
            raise unknown(f"label of '{card.name}'", own, space.classes)
    names = {own: given.get(own, KEPT.get(own.lower(), own)) for own in space.classes}
    twice = [label for label in names.values() if label is not None and list(names.values()).count(label) > 1]
    unmeant = sorted(
        {label for label in twice if not any(own in given for own, name in names.items() if name == label)}
    )
    if unmeant:
        raise UsageError(
            f"several labels of '{card.name}' would become '{unmeant[0]}'.",
            found=f"found: {', '.join(own for own, label in names.items() if label == unmeant[0])}",
            remedy=f"Say in {option} which of them are the same.",
        )
    return names
