"""What do all data of the domain have in common?"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from emobench.domain.suggestion import near_miss

LONGEST = 200  # letters of a value that is shown


class Frozen(BaseModel):
    """Data that cannot change, refuses unknown fields, and holds no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def explain(problem: ValidationError) -> str:
    """One line per finding of pydantic: the field, what is wrong with it, and the value that was found.

    A field that there is not is told with the one that was probably meant; the whole that lacks one is never shown.
    """
    findings = problem.errors()
    return "\n".join(f"{_line(finding)} {_meant(finding, findings, problem.title)}".rstrip() for finding in findings)


def _line(finding: ErrorDetails) -> str:
    place = ".".join(str(part) for part in finding["loc"])
    words = f"{place or 'value'}: {finding['msg'].lower().rstrip('.')}"
    if finding["type"] == "missing" or (not place and isinstance(finding["input"], dict)):
        return words  # pydantic has nothing but the whole to show
    return f"{words} (found {_short(repr(finding['input']))})"


def _meant(stray: ErrorDetails, findings: list[ErrorDetails], title: str) -> str:
    """The field beside a stray one that was probably meant: one that is missing, or any where the model is known."""
    if stray["type"] != "extra_forbidden":
        return ""
    *within, name = stray["loc"]
    beside = [one["loc"] for one in findings if one["type"] == "missing" and list(one["loc"][:-1]) == within]
    return near_miss(str(name), [*(str(place[-1]) for place in beside), *(() if within else _fields(title))])


def _fields(title: str) -> Iterator[str]:
    """The fields of the data that pydantic calls ``title``."""
    models: list[type[Frozen]] = [Frozen]
    for model in models:
        models += model.__subclasses__()
        if model.__name__ == title:
            yield from model.model_fields


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
