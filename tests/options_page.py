"""What stands on the page of options? `python tests/options_page.py` writes it from the types of the options."""

import json
import types
import typing
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import installed
from emobench.domain.canonical import plain
from emobench.domain.options import SCOPES, TASK_SCOPES
from emobench.domain.presets import PRESETS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "options.md"
HEAD = """# Options

What `--set scope.key=value` changes; a bare key is enough where only one scope has it. Lists have commas, tables are
JSON (`--set 'cross_domain.labels={"A": {"bored": null}}'`). In a spec file they stand under `[set]`. Every value, given
or not, is in the record; an option that plays no part in a run is refused. The types of the options write this page
(`python tests/options_page.py`), and a test holds it fresh.
"""


def page() -> str:
    """The whole page: the scopes of the core, then those of the PEFT methods that are built in."""
    parts = [HEAD]
    for scope, options in SCOPES.items():
        tasks = ", ".join(f"`{task}`" for task, scopes in TASK_SCOPES.items() if scope in scopes)
        told = _sentence(options.__doc__) + (f" For {tasks}." if tasks else "")
        parts.append(f"## `{scope}`\n\n{told}\n\n{table(scope, options)}\n")
    parts.append(_presets())
    for name, offer in sorted(_methods().items()):
        if offer.what.options.model_fields:
            title = offer.what.card.title
            parts.append(f"## `{name}`\n\n{title}, with `--peft {name}`.\n\n{table(name, offer.what.options)}\n")
    return "\n".join(parts)


def _methods() -> dict[str, Any]:
    return {
        name: offer
        for name, offer in build_catalog(*installed()).peft_methods.items()
        if offer.owner.distribution.startswith("emobench ")
    }


def _presets() -> str:
    rows = [
        f"| `{task}` | `{name}` | {_values(chosen)} |"
        for task, named in PRESETS.items()
        for name, chosen in named.items()
    ]
    return "\n".join(["## Presets", "", "| task | `--preset` | stands for |", "|---|---|---|", *rows, ""])


def _values(chosen: Any) -> str:
    found = chosen if isinstance(chosen, dict) else vars(chosen)
    return ", ".join(f"`{key}={_json(value)}`" for key, value in found.items() if value not in (None, (), {}))


def table(scope: str, options: Any) -> str:
    """The fields of a type of options as rows."""
    rows = [
        f"| `{scope}.{name}` | {kind(field.annotation)}{_bounds(field)} | {_default(field)} | {field.description} |"
        for name, field in options.model_fields.items()
    ]
    return "\n".join(["| option | takes | default | what |", "|---|---|---|---|", *rows])


def kind(annotation: Any) -> str:
    """What a value may be, in words."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return kind(inner[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (typing.Union, types.UnionType):
        every = dict.fromkeys("none" if one is type(None) else kind(one) for one in inner)
        return " or ".join(sorted(every, key="none".__eq__))
    if origin is tuple:
        return f"a list of: {kind(inner[0])}"
    if isinstance(origin, type):
        return "a table"
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _bounds(field: FieldInfo) -> str:
    found = []
    for limit in field.metadata:
        for name, words in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below")):
            if getattr(limit, name, None) is not None:
                found.append(f"{words} {getattr(limit, name):g}")
    return f", {', '.join(found)}" if found else ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{_json(value)}`"


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(plain(value))


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split()).replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
