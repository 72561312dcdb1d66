"""What is a clip?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from emobench.domain.frozen import Frozen
from emobench.domain.names import in_utf8

Domain = Literal["speech", "music"]
Label = str | float


class Clip(Frozen):
    """One piece of audio with labels; a segment when ``start_seconds`` or ``end_seconds`` cut a longer file.

    ``id`` is unique within its dataset and does not depend on where the files lie. ``group`` is whatever must never
    sit on both sides of a split (speaker, singer, song, session). ``labels`` maps attribute names to a class name or
    a number. ``transcript`` is what is said or sung; ``sex`` that of the speaker or singer, where it is known.
    Bytes that are not UTF-8, in an ``id`` or ``group`` made of a file's name, are escaped: records are UTF-8.
    """

    id: str = Field(min_length=1)
    path: Path
    group: str = Field(min_length=1)
    labels: Mapping[str, Label]
    start_seconds: float = Field(default=0.0, ge=0)
    end_seconds: float | None = Field(default=None, gt=0)
    sex: Literal["female", "male"] | None = None
    transcript: str | None = None

    @field_validator("id", "group", mode="before")
    @classmethod
    def _in_utf8(cls, value: object) -> object:
        return in_utf8(value) if isinstance(value, str) else value
