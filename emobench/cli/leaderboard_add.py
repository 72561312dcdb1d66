"""`emobench leaderboard add`: file records on their boards."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD...", help="Records, their files beside them.")],
    *,
    boards: Annotated[Path, typer.Option(help="The folder that holds the boards.")] = Path("leaderboards"),
) -> None:
    """Copy records onto the boards of their questions, if all of them fit; what repeats an entry reproduces it."""
    from emobench.cli.logs import say
    from emobench.leaderboard.filing.filed import add

    filed = add(records, boards)
    for filing in filed:
        typer.echo(str(filing.target))
    for filing in filed:
        if filing.why:
            say(f"{filing.source}: {filing.kind}: {filing.why}")
    say(f"Next: `emobench leaderboard build {boards}`, then commit all of it.")
