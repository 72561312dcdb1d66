"""`emobench leaderboard diff`: what does a submission change on the boards?"""

from pathlib import Path
from typing import Annotated

import typer


def command(
    old: Annotated[Path, typer.Argument(help="The folder of boards as it stands.")],
    new: Annotated[Path, typer.Argument(help="The same folder with the submission.")],
    *,
    findings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `leaderboard validate` printed, for the summary.")
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append the difference to a file, as Markdown.")
    ] = None,
) -> None:
    """List new, changed and removed files; changed or removed records end with 4: boards are append-only."""
    from emobench.domain.errors import CheckError, DataError, UsageError

    if findings is not None and summary is None:
        raise UsageError("--findings are for the summary, and there is none.", remedy="Name a file with --summary.")
    from emobench.files.atomic import write_bytes
    from emobench.leaderboard.checks.findings import shown
    from emobench.leaderboard.filing import submission_difference

    difference = submission_difference.difference_of(old, new)
    for word in ("added", "changed", "removed", "others"):
        for name in getattr(difference, word):
            typer.echo(f"{'other' if word == 'others' else word}: {shown(name)}")
    if summary is not None:
        try:
            lines = None if findings is None else findings.read_text("utf-8", "replace").splitlines()
            before = summary.read_bytes() if summary.exists() else b""
        except OSError as problem:
            raise DataError("a file of this check cannot be read.", found=str(problem)) from problem
        write_bytes(summary, before + submission_difference.summary(difference, lines).encode())
    if not difference.append_only:
        raise CheckError(
            "records that stand on a board were changed or removed.",
            found=f"{len(difference.changed)} changed, {len(difference.removed)} removed",
            remedy="Boards are append-only: put them back, and add what is new beside them.",
        )
