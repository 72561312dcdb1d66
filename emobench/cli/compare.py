"""`emobench compare`: do records differ by more than chance?"""

from pathlib import Path
from typing import Annotated

import typer


def command(
    records: Annotated[
        list[str],
        typer.Argument(metavar="RECORD...", help="Files, or beginnings of keys of boards; the first is the reference."),
    ],
    *,
    boards: Annotated[Path, typer.Option(help="The folder that holds the boards.")] = Path("leaderboards"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold records against the first: differences on the same clips, with intervals over people and p-values."""
    from emobench.leaderboard.comparing.comparison_text import as_data, as_text
    from emobench.leaderboard.comparing.held_against import held_against

    given, comparisons = held_against(records, boards)
    if json:
        import json as json_format

        typer.echo(json_format.dumps(as_data(given, comparisons), indent=1, allow_nan=False))
    else:
        typer.echo(as_text(given, comparisons))
