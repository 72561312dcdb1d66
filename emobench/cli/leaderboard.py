"""`emobench leaderboard`: render boards from their records."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Render boards (validate and add are to come).")


@app.callback()
def _group() -> None:
    """Keep `build` a verb of its own although it is the only one so far."""


@app.command()
def build(
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
