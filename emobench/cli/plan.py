"""`emobench plan`: what would a run do? Computes nothing."""

import typer

from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.discovery import discover
from emobench.cli.arguments import Asked, with_run_arguments
from emobench.cli.bars import progress_bars


def known_plugins(asked: Asked) -> Catalog:
    """The catalog of installed plugins and of those given with ``--plugin``, which must work."""
    from emobench.domain.errors import UsageError

    modules, broken = discover(asked.where.plugins)
    catalog = build_catalog(modules, broken)
    files = {module.distribution for module in modules if module.digest is not None}
    for plugin in catalog.broken:
        if plugin.distribution in files:
            raise UsageError(f"the plugin '{plugin.name}' cannot be used.", found=plugin.reason)
    return catalog


def plan(asked: Asked) -> None:
    """Show clips, groups, folds, units, what is done already, and the estimated hours; compute nothing."""
    import json

    from emobench.files.home import home
    from emobench.runs.estimate import estimated_hours
    from emobench.runs.plan_tables import as_data, as_tables
    from emobench.runs.running import prepare

    with progress_bars() as progress:
        made, device = prepare(asked.spec, asked.where, known_plugins(asked), progress)
    data = as_data(made, home(), estimated_hours(made, device))
    typer.echo(json.dumps(data, indent=1) if asked.json else as_tables(data))


command = with_run_arguments(plan)
