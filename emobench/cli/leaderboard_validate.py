"""`emobench leaderboard validate`: does every record say what its predictions say?"""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from emobench.domain.errors import CheckError


def command(
    path: Annotated[
        Path, typer.Argument(metavar="[PATH]", help="All boards below a folder, one board, or records.")
    ] = Path("leaderboards"),
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of records, and check none.")] = False,
    processes: Annotated[int, typer.Option("--processes", min=1, max=64, help="How many records at once.")] = 2,
) -> None:
    """Check records, recomputing every score from the table beside it: a line a finding, and exit code 4 if any."""
    if schema:
        from emobench.leaderboard.checks.record_form import schema as schema_of_records

        typer.echo(json_format.dumps(schema_of_records(), indent=1, sort_keys=True, ensure_ascii=False))
        return
    from emobench.leaderboard.checks.board_checks import checked_boards
    from emobench.leaderboard.checks.findings import RULES, shown

    checked = checked_boards(path, processes)
    if json:
        told = [{"file": str(one.path), "rule": one.rule, "what": one.what} for one in checked.findings]
        facts = {"records": checked.records, "boards": checked.boards, "rules": list(RULES), "findings": told}
        typer.echo(json_format.dumps({**facts, "not_recomputed": dict(checked.not_recomputed)}, indent=1))
    else:
        for finding in checked.findings:
            typer.echo(finding.line())
        typer.echo(
            f"{checked.records} records on {checked.boards} boards checked: {len(checked.findings)} findings.\n"
            f"Checked: {', '.join(RULES)}.\n"
            f"Not recomputed, as told: {'; '.join(f'{one} ({what})' for one, what in checked.not_recomputed.items())}."
        )
    if checked.findings:
        bad = {finding.path for finding in checked.findings}
        raise CheckError(
            f"{len(checked.findings)} findings in {len(bad)} files below '{shown(str(path))}'.",
            remedy="docs/validation.md says what each rule means.",
        )
