"""`emobench leaderboard build`: render boards from their records."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="The folder that holds the boards.")] = Path("leaderboards"),
    site: Annotated[Path | None, typer.Option("--site", help="Write a site to look through, too.")] = None,
) -> None:
    """Render README.md, table.csv and table.json of every board, and the page above them, from the records."""
    from emobench.files.atomic import write_bytes
    from emobench.leaderboard.board import board_folders
    from emobench.leaderboard.board_tables import read_boards
    from emobench.leaderboard.files_of_boards import files_of
    from emobench.leaderboard.standing.reading import uncollected

    with uncollected(), ThreadPoolExecutor(1) as meanwhile:
        if site is not None:  # what pages need is loaded while processes read
            meanwhile.submit(import_module, "emobench.pages.site")
            meanwhile.submit(import_module, "altair")
        read = read_boards(board_folders(folder))
        for path, content in files_of(folder, read).items():
            write_bytes(path, content)
            typer.echo(str(path))
        if site is not None:
            from emobench.pages.site import write_site

            typer.echo(str(write_site(read, site)[0]))
