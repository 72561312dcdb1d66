"""`emobench data audit`: does audio leak, are labels doubled, what cannot be used, how are classes balanced?"""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from emobench.catalog.known import known_plugins
from emobench.cli.bars import progress_bars
from emobench.cli.placed import placed
from emobench.domain.errors import CheckError
from emobench.files.home import home


def command(
    name: Annotated[str, typer.Argument(help="A dataset, csv:PATH or hf:ORG/NAME.")],
    *,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where the dataset lies.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="table.key=value, for own data.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look a corpus through: doubled audio, leaks between folds, faults, levels, balance of classes."""
    from emobench.corpora.audit_report import as_data, as_page
    from emobench.corpora.auditing import audit

    with progress_bars() as progress:
        offer, root = placed(known_plugins(plugin or ()), name, data, set_, progress)
        found = audit(offer, root, home() / "scans", progress)
    typer.echo(json_format.dumps(as_data(found), indent=1) if json else as_page(found))
    if found.errors:
        kinds = dict.fromkeys(finding.kind for finding in found.errors)
        counts = [f"{kind}: {sum(finding.kind == kind for finding in found.errors)}" for kind in kinds]
        raise CheckError(
            f"'{name}' has {len(found.errors)} error{'s' * (len(found.errors) > 1)}.",
            found=f"found: {', '.join(counts)}",
            remedy="Mend the files, or the labels and groups that its reader gives, and look again.",
        )
