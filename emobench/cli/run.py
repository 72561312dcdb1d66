"""`emobench run`: measure."""

import sys
from typing import Any

import typer

from emobench.cli.arguments import with_run_arguments
from emobench.cli.bars import progress_bars
from emobench.cli.logs import say
from emobench.domain.errors import INTERRUPTED
from emobench.domain.presets import PRESETS
from emobench.runs.asking import Asked
from emobench.runs.reporting import Report, reported

LONG_HOURS = 4.0


def _ask_before_long(hours: float, device: str, *, yes: bool) -> None:
    if hours <= LONG_HOURS or device != "cpu" or yes or not sys.stdin.isatty():
        return
    try:
        go_on = typer.confirm(f"This may take {hours:.0f} hours on this machine. Go on?", default=False, err=True)
    except typer.Abort:  # Ctrl-C, or the end of what is typed
        typer.echo(err=True)
        go_on = False
    if not go_on:
        raise typer.Exit(code=INTERRUPTED)


def run(asked: Asked) -> None:
    """Measure: every clip through every backbone once, then probes and trainings, then records.

    Without arguments: the task layerwise on the synthetic pair with the built-in backbones.
    """
    with reported(asked.where.out, _asked(asked)) as report:
        _measure(asked, report)


def _measure(asked: Asked, report: Report) -> None:
    from emobench.corpora.remarks import lines_about
    from emobench.domain.canonical import plain
    from emobench.files.home import home
    from emobench.leaderboard.comparing.repeating import found_before, told_of
    from emobench.runs.estimate import estimated_hours
    from emobench.runs.running import carry_out, prepare, require_success
    from emobench.runs.unit_store import UnitStore
    from emobench.views.bias_tables import summary as bias_summary
    from emobench.views.pair_tables import summary as pair_summary
    from emobench.views.tables import summary

    with progress_bars() as bars:
        plan, device = prepare(asked.spec, asked.where, asked.catalog, report.over(bars))
    for line in lines_about(plan):
        say(line)
    hours = estimated_hours(plan, device)
    say(f"estimated time: {_spoken(hours)} on {device}")
    if hours > LONG_HOURS and PRESETS.get(asked.spec.task):
        say("For a first look: --preset quick (one fold, one seed, few epochs).")
    _ask_before_long(hours, device.type, yes=asked.where.yes)
    units = UnitStore(home() / "units")
    report.planned(len(plan.units), lambda: sum(units.done(unit) for unit in plan.units))
    before = found_before(asked.where.out, all(units.done(unit) for unit in plan.units)) if asked.repeats else None
    with progress_bars() as bars:
        result = carry_out(plan, device, asked.where, asked.catalog, report.over(bars), sys.argv[1:])
    report.records = len(result.records)
    if result.open_units:
        say(f"{result.open_units} units are left to other slices: records follow when they are done.")
    if asked.json:
        import json

        typer.echo(
            json.dumps([plain(record.model_dump(by_alias=True)) for _, record in result.records], allow_nan=False)
        )
    elif result.records:
        show = {"cross_domain": pair_summary, "fad_bias": bias_summary}.get(asked.spec.task, summary)
        typer.echo(show([record for _, record in result.records]))
        for path, _ in result.records:
            typer.echo(str(path))
    if asked.repeats is not None and before is not None:
        for line in told_of(asked.repeats, result.records, before):
            say(line)
    require_success(result)


def _asked(asked: Asked) -> dict[str, Any]:
    """What the status of the run says of the command."""
    from emobench.runs.provenance import without_paths

    spec = asked.spec
    named = {"task": spec.task, "backbones": spec.backbones, "datasets": spec.datasets, "shard": asked.where.shard}
    return {**named, "command": without_paths(sys.argv[1:])}


def _spoken(hours: float) -> str:
    seconds = hours * 3600
    if seconds < 10:
        return "a few seconds"
    if seconds < 120:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if hours < 2 else f"about {hours:.0f} h"


command = with_run_arguments(run)
