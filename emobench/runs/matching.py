"""How do two datasets come under shared labels? First their cards agree, then clips without a place leave."""

from collections.abc import Mapping, Sequence

from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import UsageError
from emobench.domain.pair import MatchedPair, PairOptions
from emobench.domain.plan import DatasetPlan
from emobench.runs.pair_clips import PairClips, pair_clips, people_in_common
from emobench.tasks.label_maps import LabelMaps, label_maps


class Matching:
    """What is known of a pair before its clips are. `prepare` is shown the clips, once.

    Raises:
        UsageError: not two datasets.
        DataError: no shared labels.
    """

    def __init__(self, task: str, cards: Sequence[DatasetCard], options: PairOptions) -> None:
        if len(cards) != 2:
            raise UsageError(
                f"the task '{task}' takes a pair of datasets.",
                found=f"found: {', '.join(card.name for card in cards)}",
                remedy="Name two of them: --dataset ravdess-speech,ravdess-song.",
            )
        self.cards, self._options = cards, options
        self.maps: LabelMaps = label_maps(cards, options.attribute, options.labels, f"{task}.labels")
        self._found: PairClips | None = None

    def prepare(self, listed: Mapping[str, Sequence[Clip]]) -> dict[str, list[Clip]]:
        """The clips of the pair, under shared labels. Raises DataError where nothing stays."""
        self._found = pair_clips(self.cards, self.maps, self._options, listed)
        return dict(self._found.clips)

    def matched(self, datasets: Mapping[str, DatasetPlan]) -> MatchedPair:
        """The pair; ``datasets`` are the clips that are used."""
        assert self._found is not None
        first, second = self.cards
        used = {name: [planned.clip for planned in dataset.clips] for name, dataset in datasets.items()}
        common = len(people_in_common(self.cards, used))
        return MatchedPair(
            (first.name, second.name), self.maps.attribute, self.maps.native, self._found.dropped, common
        )
