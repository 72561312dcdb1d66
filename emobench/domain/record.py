"""What does a record hold? What was asked, used, found, spent, and where."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from emobench.domain.canonical import canonical, digest, rounded
from emobench.domain.frozen import Frozen

SCHEMA: Literal["emobench.record/1"] = "emobench.record/1"


class Score(Frozen):
    """One number with its interval, its p-value and everything it depends on; None where a field does not apply.

    ``view`` names the clips it is about (``all``, ``female``, ``statement_disjoint`` ...); a summary over folds has
    ``fold`` and ``seed`` None.
    """

    dataset: str | None = None
    attribute: str | None = None
    source: str | None = None
    target: str | None = None
    condition: str | None = None
    method: str | None = None
    layer: str | None = None
    strength: float | None = None
    fraction: float | None = None
    geometry: str | None = None
    view: str | None = None
    split: str | None = None
    fold: int | None = None
    seed: int | None = None
    class_: str | None = Field(default=None, alias="class")
    class_b: str | None = None
    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    n_clips: int | None = None
    n_groups: int | None = None


class Headline(Frozen):
    """The one number of a record.

    ``low`` and ``high`` are None below eight groups; ``higher_is_better`` is None where a number describes and does not
    rank.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    chance: float
    higher_is_better: bool | None = True


class Found(Frozen):
    """What was found: the headline, the choices with the development scores behind them, flat score rows, notes."""

    headline: Headline
    choices: Sequence[Mapping[str, Any]]
    scores: Sequence[Score]
    notes: Sequence[str] = ()

    @model_validator(mode="after")
    def _told_once(self) -> "Found":
        """Rows that name all their fields share the set of these names, which is two thirds of their memory."""
        told = set(Score.model_fields)
        for row in self.scores:
            if row.model_fields_set == told:
                object.__setattr__(row, "__pydantic_fields_set__", told)
        return self


class Record(Frozen):
    """One JSON file for one backbone, one task, one dataset and attribute (or pair)."""

    schema_: Literal["emobench.record/1"] = Field(default=SCHEMA, alias="schema")
    key: str
    found_digest: str
    predictions_digest: str
    asked: Mapping[str, Any]
    used: Mapping[str, Any]
    found: Found
    spent: Mapping[str, Any]
    where: Mapping[str, Any]


def record_key(asked: Mapping[str, Any], used: Mapping[str, Any]) -> str:
    """SHA-256 of ``{schema, asked, used}`` exactly as stored."""
    return digest({"schema": SCHEMA, "asked": rounded(asked), "used": rounded(used)})


def make_record(
    *,
    asked: Mapping[str, Any],
    used: Mapping[str, Any],
    found: Found,
    predictions_digest: str,
    spent: Mapping[str, Any],
    where: Mapping[str, Any],
) -> Record:
    """Round, digest and seal a record."""
    plain_found = rounded(found.model_dump(mode="json", by_alias=True))
    return Record.model_validate(
        {
            "schema": SCHEMA,
            "key": record_key(asked, used),
            "found_digest": digest(plain_found),
            "predictions_digest": predictions_digest,
            "asked": rounded(asked),
            "used": rounded(used),
            "found": plain_found,
            "spent": rounded(spent),
            "where": where,
        }
    )


def record_bytes(record: Record) -> bytes:
    """The record as it is written: strict JSON, one line per top-level part, scores one a line."""
    data = record.model_dump(mode="json", by_alias=True)
    found = data["found"]
    scores = b",\n   ".join(canonical(row) for row in found["scores"])
    head = {key: value for key, value in found.items() if key != "scores"}
    inner = canonical(head)[:-1] + b',"scores":[\n   ' + scores + b"]}"
    parts = [canonical(name) + b": " + (inner if name == "found" else canonical(value)) for name, value in data.items()]
    return b"{\n " + b",\n ".join(parts) + b"\n}\n"
