"""Who is tested when, across two datasets? Nobody is learned from in one domain and tested on in the other."""

from collections.abc import Mapping, Sequence

from emobench.domain.canonical import digest
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.plan import Split
from emobench.learning.splits import make_split


def pair_splits(cards: Sequence[DatasetCard], clips: Sequence[Sequence[Clip]]) -> tuple[Split, Split]:
    """Test folds of two datasets, as many in each; people whom they share are in the same fold of both.

    Datasets share people when their cards name the same ``people``. Then folds are fixed by the first card that fixes
    some, else dealt over the clips of both. Otherwise each dataset has folds of its own, the larger number dealt anew.

    Args:
        cards: of the two datasets.
        clips: of the two datasets.

    Raises:
        DataError: as `make_split` says, or cards that share people and put one of them into two folds.
    """
    if cards[0].people == cards[1].people:
        joint = next((card for card in cards if not isinstance(card.folds, int)), cards[0])
        for card, own in zip(cards, clips, strict=True):
            make_split(card, own)  # each is sound by itself
        everybody = make_split(joint.model_copy(update={"folds": _joined(cards)}), [*clips[0], *clips[1]])
        first, second = (_of(everybody.fold_of, own) for own in clips)
    else:
        first, second = (make_split(card, own) for card, own in zip(cards, clips, strict=True))
        fewer = min(first.count, second.count)
        first, second = (
            split if split.count == fewer else make_split(card.model_copy(update={"folds": fewer}), own)
            for split, card, own in zip((first, second), cards, clips, strict=True)
        )
    if cards[0].people == cards[1].people:
        check_people(first, second, [card.name for card in cards])
    return first, second


def _joined(cards: Sequence[DatasetCard]) -> tuple[tuple[str, ...], ...] | int:
    """The folds of both cards as one: fold by fold everybody whom either names."""
    fixed = [card.folds for card in cards if not isinstance(card.folds, int)]
    if not fixed:
        return min(int(str(card.folds)) for card in cards)
    longest = max(map(len, fixed))
    return tuple(
        tuple(dict.fromkeys(group for folds in fixed if place < len(folds) for group in folds[place]))
        for place in range(longest)
    )


def _of(fold_of: Mapping[str, int], clips: Sequence[Clip]) -> Split:
    """The part of a split that a dataset's own people make."""
    own = {group: fold_of[group] for group in sorted({clip.group for clip in clips})}
    return Split(fold_of=own, digest=digest({"folds": own}))


def check_people(first: Split, second: Split, names: Sequence[str]) -> None:
    """Prove that nobody is in a training part of one domain and in a test part of the other.

    Raises:
        DataError: naming those who are.
    """
    torn = [group for group, fold in first.fold_of.items() if second.fold_of.get(group, fold) != fold]
    if torn:
        raise DataError(
            f"'{names[0]}' and '{names[1]}' share people, and put some of them into different folds.",
            found=f"found: {', '.join(sorted(torn))}",
            remedy="Their cards have to give shared people the same folds.",
        )
