"""Which keys can a record have, and for which tasks? Read from the strict forms that records are validated against."""

import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from emobench.leaderboard.checks.record_form import FORMS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "read_a_record.md"
WHOLE = ("card", "options")  # cards and options have pages of their own
ROWS = ("found.scores", "found.choices")  # lists of rows: their columns


def keys_of_forms() -> dict[str, set[str]]:
    """Every key by its dotted name, with the tasks whose records have it."""
    found: dict[str, set[str]] = {}
    for task, form in FORMS.items():
        for key in _keys(form, ""):
            found.setdefault(key, set()).add(task)
    return found


def _keys(model: type[BaseModel], above: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        yield key
        if key.rpartition(".")[2] not in WHOLE:
            inner = list(_models_in(field.annotation))
            for one in inner:
                yield from _keys(one, f"{key}{'.*' if _named(field.annotation) else ''}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and "[" not in str(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for one in typing.get_args(annotation):
        yield from _models_in(one)


def _named(annotation: Any) -> bool:
    """Whether a field maps names to models."""
    return "Mapping[" in str(annotation)
