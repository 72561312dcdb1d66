"""`emobench cite`: whom does a result owe?"""

from pathlib import Path
from typing import Annotated

import typer


def command(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD...", help="Records: .json files of a run.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write them to a file.")] = None,
) -> None:
    """Print the BibTeX of model, corpora and method, each once, with a line that says what for."""
    from emobench.files.atomic import write_bytes
    from emobench.leaderboard.citing.citation import bibliography
    from emobench.runs.record_store import read_record

    text = bibliography([read_record(path) for path in records])
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_bytes(out, text.encode())
        typer.echo(str(out))
