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
    from emobench.domain.errors import UsageError

    if len(records) < 2:
        raise UsageError("there is nothing to compare it with.", found=records[0], remedy="Name two records or more.")
    from emobench.leaderboard.comparing.comparison import compare
    from emobench.leaderboard.comparing.comparison_text import as_data, as_text
    from emobench.leaderboard.comparing.measured import read_measured
    from emobench.leaderboard.comparing.named_records import file_of

    files = [file_of(name, boards) for name in records]
    given = [read_measured(path) for path in files]
    sealed = [(one.record.key, one.record.found_digest, one.record.predictions_digest) for one in given]
    for place, seal in enumerate(sealed):
        if seal in sealed[:place]:
            other = files[sealed.index(seal)]
            raise UsageError("the same record stands there twice.", found=f"'{other}' and '{files[place]}'")
    comparisons = compare(given)
    if json:
        import json as json_format

        typer.echo(json_format.dumps(as_data(given, comparisons), indent=1, allow_nan=False))
    else:
        typer.echo(as_text(given, comparisons))
