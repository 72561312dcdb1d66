"""What did the user ask for? Values under the names of flags, a TOML spec or a record become a spec and whereabouts."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emobench.catalog.catalog import Catalog
from emobench.catalog.known import known_plugins
from emobench.catalog.scopes import scopes_of
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen, explain
from emobench.domain.names import on_one_line
from emobench.domain.options import full_key, parse_value
from emobench.domain.own_names import settled
from emobench.domain.presets import parts_of_names
from emobench.domain.spec import RunSpec, Whereabouts, check_task, make_spec
from emobench.domain.suggestion import unknown

FILE_KEYS = (
    "task", "backbone", "dataset", "peft", "preset", "seeds", "folds", "limit", "precision", "set", "data", "weights",
    "plugin", "device", "threads", "shard", "batch_seconds", "store_gb", "offline", "yes", "out",
)  # fmt: skip
WHERE = ("device", "threads", "batch_seconds", "store_gb", "offline", "yes", "out")
NOT_FOR = {
    "layerwise": {"peft": "trains nothing", "preset": "has no presets", "seeds": "has no seeds: probes are convex"},
    "fad_bias": {
        "peft": "trains nothing", "preset": "has no presets", "seeds": "measures with fixed seeds",
        "folds": "trains nothing, and so has no folds",
    },
}  # fmt: skip
Scopes = Mapping[str, type[Frozen]]


@dataclass(frozen=True)
class Asked:
    """A spec, where to work, the plugins that are known, and whether records go to stdout as JSON.

    ``repeats`` is the file of the record that the spec was read from, if it was read from one.
    """

    spec: RunSpec
    where: Whereabouts
    catalog: Catalog
    json: bool
    repeats: Path | None = None


def _names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise UsageError("names are a text with commas between them, or a list of texts.", found=f"found: {value!r}")
    return tuple(part.strip() for part in parts if part.strip())


def pairs(flag: str, values: Any) -> dict[str, Any]:
    """``NAME=VALUE`` arguments, or a TOML table, as a mapping."""
    if isinstance(values, Mapping):
        for name in values:
            if not isinstance(name, str):
                raise UsageError(f"{flag} takes names, which are texts.", found=f"found: {name!r}")
        return dict(values)
    found = {}
    if values is not None and not isinstance(values, list | tuple):
        raise UsageError(f"{flag} takes NAME=VALUE; in a file it is a table.", found=f"found: {values!r}")
    for value in values or ():
        name, equals, rest = str(value).partition("=")
        if not equals or not name or not rest:
            raise UsageError(f"{flag} takes NAME=VALUE.", found=f"found: {value}")
        found[name.strip()] = rest
    return found


def _paths(flag: str, values: Any) -> dict[str, Any]:
    """``NAME=PATH`` arguments, or a TOML table, as a mapping to paths."""
    found = pairs(flag, values)
    for name, path in found.items():
        if not isinstance(path, str | PathLike):
            raise UsageError(f"{flag} takes a path for '{name}'.", found=f"found: {path!r}")
    return found


def options_of(values: Any, scopes: Scopes) -> dict[str, Any]:
    """Options by full name; tables of a TOML file are flattened, texts of flags are read as values.

    Raises:
        UsageError: unknown names.
    """
    flat: dict[str, Any] = {}
    for key, value in pairs("--set", values).items():
        if isinstance(value, Mapping) and key in scopes:
            flat.update({".".join(full_key(f"{key}.{name}", scopes)): inner for name, inner in value.items()})
        else:
            text = isinstance(value, str) and not isinstance(values, Mapping)
            flat[".".join(full_key(key, scopes))] = parse_value(value) if text else value
    return flat


def _numbers(flag: str, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    if not all(str(part).strip().isdecimal() for part in parts):
        raise UsageError(f"{flag} takes whole numbers with commas between them.", found=f"found: {value}")
    return tuple(int(part) for part in parts)


def listed(value: Any) -> Any:
    """A text alone is a list of one."""
    return [value] if isinstance(value, str) else value


def _shard(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    index, slash, count = str(value).partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise UsageError("--shard takes i/n with 1 <= i <= n, such as 1/4.", found=f"found: {value}")
    return int(index), int(count)


def read_file(path: Path) -> dict[str, Any]:
    """What a spec (TOML) or a record (JSON) asks for, under the names of the flags.

    Raises:
        UsageError: no such file, not TOML or JSON, unknown keys.
        DataError: a record that was changed since it was sealed.
    """
    try:
        text = path.read_text("utf-8")
        values = _of_record(path, json.loads(text)) if path.suffix == ".json" else tomllib.loads(text)
    except FileNotFoundError as problem:
        raise UsageError(
            f"no spec or record at '{on_one_line(path)}'.", remedy="See `emobench run --help`."
        ) from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"'{on_one_line(path)}' cannot be read.", found=f"found: {problem}") from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        kind = "a record" if path.suffix == ".json" else "TOML"
        raise UsageError(f"'{on_one_line(path)}' is not {kind}.", found=f"found: {problem}") from problem
    for key in values:
        if key not in FILE_KEYS:
            raise unknown("key of a spec", key, FILE_KEYS)
    return values


def _of_record(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record asked; it has to be what was sealed, or its numbers would be held against another question."""
    asked = record["asked"]
    if "key" in record:
        from emobench.runs.record_store import read_record

        read_record(path)
    same = {key: asked[key] for key in ("task", "backbone", "folds", "limit", "precision")}
    same["dataset"] = asked["dataset"] if "dataset" in asked else list(asked["datasets"])
    if asked.get("preset") is not None:
        return {**same, "preset": asked["preset"], "set": asked["options"]}
    return {**same, **{key: asked[key] for key in ("peft", "seeds") if key in asked}, "set": asked["options"]}


def _refuse_other_tasks_flags(task: str, values: Mapping[str, Any]) -> None:
    for name, reason in NOT_FOR.get(task, {}).items():
        if values.get(name) is not None:
            raise UsageError(f"--{name} does not fit the task '{task}', which {reason}.", remedy=f"Leave --{name} out.")


def settle(values: Mapping[str, Any], catalog: Catalog, *, json_wanted: bool = False) -> Asked:
    """Spec and whereabouts from values under the names of the flags; options under their full names.

    Raises:
        UsageError: whatever does not fit, with what was found.
    """
    task = str(values.get("task") or "layerwise")
    check_task(task)
    _refuse_other_tasks_flags(task, values)
    datasets, data = settled(_names(values.get("dataset")), _paths("--data", values.get("data")))
    spec = make_spec(
        task=task,
        backbones=_names(values.get("backbone")),
        datasets=datasets,
        folds=_numbers("--folds", values.get("folds")),
        limit=values.get("limit"),
        precision=values.get("precision"),
        peft=_names(values.get("peft")),
        seeds=values.get("seeds"),
        preset=values.get("preset"),
        options=options_of(values.get("set"), scopes_of(catalog)),
    )
    where = {
        "data": data,
        "weights": _paths("--weights", values.get("weights")),
        "plugins": listed(values.get("plugin")),
        "shard": _shard(values.get("shard")),
        **{name: values.get(name) for name in WHERE},
    }
    try:
        whereabouts = Whereabouts.model_validate({key: value for key, value in where.items() if value is not None})
    except ValidationError as problem:
        raise UsageError("a flag does not fit.", found=explain(problem)) from problem
    return Asked(spec, whereabouts, catalog, json_wanted)


def asked_for(given: Mapping[str, Any], spec: RunSpec | Path | None = None, *, json_wanted: bool = False) -> Asked:
    """All that a question says: what is given wins over the same key of the spec; tables are merged.

    Args:
        given: values under the names of the flags, None where one was not given.
        spec: a spec that is made already, a spec's file (TOML), or a record's (JSON) to repeat.
        json_wanted: whether records go to stdout as JSON.

    Raises:
        UsageError: whatever does not fit, with what was found.
        DataError: a record that was changed since it was sealed.
    """
    values = values_of(spec) if isinstance(spec, RunSpec) else {} if spec is None else read_file(spec)
    tables = {key: given.get(key) for key in ("data", "weights", "set")}
    values.update({key: value for key, value in given.items() if value is not None and key not in tables})
    catalog = known_plugins([Path(file) for file in listed(values.get("plugin")) or ()])
    scopes = scopes_of(catalog)
    for name in parts_of_names(_names(values.get("peft")) or ()):
        catalog.peft_method(name)  # before its options: a plugin that is missing is told as such
    for key, table in tables.items():
        new = options_of(table, scopes) if key == "set" else pairs(f"--{key}", table)
        before = options_of(values.get("set"), scopes) if key == "set" else pairs(f"--{key}", values.get(key))
        values[key] = {**before, **new}
    asked = settle(values, catalog, json_wanted=json_wanted)
    if isinstance(spec, RunSpec) and "peft_by_name" in spec.model_fields_set and given.get("peft") is None:
        asked = replace(asked, spec=asked.spec.model_copy(update={"peft_by_name": spec.peft_by_name}))
    return replace(asked, repeats=spec) if isinstance(spec, Path) and spec.suffix == ".json" else asked


def values_of(spec: RunSpec) -> dict[str, Any]:
    """What a spec says, under the names of the flags; fields that nobody set are left to the task's defaults."""
    names = {"backbones": "backbone", "datasets": "dataset", "options": "set"}
    told = {field: getattr(spec, field) for field in spec.model_fields_set - {"peft_by_name"}}
    return {names.get(field, field): value for field, value in told.items() if value is not None and value != ()}
