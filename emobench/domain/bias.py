"""Of which two datasets are the emotions held apart, in clips or also in frames?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from emobench.domain.pair import MatchedPair, PairOptions

FRAMES = 16  # of every clip and layer, at most


class FadBiasOptions(PairOptions):
    """What the task `fad_bias` looks at."""

    view: Literal["clips", "frames"] = Field(
        default="clips",
        description=f"'frames' keeps up to {FRAMES} evenly spaced frames of every clip, too: FAD on frames, FAD-inf",
    )


@dataclass(frozen=True)
class BiasPlan(MatchedPair):
    """Two datasets whose emotions are held apart.

    Attributes:
        options: what was asked.
        too_few: emotion -> why it is left out: too few people have it on one side.
    """

    options: FadBiasOptions
    too_few: Mapping[str, str] = field(default_factory=dict)
