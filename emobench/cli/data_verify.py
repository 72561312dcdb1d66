"""`emobench data verify`: is a dataset what was published?"""

import json as json_format
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emobench.catalog.known import known_plugins
from emobench.cli.bars import progress_bars
from emobench.cli.placed import placed
from emobench.domain.cards import DatasetCard
from emobench.domain.errors import DataError
from emobench.domain.names import in_utf8, on_one_line
from emobench.files.home import data_home, home

if TYPE_CHECKING:
    from emobench.corpora.verification import Verification

SHOWN = 20


def command(
    name: Annotated[str, typer.Argument(help="A dataset, csv:PATH or hf:ORG/NAME.")],
    *,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where the dataset lies.")] = None,
    archive: Annotated[list[Path] | None, typer.Option(help="FILE: the published archive to compare with.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="table.key=value, for own data.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Decode and compare every file of a dataset: official, a derived copy, or what differs, file by file."""
    from emobench.corpora.verification import verify

    catalog = known_plugins(plugin or ())
    with progress_bars() as progress:
        offer, root = placed(catalog, name, data, set_, progress)
        found = verify(offer, catalog, root, archive or (), home(), progress)
    card = offer.what.card
    typer.echo(_json(found) if json else "\n".join(_lines(found, card)))
    if not found.whole:
        counts = ", ".join(f"{len(list(group))} {kind}" for kind, group in groupby(found.findings, lambda f: f.kind))
        raise DataError(f"'{name}' in {on_one_line(root)} differs from what was published.", found=f"found: {counts}",
                        remedy=_remedy(found, card))  # fmt: skip


def _json(found: "Verification") -> str:
    told = {**asdict(found), "folder": in_utf8(str(found.folder))}
    told["findings"] = [
        {"kind": finding.kind, "file": in_utf8(finding.file), "reason": finding.reason} for finding in found.findings
    ]
    return json_format.dumps(told, indent=1)


def _lines(found: "Verification", card: DatasetCard) -> Iterator[str]:
    yield f"{found.dataset}: {found.verdict}"
    yield f"folder         {on_one_line(found.folder)}"
    yield f"compared with  {on_one_line(found.compared_with)}"
    bytewise = f", {found.same:,} byte for byte as published" if found.same else ""
    yield f"files          {found.found:,} of {found.expected:,}{bytewise}"
    rates = ", ".join(f"{rate:,} Hz" for rate in found.rates_hz) or "none"
    channels = ", ".join(str(count) for count in found.channels) or "none"
    formats = ", ".join(found.formats) or "none"
    yield f"audio          {found.seconds / 3600:.2f} h; {rates}; {formats}; channels: {channels}"
    if found.verdict == "derived copy":
        yield f"published      {card.sample_rate:,} Hz"
    if found.audio is not None:
        yield f"digest         {found.audio}"
    for remark in found.remarks[:SHOWN]:
        yield f"remark         {on_one_line(remark)}"
    if not found.same and found.verdict != "generated" and card.archives:
        files = " ".join(f"--archive {archive.name}" for archive in card.archives)
        yield f"To compare bytes: emobench data verify {card.name} {files}"
    for kind, group in groupby(found.findings, lambda finding: finding.kind):
        listed = list(group)
        yield f"\n{kind} ({len(listed):,})"
        for finding in listed[:SHOWN]:
            yield f"  {on_one_line(finding.file)}: " + finding.reason.replace("\n", "\n    ")
        if len(listed) > SHOWN:
            yield f"  and {len(listed) - SHOWN:,} more: --json lists all"


def _remedy(found: "Verification", card: DatasetCard) -> str:
    kinds = {finding.kind for finding in found.findings}
    steps = ["Move what is unexpected or doubled elsewhere."] if kinds & {"unexpected", "doubled"} else []
    if kinds & {"missing", "damaged", "changed"} or not steps:
        own = found.folder == data_home() / card.name
        fetch = f"emobench data fetch {card.name} --accept-licence" + ("" if own else " --data-home DIR")
        steps.append(f"Get the rest again: {fetch}" if card.archives else f"Get the rest again from {card.url}.")
    return "\n".join(steps)
