"""`emobench report`: what do records say, as one page or a table for a paper?"""

from pathlib import Path
from typing import Annotated

import typer

from emobench.cli.logs import say
from emobench.domain.errors import UsageError

PAGE = Path("report.html")


def command(
    records: Annotated[list[Path], typer.Argument(metavar="RECORD...", help="Records (.json), of any tasks.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where it goes (report.html; a table: stdout).")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="A booktabs table for a paper instead of a page.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is no report.")] = False,
) -> None:
    """Show records as one HTML file with interactive charts, or as a LaTeX table. An older report is overwritten."""
    place = out if latex else out or PAGE
    if place is not None:
        _check_place(place, records, force=force)
    from emobench.pages.report_entries import read_entries

    entries = read_entries(records)
    for entry in entries:
        if entry.missing and not latex:
            say(f"{entry.path}: {entry.missing}")
    if latex:
        from emobench.pages.latex import latex as made
    else:
        from emobench.pages.report import report_page as made
    text = made(entries)
    if place is None:
        typer.echo(text, nl=False)
        return
    from emobench.files.atomic import write_bytes

    data = text.encode()
    write_bytes(place, data)
    say(f"{len(data) / 1e6:.2f} MB")
    typer.echo(str(place))


def _check_place(place: Path, records: list[Path], *, force: bool) -> None:
    """Refuse a folder, a record, and a file that is no report: better now than after the work.

    Raises:
        UsageError: it is one of them.
    """
    if place.is_dir():
        raise UsageError(f"'{place}' is a folder.", remedy="Name a file: -o report.html")
    if any(place.resolve() == record.resolve() for record in records):
        raise UsageError(f"'{place}' is a record of this report.", remedy="Name another file: -o report.html")
    if place.exists() and not force and not _ours(place):
        raise UsageError(
            f"'{place}' is there already and is no report of emobench.",
            remedy="Name another file with -o, or overwrite it with --force.",
        )


def _ours(place: Path) -> bool:
    """Whether a file was made by this verb (or holds nothing)."""
    try:
        data = place.read_bytes()
    except OSError as problem:
        raise UsageError(f"'{place}' cannot be read.", found=type(problem).__name__) from problem
    return not data or b"<!-- emobench report -->" in data or data.startswith(b"% emobench report")
