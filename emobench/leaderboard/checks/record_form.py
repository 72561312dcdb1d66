"""What form does the record of a task have? Strict models, from which the published JSON Schema is made."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from emobench.domain.canonical import rounded
from emobench.domain.frozen import Frozen
from emobench.domain.record import Headline, Score
from emobench.leaderboard.checks.asked_form import BiasAsked, LayerwiseAsked, PairAsked
from emobench.leaderboard.checks.form_parts import Amount, Count, Digest, Name, Prose, Text
from emobench.leaderboard.checks.used_form import BiasUsed, LayerwiseUsed, PairUsed

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}(-modified)?$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+@,()/-]{0,79}$")]
PluginFile = Annotated[str, Field(pattern=r"^file:[0-9a-f]{12}$")]  # of --plugin FILE.py: its digest
Costs = Annotated[Mapping[Name, Amount], Field(max_length=20)]
MOST_ROWS = 100_000


class HeadlineForm(Headline):
    """The headline, its ends in order."""

    metric: Name
    chance: float = Field(ge=-1, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> "HeadlineForm":
        _check_order(self)
        return self


class ScoreForm(Score):
    """One number; a probability for a p-value, no negative counts, ends in order."""

    fold: Count | None = None
    seed: Count | None = None
    p: float | None = Field(default=None, ge=0, le=1)
    fraction: float | None = Field(default=None, gt=0, le=1)
    strength: float | None = Field(default=None, gt=0)
    n_clips: Count | None = None
    n_groups: Count | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "ScoreForm":
        _check_order(self)
        return self


class LayerwiseChoice(Frozen):
    """What development people said about a layer and a strength."""

    method: Name
    fold: Count
    layer: Text | None
    strength: float = Field(gt=0)
    development_score: float
    chosen: bool


class PairChoice(Frozen):
    """What development people said about a strength, a layer or a method, in one direction."""

    choice: Name
    condition: Name
    source: Name | None
    target: Name
    method: Name
    layer: Text | None
    strength: float | None
    seed: Count | None
    fraction: float = Field(gt=0, le=1)
    fold: Count
    development_score: float | None
    chosen: bool


class _FoundForm(Frozen):
    headline: HeadlineForm
    scores: tuple[ScoreForm, ...] = Field(min_length=1, max_length=MOST_ROWS)
    notes: tuple[Prose, ...] = Field(max_length=200)


class LayerwiseFound(_FoundForm):
    """What was found in layers."""

    choices: tuple[LayerwiseChoice, ...] = Field(max_length=MOST_ROWS)


class PairFound(_FoundForm):
    """What was found between two datasets that teach each other."""

    choices: tuple[PairChoice, ...] = Field(max_length=MOST_ROWS)


class BiasFound(_FoundForm):
    """What was found in distances: nothing is chosen."""

    choices: tuple[()]


class Parameters(Frozen):
    """How many weights a model has, and how many learned."""

    total: Count | None
    trainable: Count | Annotated[Mapping[Name, Count], Field(max_length=100)]


class SpentForm(Frozen):
    """What it cost."""

    extraction: Costs
    probes: Costs | None = None
    distances: Costs | None = None
    training: Annotated[Mapping[Name, Costs], Field(max_length=100)] | None = None
    peak_memory_bytes: Count
    parameters: Parameters


class WhereForm(Frozen):
    """With what it was made."""

    versions: Annotated[Mapping[Word, Word], Field(max_length=50)]
    distributions: Annotated[Mapping[Name, Word | PluginFile], Field(max_length=100)]
    platform: Word
    device: Word
    threads: int = Field(ge=1, le=100_000)
    git_commit: Commit | None
    command: Annotated[str, Field(min_length=1, max_length=4000)]


class _RecordForm(Frozen):
    schema_: Literal["emobench.record/1"] = Field(alias="schema")
    key: Digest
    found_digest: Digest
    predictions_digest: Digest
    spent: SpentForm
    where: WhereForm


class LayerwiseRecord(_RecordForm):
    """A record of `layerwise`: one backbone, dataset and attribute."""

    asked: LayerwiseAsked
    used: LayerwiseUsed
    found: LayerwiseFound


class CrossDomainRecord(_RecordForm):
    """A record of `cross_domain`: one backbone, pair and attribute."""

    asked: PairAsked
    used: PairUsed
    found: PairFound


class FadBiasRecord(_RecordForm):
    """A record of `fad_bias`: one backbone, pair and attribute."""

    asked: BiasAsked
    used: BiasUsed
    found: BiasFound


FORMS: Mapping[str, type[_RecordForm]] = {
    "layerwise": LayerwiseRecord,
    "cross_domain": CrossDomainRecord,
    "fad_bias": FadBiasRecord,
}
MOST_TOLD = 20


def form_problems(content: bytes, data: Any) -> list[str]:
    """Where a record does not have the form of its task, one line each; at most twenty.

    Args:
        content: the file, which is strict JSON.
        data: what it says.
    """
    task = _task_of(data)
    if task not in FORMS:
        return [f"asked.task: found {task!r}, expected one of {', '.join(FORMS)}"]
    try:
        FORMS[task].model_validate_json(content, strict=True)
    except ValidationError as problem:
        return [
            f"{'.'.join(map(str, found['loc']))}: {found['msg'].lower()} (found {_short(found['input'])})"
            for found in problem.errors(include_url=False, include_context=False)[:MOST_TOLD]
        ]
    parts = ((name, data[name]) for name in ("asked", "used", "spent"))
    return [f"{name}: a number has more than six significant digits" for name, part in parts if rounded(part) != part]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of records, one of three forms by task."""
    made = TypeAdapter(LayerwiseRecord | CrossDomainRecord | FadBiasRecord).json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "emobench.record/1",
        "description": "A record of emobench. `emobench leaderboard validate` checks this and much more.",
        **made,
    }


def _task_of(data: Any) -> str:
    asked = data.get("asked") if isinstance(data, dict) else None
    task = asked.get("task") if isinstance(asked, dict) else None
    return task if isinstance(task, str) else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _check_order(row: Headline | Score) -> None:
    if row.low is not None and row.high is not None and row.low > row.high:
        raise ValueError(f"low {row.low} is above high {row.high}")
