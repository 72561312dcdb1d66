"""Which clips of two datasets make a pair? Those of shared labels, by shared people, under the shared names."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.pair import PairOptions
from emobench.tasks.label_maps import LabelMaps

PEOPLE = "people"  # what dropped clips are counted under that are of people whom only one dataset has


@dataclass(frozen=True)
class PairClips:
    """The clips of a pair.

    Attributes:
        clips: dataset -> its clips, labelled as in the pair.
        dropped: dataset -> own label, or ``people`` -> how many clips were left out.
    """

    clips: Mapping[str, list[Clip]]
    dropped: Mapping[str, Mapping[str, int]]


def pair_clips(
    cards: Sequence[DatasetCard], maps: LabelMaps, options: PairOptions, listed: Mapping[str, Sequence[Clip]]
) -> PairClips:
    """Drop what has no place in a pair, and rename the labels of what stays.

    Raises:
        DataError: nothing stays of a dataset.
    """
    dropped: dict[str, Counter[str]] = {card.name: Counter() for card in cards}
    clips = {card.name: _renamed(card, maps, listed[card.name], dropped[card.name]) for card in cards}
    common = people_in_common(cards, clips)
    if common and options.people == "shared":
        for name, own in clips.items():
            clips[name] = [clip for clip in own if clip.group in common]
            alone = len(own) - len(clips[name])
            dropped[name].update({PEOPLE: alone} if alone else {})
    for name, own in clips.items():
        if not own:
            raise DataError(f"nothing of '{name}' is left in this pair.", found=f"dropped: {dict(dropped[name])}")
    return PairClips(clips, {name: dict(sorted(counts.items())) for name, counts in dropped.items()})


def people_in_common(cards: Sequence[DatasetCard], clips: Mapping[str, Sequence[Clip]]) -> set[str]:
    """The people whom both datasets have; nobody where their cards say that they share none."""
    if cards[0].people != cards[1].people:
        return set()
    return set.intersection(*({clip.group for clip in clips[card.name]} for card in cards))


def _renamed(card: DatasetCard, maps: LabelMaps, clips: Sequence[Clip], dropped: Counter[str]) -> list[Clip]:
    name, kept = maps.attribute.name, []
    for clip in clips:
        own = clip.labels[name]
        shared = maps.shared(card.name, own)
        if shared is None:
            dropped[str(own)] += 1
        else:
            kept.append(clip.model_copy(update={"labels": {**clip.labels, name: shared}}))
    return kept
