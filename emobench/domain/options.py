"""Which options can `--set scope.key=value` change, and what are their defaults?"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from emobench.domain.bias import FadBiasOptions
from emobench.domain.canonical import rounded
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen, explain
from emobench.domain.own_names import is_own
from emobench.domain.pair import CrossDomainOptions
from emobench.domain.suggestion import unknown
from emobench.domain.table import TableOptions
from emobench.domain.training import TrainOptions


class ReadingOptions(Frozen):
    """How audio is read before any model sees it."""

    level: Literal["as_is", "equal"] = Field(
        default="as_is", description="'equal' scales every clip to the same RMS level, so that loudness tells nothing"
    )
    on_bad_audio: Literal["error", "exclude"] = Field(
        default="error", description="'exclude' goes on without clips that cannot be read and names them in the record"
    )


class ExtractionOptions(Frozen):
    """What a backbone is asked for."""

    up_to_layer: int | None = Field(
        default=None, ge=0, description="compute layers 0 to this one only; models with fewer layers give all they have"
    )


class ProbeOptions(Frozen):
    """How probes are fitted; ``c`` is scikit-learn's C (for dimensions the ridge strength is 1 / C)."""

    c: tuple[float, ...] = Field(
        default=(1e-4, 1e-3, 1e-2, 1e-1, 1.0), description="the strengths to choose from, on development people only"
    )

    @field_validator("c", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (int, float)) else value

    @field_validator("c")
    @classmethod
    def _positive_and_sorted(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or min(value) < 1e-8 or max(value) > 1e8:
            raise ValueError("strengths must be positive numbers from 1e-8 to 1e8, at least one")
        return tuple(sorted({rounded(strength) for strength in value}))  # as records store them


class LayerwiseOptions(Frozen):
    """What the task `layerwise` looks at."""

    attributes: tuple[str, ...] = Field(
        default=("emotion",),
        min_length=1,
        description="the attributes to measure, one record each (emotion, arousal, valence ...)",
    )
    weighted_sum: bool = Field(default=True, description="also fit the learned weighted sum of layers")
    statements: bool = Field(default=True, description="also test on unseen sentences, where the corpus repeats them")

    @field_validator("attributes", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("attributes")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


# Scopes of the core; a PEFT method with options adds one of its own name (catalog/scopes.py). ``table`` plays a part in
# every task, and only for own data: in records of other datasets it does not stand.
SCOPES: Mapping[str, type[Frozen]] = {
    "reading": ReadingOptions,
    "extraction": ExtractionOptions,
    "probe": ProbeOptions,
    "layerwise": LayerwiseOptions,
    "cross_domain": CrossDomainOptions,
    "train": TrainOptions,
    "fad_bias": FadBiasOptions,
    "table": TableOptions,
}
TASK_SCOPES: Mapping[str, tuple[str, ...]] = {
    "layerwise": ("reading", "extraction", "probe", "layerwise"),
    "cross_domain": ("reading", "extraction", "probe", "cross_domain", "train"),
    "fad_bias": ("reading", "extraction", "fad_bias"),
}


def full_key(key: str, scopes: Mapping[str, type[Frozen]] = SCOPES) -> tuple[str, str]:
    """Split ``scope.key``; a bare key is completed when only one scope has it.

    Raises:
        UsageError: unknown scope or key (with a near miss), or a bare key that several scopes have.
    """
    if "." in key:
        scope, _, name = key.rpartition(".")  # a method's name may have dots
        if scope not in scopes:
            raise unknown("option scope", scope, scopes)
    else:
        owners = [scope for scope, model in scopes.items() if key in model.model_fields]
        if len(owners) > 1:
            raise UsageError(
                f"the option '{key}' exists in several scopes.", remedy=f"Write one of {owners} before it."
            )
        if not owners:
            raise unknown("option", key, [f"{scope}.{name}" for scope, m in scopes.items() for name in m.model_fields])
        scope, name = owners[0], key
    if name not in scopes[scope].model_fields:
        raise unknown(f"option in '{scope}'", name, scopes[scope].model_fields)
    return scope, name


def parse_value(text: str) -> Any:
    """Read a value of ``--set``: a JSON scalar, list or table, a comma list, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return [parse_value(part) for part in text.split(",")] if "," in text else text


def resolve(settings: Mapping[str, Any], scopes: Mapping[str, type[Frozen]] = SCOPES) -> dict[str, Frozen]:
    """Validated options of every scope, defaults filled in, from ``{"scope.key": value}``.

    Raises:
        UsageError: an unknown key or a value that does not fit, said with what was found.
    """
    given: dict[str, dict[str, Any]] = {scope: {} for scope in scopes}
    for key, value in settings.items():
        scope, name = full_key(key, scopes)
        given[scope][name] = value
    resolved: dict[str, Frozen] = {}
    for scope, model in scopes.items():
        try:
            resolved[scope] = model.model_validate(given[scope])
        except ValidationError as problem:
            raise UsageError(f"an option of '{scope}' does not fit.", found=explain(problem)) from problem
    return resolved


def scopes_of_task(
    task: str, settings: Mapping[str, Any], scopes: Mapping[str, type[Frozen]], methods: Iterable[str],
    datasets: Iterable[str] = (),
) -> dict[str, type[Frozen]]:  # fmt: skip
    """The scopes that play a part: the task's own, ``table`` for own data, and those of the PEFT methods in a run.

    Raises:
        UsageError: a setting of another scope, which would change nothing.
    """
    own = ("table",) if any(map(is_own, datasets)) else ()
    wanted = (*TASK_SCOPES[task], *own, *(name for name in methods if name in scopes))
    for key in settings:
        scope = full_key(key, scopes)[0]
        if scope not in wanted:
            raise UsageError(
                f"'{key}' changes nothing here.",
                found=f"options of this run: {', '.join(wanted)}",
                remedy="Leave it out, or choose the task, --peft or --dataset that it belongs to.",
            )
    return {name: scopes[name] for name in dict.fromkeys(wanted)}
