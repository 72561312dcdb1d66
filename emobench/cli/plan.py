"""`emobench plan`: what would a run do? Computes nothing."""

import typer

from emobench.cli.arguments import with_run_arguments
from emobench.cli.bars import progress_bars
from emobench.runs.asking import Asked


def plan(asked: Asked) -> None:
    """Show clips, groups, folds, units, what is done already, and the estimated hours; compute nothing."""
    import json

    from emobench.files.home import home
    from emobench.runs.estimate import estimated_hours
    from emobench.runs.plan_tables import as_data, as_tables
    from emobench.runs.running import prepare

    with progress_bars() as progress:
        made, device = prepare(asked.spec, asked.where, asked.catalog, progress)
    data = as_data(made, home(), estimated_hours(made, device))
    typer.echo(json.dumps(data, indent=1) if asked.json else as_tables(data))


command = with_run_arguments(plan)
