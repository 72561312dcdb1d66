"""`emobench run`: measure."""

import sys

import typer

from emobench.cli.arguments import Asked, with_run_arguments
from emobench.cli.bars import progress_bars
from emobench.domain.errors import INTERRUPTED
from emobench.domain.presets import PRESETS

LONG_HOURS = 4.0


def _ask_before_long(hours: float, device: str, *, yes: bool) -> None:
    if hours <= LONG_HOURS or device != "cpu" or yes or not sys.stdin.isatty():
        return
    if not typer.confirm(f"This may take {hours:.0f} hours on this machine. Go on?", default=False, err=True):
        raise typer.Exit(code=INTERRUPTED)


def run(asked: Asked) -> None:
    """Measure: every clip through every backbone once, then probes and trainings, then records.

    Without arguments: the task layerwise on the synthetic pair with the built-in backbones.
    """
    from emobench.domain.canonical import plain
    from emobench.runs.estimate import estimated_hours
    from emobench.runs.running import carry_out, prepare
    from emobench.views.bias_tables import summary as bias_summary
    from emobench.views.pair_tables import summary as pair_summary
    from emobench.views.tables import summary

    with progress_bars() as progress:
        plan, device = prepare(asked.spec, asked.where, asked.catalog, progress)
    hours = estimated_hours(plan, device)
    sys.stderr.write(f"estimated time: {_spoken(hours)} on {device}\n")
    if hours > LONG_HOURS and PRESETS.get(asked.spec.task):
        sys.stderr.write("For a first look: --preset quick (one fold, one seed, few epochs).\n")
    _ask_before_long(hours, device.type, yes=asked.where.yes)
    with progress_bars() as progress:
        result = carry_out(plan, device, asked.where, asked.catalog, progress, sys.argv[1:])
    if result.open_units:
        sys.stderr.write(f"{result.open_units} units are left to other slices: records follow when they are done.\n")
    if asked.json:
        import json

        typer.echo(
            json.dumps([plain(record.model_dump(by_alias=True)) for _, record in result.records], allow_nan=False)
        )
        return
    if result.records:
        show = {"cross_domain": pair_summary, "fad_bias": bias_summary}.get(asked.spec.task, summary)
        typer.echo(show([record for _, record in result.records]))
    for path, _ in result.records:
        typer.echo(str(path))


def _spoken(hours: float) -> str:
    seconds = hours * 3600
    if seconds < 10:
        return "a few seconds"
    if seconds < 120:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if hours < 2 else f"about {hours:.0f} h"


command = with_run_arguments(run)
