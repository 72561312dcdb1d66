"""`emobench leaderboard add`: file records on their boards"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import UsageError


def command(paths: Annotated[list[Path], typer.Argument(metavar="PATH...")]) -> None:
    """Not built yet."""
    raise UsageError("`emobench leaderboard add` is not built yet.", found=", ".join(map(str, paths)))
