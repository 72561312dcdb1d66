"""`emobench report`: what do records say, as one page or a table for a paper?"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import UsageError


def command(records: Annotated[list[Path], typer.Argument(metavar="RECORD...")]) -> None:
    """Not built yet."""
    raise UsageError("`emobench report` is not built yet.", found=", ".join(map(str, records)))
