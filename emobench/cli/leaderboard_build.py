"""`emobench leaderboard build`: render boards from their records."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="The folder that holds the boards.")] = Path("leaderboards"),
) -> None:
    """Render the README.md of every board from its records."""
    from emobench.domain.errors import DataError
    from emobench.files.atomic import write_bytes
    from emobench.leaderboard.markdown import render

    boards = sorted(path.parent for path in folder.glob("*/board.toml"))
    if not boards:
        raise DataError(f"there are no boards below '{folder}'.", found="looked for: */board.toml")
    for board in boards:
        write_bytes(board / "README.md", render(board).encode())
        typer.echo(str(board / "README.md"))
