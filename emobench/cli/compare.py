"""`emobench compare`: do two records differ by more than chance?"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import UsageError


def command(records: Annotated[list[Path], typer.Argument(metavar="RECORD...")]) -> None:
    """Not built yet."""
    raise UsageError("`emobench compare` is not built yet.", found=", ".join(map(str, records)))
