"""How is a question put in Python? By keyword arguments under the names of the flags, read by the same code."""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypedDict

from emobench.domain.errors import UsageError
from emobench.domain.spec import RunSpec
from emobench.domain.suggestion import unknown
from emobench.runs.asking import FILE_KEYS, Asked, asked_for, values_of

FilePath = str | PathLike[str]
Spec = RunSpec | FilePath
Plugin = FilePath | ModuleType


class Flags(TypedDict, total=False):
    """What can be asked, as `emobench run --help` tells it: names, tables and numbers instead of texts.

    Attributes:
        backbone: a name, or several; ``NAME@random`` is its random control.
        task: ``layerwise``, ``cross_domain`` or ``fad_bias``.
        dataset: a name, or several.
        peft: PEFT methods, for tasks that train.
        preset: a named set of options, for tasks that have some.
        seeds: how many, for tasks that train.
        folds: only these test folds (a first look).
        limit: only so many clips per class (a first look).
        precision: ``fp32`` or ``bf16``.
        set: options by name, such as ``{"probe.c": 0.01}``.
        data: where datasets lie, by name.
        weights: local weights, by the name of their backbone.
        plugins: Python files, or modules that are one file, that are not installed.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        threads: on the CPU.
        shard: ``i/n``: every n-th unit, for several processes.
        batch_seconds: seconds of audio at once through a model, with padding.
        store_gb: disk for what enters models that train, in GB; 0 keeps nothing.
        offline: never open the network.
        out: the folder that records go to (default ``runs``).
        progress: show on stderr what is going on.
    """

    backbone: str | Sequence[str]
    task: str
    dataset: str | Sequence[str]
    peft: str | Sequence[str]
    preset: str
    seeds: int
    folds: int | Sequence[int]
    limit: int
    precision: Literal["fp32", "bf16"]
    set: Mapping[str, Any]
    data: Mapping[str, FilePath]
    weights: Mapping[str, FilePath]
    plugins: Plugin | Sequence[Plugin]
    device: str
    threads: int
    shard: str
    batch_seconds: float
    store_gb: float
    offline: bool
    out: FilePath
    progress: bool


def question(spec: Spec | None, flags: Flags) -> Asked:
    """What is asked, exactly as the command line understands it.

    Raises:
        UsageError: a keyword that does not exist, with a near miss, or whatever does not fit.
        DataError: a record that was changed since it was sealed.
    """
    for name in flags:
        if name not in Flags.__annotations__:
            raise unknown("argument", name, Flags.__annotations__)
    return asked_for(_given(flags), _spec(spec))


def command_of(spec: Spec | None, flags: Flags) -> list[str]:
    """The same question as arguments of the command line, for what a record says of how it was made."""
    given = {**(values_of(spec) if isinstance(spec, RunSpec) else {}), **_given(flags)}
    words = ["run", *([str(spec)] if isinstance(spec, str | PathLike) else [])]
    for name in FILE_KEYS:
        value, flag = given.get(name), f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag] if value else []
        elif isinstance(value, Mapping):
            words += [word for key, one in value.items() for word in (flag, f"{key}={_text(one)}")]
        elif isinstance(value, list | tuple) and name in ("plugin", "set"):
            words += [word for one in value for word in (flag, str(one))]
        elif value is not None:
            told = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            words += [flag, told]
    return words


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | PathLike) else json.dumps(value, default=str)


def _spec(spec: Any) -> RunSpec | Path | None:
    if spec is None or isinstance(spec, RunSpec):
        return spec
    if isinstance(spec, str | PathLike):
        return Path(spec)
    raise UsageError(
        "a spec is a RunSpec, a TOML file, or the file of a record.",
        found=f"found: {type(spec).__name__}",
        remedy='Everything else has a name: emobench.run(backbone="logmel").',
    )


def _given(flags: Flags) -> dict[str, Any]:
    given: dict[str, Any] = {name: value for name, value in flags.items() if name not in ("plugins", "progress")}
    named = flags.get("plugins")
    if named is not None:
        several = named if isinstance(named, list | tuple) else [named]
        given["plugin"] = [_file_of(plugin) for plugin in several]
    return given


def _file_of(plugin: Any) -> Path:
    """The file that a plugin is. Its bytes are its identity, so it has to be one file."""
    if isinstance(plugin, str | PathLike):
        return Path(plugin)
    if isinstance(plugin, ModuleType):
        file = getattr(plugin, "__file__", None)
        if file is not None and not hasattr(plugin, "__path__"):
            return Path(file)
        raise UsageError(
            f"the module '{plugin.__name__}' is not one Python file.",
            found="found: a package of several" if file is not None else "found: a module without a file",
            remedy="Install it as a plugin, or give the path of a Python file.",
        )
    raise UsageError(
        f"plugins are files and modules, no {type(plugin).__name__}: features are kept under the digest of a file.",
        remedy="In a notebook: begin the cell with %%writefile my_plugin.py, and give plugins=['my_plugin.py'].",
    )
