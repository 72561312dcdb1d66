"""Which flags do `run` and `plan` share? What they say is settled by `emobench.runs.asking`."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from emobench.runs.asking import Asked, asked_for


def run_arguments(
    spec: Annotated[Path | None, typer.Argument(help="A spec (TOML), or a record (JSON) to repeat.")] = None,
    *,
    backbone: Annotated[
        str | None, typer.Option(help="NAME[,NAME], hf:ORG/REPO; NAME@random is the random control of one.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="layerwise (the default), cross_domain or fad_bias.")] = None,
    dataset: Annotated[
        str | None, typer.Option(help="NAME[,NAME], csv:PATH or hf:ORG/NAME (by default the pair of the task).")
    ] = None,
    peft: Annotated[str | None, typer.Option(help="NAME[,NAME]; for tasks that train.")] = None,
    preset: Annotated[str | None, typer.Option(help="A named set of options; for tasks that have some.")] = None,
    seeds: Annotated[int | None, typer.Option(help="How many seeds; for tasks that train.")] = None,
    folds: Annotated[str | None, typer.Option(help="Only these test folds, e.g. 0,1 (a first look).")] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many clips per class (a first look).")] = None,
    precision: Annotated[str | None, typer.Option(help="fp32 (the default) or bf16.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="scope.key=value, e.g. probe.c=0.01")] = None,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where a dataset lies.")] = None,
    weights: Annotated[list[str] | None, typer.Option(help="NAME=PATH: local weights of a backbone.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    device: Annotated[str | None, typer.Option(help="auto (the default), cpu, cuda or cuda:n.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads on the CPU (default: as many as torch takes).")] = None,
    shard: Annotated[str | None, typer.Option(help="i/n: take every n-th unit, for several processes.")] = None,
    batch_seconds: Annotated[
        float | None,
        typer.Option(help="Seconds of audio at once through a model, with padding (default 8, on a GPU 240)."),
    ] = None,
    store_gb: Annotated[
        float | None, typer.Option(help="Disk for what enters models that train (default 20); 0 keeps nothing.")
    ] = None,
    offline: Annotated[bool | None, typer.Option("--offline", help="Never open the network.")] = None,
    yes: Annotated[bool | None, typer.Option("--yes", help="Do not ask before a long run.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where records go (default ./runs).")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> Asked:
    """Settle the arguments that `run` and `plan` share; a flag wins over the same key of a spec file."""
    flags = {
        "backbone": backbone, "task": task, "dataset": dataset, "peft": peft, "preset": preset, "seeds": seeds,
        "folds": folds, "limit": limit, "precision": precision, "plugin": plugin, "device": device, "threads": threads,
        "shard": shard, "batch_seconds": batch_seconds, "store_gb": store_gb, "offline": offline, "yes": yes,
        "out": out, "data": data, "weights": weights, "set": set_,
    }  # fmt: skip
    return asked_for(flags, spec, json_wanted=json)


def with_run_arguments(action: Callable[[Asked], None]) -> Callable[..., None]:
    """A command with the shared arguments that does ``action``."""

    @functools.wraps(run_arguments)
    def command(*positional: Any, **flags: Any) -> None:
        action(run_arguments(*positional, **flags))

    command.__name__, command.__doc__ = action.__name__, action.__doc__
    command.__annotations__ = {**run_arguments.__annotations__, "return": None}
    return command
