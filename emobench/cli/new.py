"""`emobench new`: what does the package of a backbone, dataset or PEFT method of one's own look like?"""

import shlex
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from emobench.authoring.names import check_name, taken_names
from emobench.authoring.package import KINDS, Kind, write_package
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.clip import Domain
from emobench.domain.errors import UsageError
from emobench.domain.suggestion import unknown

RUN = {
    "backbone": "emobench run --backbone {name}",
    "dataset": "emobench run --dataset {name}",
    "peft": "emobench run --task cross_domain --peft {name} --backbone hubert-tiny-random"
    " --dataset synthetic-speech,synthetic-music --preset quick",
}


def command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What --backbone, --dataset or --peft will call it.")],
    *,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Where the package goes.")] = Path(),
    domain: Annotated[str | None, typer.Option("--domain", help="Of a dataset: speech (the default) or music.")] = None,
) -> None:
    """Write a small working package, emobench-NAME, to be installed, checked, run, and then changed."""
    _check_choices(kind, domain)
    check_name(name, taken_names(build_catalog(*discover())))
    place = write_package(cast("Kind", kind), name, into, cast("Domain", domain or "speech"))
    for file in sorted(file for file in place.rglob("*") if file.is_file()):
        typer.echo(file.as_posix())
    typer.echo(f"\nIt works as it is. Next (what to change is in {(place / 'README.md').as_posix()}):\n")
    target = place.as_posix() if place.is_absolute() else f"./{place.as_posix()}"
    for line in (f"pip install -e {shlex.quote(target)}", f"emobench check {name}", RUN[kind].format(name=name)):
        typer.echo(f"  {line}")


def _check_choices(kind: str, domain: str | None) -> None:
    """Raises UsageError: an unknown kind or domain, or a domain for what has none."""
    if kind not in KINDS:
        raise unknown("kind of plugin", kind, KINDS)
    if domain is not None and kind != "dataset":
        raise UsageError("--domain is for datasets.", remedy="Leave it out.")
    if domain is not None and domain not in get_args(Domain):
        raise unknown("domain", domain, get_args(Domain))
