"""`emobench list`: what is there? Never imports torch."""

import json as json_format
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from tabulate import tabulate

from emobench.catalog.catalog import Catalog, Twins
from emobench.catalog.discovery import remedy_of
from emobench.catalog.known import known_plugins
from emobench.cli.logs import tell
from emobench.domain.names import on_one_line
from emobench.domain.spec import TASKS, TASKS_TO_COME
from emobench.domain.stages import PROTOCOLS
from emobench.domain.suggestion import unknown

Rows = list[dict[str, Any]]


def _backbones(catalog: Catalog) -> Rows:
    return [
        {
            "backbone": name,
            "pretrained on": offer.what.card.pretrained_on,
            "layers": len(offer.what.card.layers),
            "parameters": offer.what.card.parameters,
            "licence": offer.what.card.licence,
            "random control": offer.what.load_random is not None,
            "from": offer.owner.distribution,
        }
        for name, offer in catalog.backbones.items()
    ]


def _families(catalog: Catalog) -> Rows:
    return [
        {
            "family": name,
            "title": offer.what.card.title,
            "named models": sum(other.what.card.family == name for other in catalog.backbones.values()),
            "any repository": f"hf:ORG/REPO with model_type '{name}'",
            "from": offer.owner.distribution,
        }
        for name, offer in catalog.families.items()
    ]


def _datasets(catalog: Catalog) -> Rows:
    return [
        {
            "dataset": name,
            "domain": offer.what.card.domain,
            "clips": offer.what.card.expected_clips,
            "attributes": ", ".join(attribute.name for attribute in offer.what.card.attributes),
            "licence": offer.what.card.licence,
            "from": offer.owner.distribution,
        }
        for name, offer in catalog.datasets.items()
    ]


def _peft(catalog: Catalog) -> Rows:
    return [
        {
            "method": name,
            "title": offer.what.card.title,
            "paper": offer.what.card.paper,
            "from": offer.owner.distribution,
        }
        for name, offer in catalog.peft_methods.items()
    ]


def _tasks(_: Catalog) -> Rows:
    ready = [{"task": name, "protocol version": PROTOCOLS[name], "state": "ready"} for name in TASKS]
    return ready + [{"task": name, "protocol version": None, "state": "to come"} for name in TASKS_TO_COME]


def _plugins(catalog: Catalog) -> Rows:
    broken = {(plugin.name, plugin.distribution) for plugin in catalog.broken}
    working = [
        {"plugin": plugin.name, "from": plugin.distribution, "state": "works"}
        for plugin in catalog.plugins
        if (plugin.name, plugin.distribution) not in broken
    ]
    told = [{"plugin": p.name, "from": p.distribution, "state": f"broken: {p.reason}"} for p in catalog.broken]
    twins = [{"plugin": " and ".join(t.owners), "from": "", "state": _told(t)} for t in catalog.twins]
    return sorted(working + told + twins, key=lambda row: str(row["plugin"]))


def _told(twins: Twins) -> str:
    if twins.kind == "entry point":
        return f"both are used, and both have the entry point '{twins.name}': one of them should rename it"
    return f"refused: both offer the {twins.kind} '{twins.name}'"


def _boards(_: Catalog) -> Rows:
    from emobench.leaderboard.board import boards_below

    return [
        {"board": board.name, "task": board.task, "records": count}
        for board, count in boards_below(Path("leaderboards"))
    ]


KINDS: Mapping[str, Callable[[Catalog], Rows]] = {
    "backbones": _backbones,
    "families": _families,
    "datasets": _datasets,
    "peft": _peft,
    "tasks": _tasks,
    "plugins": _plugins,
    "boards": _boards,
}


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else on_one_line(value)


def _table(rows: Rows) -> str:
    return tabulate([{k: _shown(v) for k, v in row.items()} for row in rows], headers="keys", disable_numparse=True)


def command(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}.")] = None,
    *,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show what can be run: backbones, families of the Hub, datasets, PEFT methods, tasks, plugins, boards."""
    if kind is not None and kind not in KINDS:
        raise unknown("list", kind, KINDS)
    catalog = known_plugins(plugin or ())
    tables = {name: rows(catalog) for name, rows in KINDS.items() if kind in (None, name)}
    if json:
        typer.echo(json_format.dumps(tables if kind is None else tables[kind], indent=1))
        return
    shown = [_table(rows) for rows in tables.values() if rows]
    typer.echo("\n\n".join(shown) if shown else f"no {kind} yet")
    if kind != "plugins":
        for broken in catalog.broken:
            tell(f"plugin '{broken.name}' ({broken.distribution}) is broken: {broken.reason}")
        if catalog.broken:
            tell(remedy_of(catalog.broken))
