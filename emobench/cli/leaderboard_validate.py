"""`emobench leaderboard validate`: does every record say what its predictions say?"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import UsageError


def command(paths: Annotated[list[Path], typer.Argument(metavar="PATH...")]) -> None:
    """Not built yet."""
    raise UsageError("`emobench leaderboard validate` is not built yet.", found=", ".join(map(str, paths)))
