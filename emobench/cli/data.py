"""`emobench data`: where do datasets lie, and are they what was published?"""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from emobench.catalog.known import known_plugins
from emobench.cli import data_audit, data_fetch, data_verify
from emobench.cli.placed import given_folders, named, own_place
from emobench.corpora.generated import generated_folder
from emobench.domain.own_names import is_own
from emobench.files.home import dataset_root, home

app = typer.Typer(no_args_is_help=True, help="Where datasets lie, how they come here, and whether they are whole.")


@app.command()
def where(
    name: Annotated[
        str | None, typer.Argument(help="A dataset, csv:PATH or hf:ORG/NAME; without it, all of them.")
    ] = None,
    *,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where a dataset lies.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the folder of a dataset, and where it is looked for."""
    catalog = known_plugins(plugin or ())
    found, given = (None, given_folders(catalog, data)) if name is None else named(catalog, name, data)
    names = [*catalog.datasets, *filter(is_own, given)] if found is None else [found]
    rows = []
    for dataset in names:
        if is_own(dataset):
            rows.append(own_place(dataset, given))
            continue
        offer = catalog.dataset(dataset)
        card = offer.what.card
        root = dataset_root(dataset, given)
        if root is None and card.generated:
            made = generated_folder(card, offer.owner, home())
            root, state = made, "generated" if made.is_dir() else "generated on first use"
        else:
            way = f"`emobench data fetch {dataset}`" if card.archives else f"$EMOBENCH_DATA/{dataset}"
            state = f"not at hand: {way}, or --data {dataset}=DIR" if root is None else "there"
        rows.append(
            {"dataset": dataset, "folder": None if root is None else str(root), "state": state, "from": card.url}
        )
    typer.echo(json_format.dumps(rows, indent=1) if json else tabulate(rows, headers="keys", disable_numparse=True))


app.command("fetch")(data_fetch.command)
app.command("verify")(data_verify.command)
app.command("audit")(data_audit.command)
