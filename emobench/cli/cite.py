"""`emobench cite`: whom does a result owe?"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import UsageError


def command(records: Annotated[list[Path], typer.Argument(metavar="RECORD...")]) -> None:
    """Not built yet."""
    raise UsageError("`emobench cite` is not built yet.", found=", ".join(map(str, records)))
