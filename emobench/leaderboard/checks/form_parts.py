"""Of which small parts are the forms of records made? Texts, digests and numbers with their bounds."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

LARGEST = 2**53  # beyond, not every reader of JSON has integers

Text = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+:/@-]*$", max_length=200)]
Prose = Annotated[str, Field(min_length=1, max_length=2000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Amount = Annotated[float, Field(ge=0, le=1e18)]
Scalar = str | bool | int | float | None
Option = Scalar | Annotated[tuple[Scalar, ...], Field(max_length=100)]
Options = Annotated[Mapping[Name, Option], Field(max_length=100)]
