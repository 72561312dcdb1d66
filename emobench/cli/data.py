"""`emobench data`: where do datasets lie?"""

import json as json_format
import os
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.cli.arguments import pairs
from emobench.files.home import dataset_root, home

app = typer.Typer(no_args_is_help=True, help="Where datasets lie (fetch, verify and audit are to come).")


@app.callback()
def _group() -> None:
    """Keep `where` a verb of its own although it is the only one so far."""


@app.command()
def where(
    name: Annotated[str | None, typer.Argument(help="A dataset; without it, all of them.")] = None,
    *,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where a dataset lies.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the folder of a dataset, and where it is looked for."""
    catalog = build_catalog(*discover())
    given = {key: Path(value) for key, value in pairs("--data", data).items()}
    for key in given:
        catalog.dataset(key)
    names = list(catalog.datasets) if name is None else [catalog.dataset(name).what.card.name]
    rows = []
    for dataset in names:
        card = catalog.dataset(dataset).what.card
        root = dataset_root(dataset, given)
        if root is None and card.generated:
            made = home() / "data" / f"{dataset}-v{card.version}"
            root, state = made, "generated" if made.is_dir() else "generated on first use"
        else:
            state = (
                f"not at hand: --data {dataset}=DIR or {os.environ.get('EMOBENCH_DATA', '$EMOBENCH_DATA')}/{dataset}"
            )
            state = "there" if root is not None else state
        rows.append(
            {"dataset": dataset, "folder": None if root is None else str(root), "state": state, "from": card.url}
        )
    typer.echo(json_format.dumps(rows, indent=1) if json else tabulate(rows, headers="keys", disable_numparse=True))
