"""`emobench status`: what is going on in a run directory, and what became of it?"""

import json as json_format
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from emobench.domain.errors import DataError
from emobench.runs.status import FILE, RunStatus, lost, read_status

NAMES_SHOWN = 2


def command(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A run directory, as given with --out.")] = Path(
        "runs"
    ),
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what every run in a directory is doing, how far it is and how long it will take, or how it ended."""
    folder = folder.parent if folder.name == FILE else folder
    try:
        runs = read_status(folder)
    except FileNotFoundError as problem:
        raise _nothing(folder) from problem
    now, host = datetime.now(UTC), platform.node()
    troubles = {run.id: lost(run, host, now) for run in runs}
    if json:
        shown = [{**run.model_dump(mode="json"), "trouble": troubles[run.id] or None} for run in runs]
        typer.echo(json_format.dumps({"folder": str(folder), "runs": shown}, indent=1, allow_nan=False))
        return
    ended = [run for run in runs if troubles[run.id] or not run.at_work]
    made_good = {run.id for run in ended if _done_later(run, runs)}
    rows = [
        {**_row(run, now, lost=bool(troubles[run.id])), **({"state": "done later"} if run.id in made_good else {})}
        for run in runs
    ]
    empty = {name for name in ("stage", "rate", "left") if not any(row[name] for row in rows)}
    rows = [{name: value for name, value in row.items() if name not in empty} for row in rows]
    typer.echo(tabulate(rows, headers="keys", disable_numparse=True) if rows else "no run")
    for run in (run for run in runs if run.id not in made_good):
        for note in _notes(run, troubles[run.id]):
            typer.echo(f"\n{_name(run)}, begun {run.started.astimezone():%Y-%m-%d %H:%M}: {note}")


def _done_later(run: RunStatus, runs: Sequence[RunStatus]) -> bool:
    """Whether a run did not come to its end, and the same command did afterwards."""
    return run.state != "done" and any(
        other.state == "done" and other.command == run.command and other.started > run.started for other in runs
    )


def _row(run: RunStatus, now: datetime, *, lost: bool) -> dict[str, str]:
    stage = run.stage
    row = {
        "run": _name(run),
        "state": f"{run.state}?" if lost else run.state,
        "units": "" if run.units is None else f"{run.units.done} of {run.units.total}",
        "stage": "",
        "rate": "",
        "left": "",
        "updated": f"{_span((now - run.updated).total_seconds())} ago",
    }
    if stage is not None:
        share = f" ({100 * stage.done // stage.total} %)" if stage.total else ""
        row["stage"] = f"{_short(stage.title, 40)}: {stage.done} of {stage.total}{share}"
        if stage.rate is not None and not lost:
            row["rate"] = f"{stage.rate:.3g} {stage.unit}/s"
        if stage.seconds_left is not None and not lost:
            row["left"] = _span(stage.seconds_left)
    return row


def _notes(run: RunStatus, trouble: str) -> Sequence[str]:
    """What does not fit into a row: trouble, an error, else the last words of a run at work."""
    if trouble:
        return [f"{trouble}:\n{run.command}" if trouble.endswith("command") else trouble]
    if run.error and run.state == "failed":
        return [f"failed.\n{_plain(run.error)}"]
    if run.state == "interrupted":
        return [f"interrupted ({_plain(run.error)}): continue with the same command:\n{run.command}"]
    if run.at_work and run.said:
        return [_plain(run.said)]
    return ()


def _name(run: RunStatus) -> str:
    names = ", ".join(run.backbones[:NAMES_SHOWN])
    more = f" and {len(run.backbones) - NAMES_SHOWN} more" if len(run.backbones) > NAMES_SHOWN else ""
    shard = "" if run.shard is None else f", {run.shard[0]}/{run.shard[1]}"
    return _plain(f"{run.task}: {names}{more}{shard}").replace("\n", "?")


def _nothing(folder: Path) -> DataError:
    near = [*sorted(path.parent for path in folder.glob(f"*/{FILE}")), Path("runs")]
    near = [path for path in near if path != folder and (path / FILE).is_file()]
    return DataError(
        f"no run has left word in '{folder}'.",
        found=f"looked for: {folder / FILE}" + ("" if folder.is_dir() else "; there is no such folder"),
        remedy=f"Did you mean `emobench status {near[0]}`?"
        if near
        else "A run writes it into the folder given as --out.",
    )


def _plain(text: str) -> str:
    """Without what could move a terminal's cursor."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def _short(text: str, most: int) -> str:
    text = _plain(text).replace("\n", " ")
    return text if len(text) <= most else text[: most - 3] + "..."


def _span(seconds: float) -> str:
    seconds = max(0.0, seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
