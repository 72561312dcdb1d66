"""`emobench cache`: what lies in EMOBENCH_HOME, and what can go?"""

import json as json_format
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from emobench.domain.errors import UsageError
from emobench.domain.suggestion import unknown
from emobench.files.home import home

app = typer.Typer(no_args_is_help=True, help="List and prune what EMOBENCH_HOME holds.")
SHELVES = ("features", "frames", "prefixes", "units", "rehearsals", "scans", "downloads", "scripts", "data")
ONE_BY_ONE = ("features", "frames", "prefixes", "data")


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every folder of the shelves that are shown one by one, and the other shelves as a whole."""
    for shelf in SHELVES:
        if not (folder / shelf).is_dir():
            continue
        inside = sorted(path for path in (folder / shelf).iterdir() if path.is_dir() and not path.name.startswith("."))
        yield from (
            ((f"{shelf}/{path.name}", path) for path in inside) if shelf in ONE_BY_ONE else [(shelf, folder / shelf)]
        )


def _files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file() and file.parent.name != ".locks"]


def _rows(folder: Path) -> list[dict[str, object]]:
    rows = []
    for name, path in _entries(folder):
        files = _files(path)
        size = sum(file.stat().st_size for file in files)
        damaged = sum(".damaged-" in file.name for file in files)
        rows.append({"what": name, "files": len(files), "megabytes": round(size / 1e6, 1), "set aside": damaged})
    return rows


@app.command("list")
def list_(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is stored, with sizes."""
    rows = _rows(home())
    if json:
        typer.echo(json_format.dumps({"home": str(home()), "stored": rows}, indent=1))
        return
    typer.echo(f"{home()}")
    typer.echo(tabulate(rows, headers="keys") if rows else "nothing stored")


def _remove(path: Path, *, only_leftovers: bool) -> tuple[int, int]:
    removed = size = 0
    for file in _files(path):
        if only_leftovers and not (file.name.startswith(".tmp-") or ".damaged-" in file.name):
            continue
        size += file.stat().st_size
        file.unlink()
        removed += 1
    if not only_leftovers:
        shutil.rmtree(path, ignore_errors=True)  # an empty folder would pass for a dataset
    return removed, size


@app.command()
def prune(
    what: Annotated[str | None, typer.Argument(help="A line of `cache list`; without it, only leftovers.")] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Delete all that can be computed or fetched again.")
    ] = False,
) -> None:
    """Delete temporary and damaged leftovers, or one line of `cache list`, or all; everything can be made again."""
    if everything and what is not None:
        raise UsageError("--all and a name exclude each other.")
    entries = dict(_entries(home()))
    if what is not None and what not in entries:
        raise unknown("line of the cache", what, entries, see="emobench cache list")
    chosen = entries if what is None else {what: entries[what]}
    removed = size = 0
    for path in chosen.values():
        files, freed = _remove(path, only_leftovers=what is None and not everything)
        removed, size = removed + files, size + freed
    typer.echo(f"deleted {removed} files, {size / 1e6:.1f} MB")
