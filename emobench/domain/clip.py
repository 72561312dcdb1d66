"""What is a clip?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from emobench.domain.frozen import Frozen

Domain = Literal["speech", "music"]
Label = str | float


class Clip(Frozen):
    """One piece of audio with labels; a segment when ``start_seconds`` or ``end_seconds`` cut a longer file.

    ``id`` is unique within its dataset and does not depend on where the files lie. ``group`` is whatever must never
    sit on both sides of a split (speaker, singer, song, session). ``labels`` maps attribute names to a class name or
    a number. ``transcript`` is what is said or sung; ``sex`` that of the speaker or singer, where it is known.
    """

    id: str = Field(min_length=1)
    path: Path
    group: str = Field(min_length=1)
    labels: Mapping[str, Label]
    start_seconds: float = Field(default=0.0, ge=0)
    end_seconds: float | None = Field(default=None, gt=0)
    sex: Literal["female", "male"] | None = None
    transcript: str | None = None
