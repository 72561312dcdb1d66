"""What was the audio of a dataset, and by which digest is it known?"""

from collections.abc import Iterable
from typing import Any

from emobench.domain.canonical import digest
from emobench.domain.own_names import is_own
from emobench.domain.plan import DatasetPlan, PlannedClip


def audio_of(dataset: DatasetPlan) -> dict[str, Any]:
    """What the audio was: official rate, a derived copy or own data; rates and channels found; digest of all clips."""
    rates = sorted({planned.audio.rate for planned in dataset.clips})
    own = is_own(dataset.card.name)
    kind = "generated" if dataset.card.generated else "own data" if own else "official rate"
    if kind == "official rate" and rates != [dataset.card.sample_rate]:
        kind = "derived copy"
    return {
        "kind": kind,
        "rates_hz": rates,
        "channels": sorted({planned.audio.channels for planned in dataset.clips}),
        "digest": audio_digest(dataset.clips),
    }


def audio_digest(clips: Iterable[PlannedClip]) -> str:
    """Digest of the ids of clips with their audio and bounds, in whatever order they come."""
    return digest(sorted([planned.clip.id, planned.audio.digest, planned.first, planned.last] for planned in clips))
