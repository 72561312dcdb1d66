"""Which clips hold the same audio, and does it lie on both sides of a split?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from emobench.domain.plan import PlannedClip

ROUNDING_SECONDS = 0.05  # annotated ends and starts of neighbours often overlap by that


@dataclass(frozen=True)
class Shared:
    """Clips that share audio: the same samples, or (``whole`` is false) parts that overlap.

    Attributes:
        clips: sorted by id.
        whole: whether all of them hold exactly the same samples.
        labels, groups, folds: whether these differ among them.
    """

    clips: tuple[PlannedClip, ...]
    whole: bool
    labels: bool
    groups: bool
    folds: bool

    @property
    def harmful(self) -> bool:
        """Whether it makes labels contradict each other, or lets a test hear what was learned."""
        return self.groups or self.folds or (self.labels and self.whole)


def shared_audio(clips: Sequence[PlannedClip], fold_of: Mapping[str, int]) -> list[Shared]:
    """Sets of clips with the same decoded samples, then sets of segments that overlap in time.

    Audio is the same when the digests of the files and the bounds agree: copies in other files and in other lossless
    formats are found, copies that were encoded with loss or resampled are not. ``fold_of``: of every group; groups
    without a fold are in none.
    """
    by_file: dict[str, list[PlannedClip]] = defaultdict(list)
    for planned in clips:
        by_file[planned.audio.digest].append(planned)
    same, overlapping = [], []
    for listed in by_file.values():
        at: dict[tuple[int, int], list[PlannedClip]] = defaultdict(list)
        for planned in listed:
            at[planned.first, planned.last].append(planned)
        same += [_shared(alike, fold_of, whole=True) for alike in at.values() if len(alike) > 1]
        different = [alike[0] for alike in at.values()]
        if len(different) > 1:
            chains = _chains(sorted(listed, key=lambda planned: (planned.first, planned.last)))
            overlapping += [
                _shared(chain, fold_of, whole=False)
                for chain in chains
                if len({(planned.first, planned.last) for planned in chain}) > 1
            ]
    order = [sorted(found, key=lambda shared: shared.clips[0].clip.id) for found in (same, overlapping)]
    return order[0] + order[1]


def _chains(ordered: Iterable[PlannedClip]) -> Iterator[list[PlannedClip]]:
    """Segments of one file, sorted by their start, cut where nothing overlaps."""
    chain: list[PlannedClip] = []
    end = 0
    for planned in ordered:
        if chain and end - planned.first <= ROUNDING_SECONDS * planned.audio.rate:
            yield chain
            chain = []
        end = max(end, planned.last) if chain else planned.last
        chain.append(planned)
    if chain:
        yield chain


def _shared(clips: Iterable[PlannedClip], fold_of: Mapping[str, int], *, whole: bool) -> Shared:
    listed = tuple(sorted(clips, key=lambda planned: planned.clip.id))
    labels = {tuple(sorted(planned.clip.labels.items())) for planned in listed}
    groups = {planned.clip.group for planned in listed}
    folds = {fold_of.get(group) for group in groups}
    return Shared(listed, whole, len(labels) > 1, len(groups) > 1, len(folds) > 1)
