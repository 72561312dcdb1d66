"""`emobench data fetch`: bring a published dataset here."""

import json as json_format
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from emobench.catalog.known import known_plugins
from emobench.cli.bars import progress_bars
from emobench.domain.cards import DatasetCard
from emobench.domain.errors import DataError
from emobench.files.home import data_home, home


def command(
    name: Annotated[str, typer.Argument(help="A dataset.")],
    *,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", "--accept-license", help="I accept the licence of the dataset.")
    ] = False,
    archive: Annotated[
        list[Path] | None, typer.Option(help="FILE: the published archive, where you have it already.")
    ] = None,
    data_home_: Annotated[
        Path | None, typer.Option("--data-home", help="The folder of datasets (default EMOBENCH_DATA).")
    ] = None,
    keep_archive: Annotated[
        bool, typer.Option("--keep-archive", help="Do not delete the archive when it is unpacked.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never open the network.")] = False,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Download a dataset whose licence you accept, verify its checksum, and unpack it once."""
    from emobench.corpora.archive_sources import Ways, require_archives
    from emobench.corpora.corpus import root_of
    from emobench.corpora.fetched import read_note
    from emobench.corpora.fetching import fetch, state_of

    catalog = known_plugins(plugin or ())
    offer = catalog.dataset(name)
    dataset = offer.what
    card = dataset.card
    if card.generated:
        _tell(card, root_of(dataset, {}, home(), os.environ, offer.owner), "generated", json=json)
        return
    env = {**os.environ, **({"EMOBENCH_DATA": str(data_home_)} if data_home_ is not None else {})}
    folder = data_home(env) / card.name
    state = state_of(dataset, folder)
    if state == "whole":
        _tell(card, folder, "there", json=json)
        return
    require_archives(card)
    note = read_note(folder) if state == "damaged" else None
    _introduce(card)
    given = {"--archive": archive or (), "--data-home": [data_home_] if data_home_ else (), "--plugin": plugin or ()}
    flags = {flag: [word for value in values for word in (flag, str(value))] for flag, values in given.items()}
    if not accept_licence and (note is None or note.licence != card.licence):
        _ask(card, [word for words in flags.values() for word in words])
    ways = Ways(
        folder, home() / "downloads", tuple(archive or ()), offline=offline, keep_archive=keep_archive,
        options=(*flags["--data-home"], *flags["--plugin"]),
    )  # fmt: skip
    with progress_bars() as progress:
        fetch(dataset, catalog, ways, progress)
    _tell(card, folder, "fetched", json=json)
    if data_home(env) != data_home():
        sys.stderr.write(f"Runs find it with EMOBENCH_DATA={data_home(env)} or --data {card.name}={folder}\n")


def _introduce(card: DatasetCard) -> None:
    size = sum(archive.size for archive in card.archives) / 1e6
    sys.stderr.write(f"{card.name}: {card.title}\n{card.citation}\n{card.url}\n")
    sys.stderr.write(f"licence: {card.licence}; to download: {size:,.0f} MB\n")


def _ask(card: DatasetCard, options: Sequence[str]) -> None:
    """Go on only with a licence that somebody accepted."""
    asked = sys.stdin.isatty()
    if asked and typer.confirm(f"Do you accept the licence {card.licence}?", default=False, err=True):
        return
    raise DataError(
        f"the licence of '{card.name}' is not accepted.",
        found=f"licence: {card.licence}; its text: {card.url}",
        remedy=f"If you accept it: emobench data fetch {shlex.join([card.name, '--accept-licence', *options])}",
    )


def _tell(card: DatasetCard, folder: Path, state: str, *, json: bool) -> None:
    from emobench.corpora.fetched import read_note

    note = read_note(folder)
    if json:
        found = {"dataset": card.name, "folder": str(folder), "state": state, "licence": card.licence}
        known = {} if note is None else {
            "accepted": note.accepted, "archives": [archive.model_dump() for archive in note.archives],
            "files": len(note.files), "bytes": sum(file.size for file in note.files.values()),
        }  # fmt: skip
        typer.echo(json_format.dumps({**found, **known}, indent=1))
        return
    said = {"there": "is there already", "generated": "is generated, and needs no download", "fetched": "is fetched"}
    told = f"'{card.name}' {said[state]}"
    if note is not None:
        size = sum(file.size for file in note.files.values()) / 1e6
        told += f": {len(note.files):,} files, {size:,.0f} MB; licence accepted on {note.accepted}"
    typer.echo(f"{told}\n{folder}")
