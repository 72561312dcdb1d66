"""Which fields do cards and contracts of plugins really have? Name, type and default, as docs/cards.md writes them."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import emobench
from emobench.catalog import hookspecs

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cards.md"
HOMES = ("emobench.catalog.", "emobench.domain.cards", "emobench.domain.clip")  # the others are for callers: api.md
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*) \|$")


@dataclass(frozen=True)
class Row:
    """A field: its name, its type in Markdown, its default ("required" where there is none)."""

    name: str
    type: str
    default: str


def types_of_authors() -> dict[str, type]:
    """What an author fills in or is handed, by name: cards, contracts, clips, batches."""
    found = {name: getattr(emobench, name) for name in emobench.__all__}
    kinds = {name: of for name, of in found.items() if inspect.isclass(of) and of.__module__.startswith(HOMES)}
    return {name: of for name, of in kinds.items() if list(rows_of(of))}


def hooks() -> list[str]:
    """The names of all hooks."""
    return [name for name in vars(hookspecs) if name.startswith("emobench_")]


def rows_of(of: Any) -> Iterator[Row]:
    """The fields of a type, in its order; none for a type that is neither a model nor a dataclass."""
    if issubclass(of, BaseModel):
        for name, field in of.model_fields.items():
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            yield Row(name, _type(field.annotation), default)
    elif dataclasses.is_dataclass(of):
        for one in dataclasses.fields(of):
            missing = one.default is dataclasses.MISSING
            made = (
                _default(one.default) if one.default_factory is dataclasses.MISSING else _default(one.default_factory())
            )
            default = "required" if missing and one.default_factory is dataclasses.MISSING else made
            yield Row(one.name, _type(one.type), default)


def rows_on_the_page() -> dict[str, list[Row]]:
    """The tables of the page, by the type that the heading above them names."""
    found: dict[str, list[Row]] = {}
    heading = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading = line.strip("# `")
        elif row := ROW.match(line):
            found.setdefault(heading, []).append(Row(*row.groups()[:3]))
    return found


def _type(annotation: Any) -> str:
    whole = inspect.isclass(annotation) and "[" not in str(annotation)
    text = annotation if isinstance(annotation, str) else annotation.__name__ if whole else str(annotation)
    text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)  # typing.Literal is Literal
    text = re.sub(r"^Optional\[(.*)\]$", r"\1 | None", text)
    return " or ".join(part if part == "None" else _values(part) or f"`{part}`" for part in _split(text))


def _values(text: str) -> str:
    """The values of a `Literal`, each by itself; nothing for other types."""
    inner = re.fullmatch(r"Literal\[(.*)\]", text)
    return ", ".join(f"`{value}`" for value in inner[1].split(", ")) if inner else ""


def _split(text: str) -> list[str]:
    """The members of a union, split outside of brackets only."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[(") - (character in "])")
        if character == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [re.sub(r"\s*\|\s*", " or ", part.strip()) for part in parts]


def _default(value: Any) -> str:
    return f"`{value.__name__}`" if inspect.isclass(value) else "None" if value is None else f"`{value!r}`"
