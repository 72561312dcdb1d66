"""What was asked: the part of a command that can change numbers, and the part that only says where."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen, explain
from emobench.domain.presets import preset_of
from emobench.domain.suggestion import unknown

DEFAULT_BACKBONES = ("logmel", "hubert-tiny-random", "level-duration")
DEFAULT_DATASETS = ("synthetic-speech", "synthetic-music")
# Tasks of the design that later versions bring: named here so that asking for one is answered properly.
TASKS_TO_COME = ("continuous", "distill")
TASKS = ("layerwise", "cross_domain", "fad_bias")
TASK_DATASETS = dict.fromkeys(("cross_domain", "fad_bias"), ("ravdess-speech", "ravdess-song"))


class RunSpec(Frozen):
    """A question to the harness: names and options, no paths.

    ``folds`` (test folds to run) and ``limit`` (clips per class) are for looking; such records enter no board.
    ``options`` holds what ``--set`` changed, as ``{"scope.key": value}``. ``peft`` and ``seeds`` are for tasks that
    train; ``peft_by_name`` says that the methods were named, and do not come from a preset.
    """

    task: str = "layerwise"
    backbones: tuple[str, ...] = Field(default=DEFAULT_BACKBONES, min_length=1)
    datasets: tuple[str, ...] = Field(default=DEFAULT_DATASETS, min_length=1)
    folds: tuple[int, ...] | None = Field(default=None, min_length=1)
    limit: int | None = Field(default=None, gt=0)
    precision: Literal["fp32", "bf16"] = "fp32"
    peft: tuple[str, ...] = ()
    peft_by_name: bool = False
    seeds: int | None = Field(default=None, ge=1, le=100)
    options: Mapping[str, Any] = {}

    @field_validator("task")
    @classmethod
    def _a_task_that_exists(cls, value: str) -> str:
        check_task(value)
        return value

    @field_validator("folds")
    @classmethod
    def _sorted(cls, value: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return None if value is None else tuple(sorted(set(value)))

    @field_validator("backbones", "datasets", "peft")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class Whereabouts(Frozen):
    """Where and how to work: nothing in here may change a number beyond rounding."""

    data: Mapping[str, Path] = {}
    weights: Mapping[str, Path] = {}
    plugins: tuple[Path, ...] = ()
    out: Path = Path("runs")
    device: str = "auto"
    threads: int | None = Field(default=None, gt=0, le=4096)
    shard: tuple[int, int] | None = None
    batch_seconds: float | None = Field(
        default=None, ge=0.01, le=86_400, description="audio that goes through a model at once"
    )
    store_gb: float = Field(default=20.0, ge=0, description="disk for what enters models that train")
    offline: bool = False
    yes: bool = False


def check_task(name: str) -> None:
    """Refuse a task that is unknown, or known and not built yet.

    Raises:
        UsageError: with a near miss, or with the tasks that can be run.
    """
    if name in TASKS_TO_COME:
        raise UsageError(f"task '{name}' is planned and not built yet.", remedy=f"Tasks to run: {', '.join(TASKS)}.")
    if name not in TASKS:
        raise unknown("task", name, TASKS + TASKS_TO_COME)


def make_spec(**fields: Any) -> RunSpec:
    """Build a spec from validated or raw values; fields that are None take their defaults, those of a preset first.

    Raises:
        UsageError: a field that does not fit, said with what was found.
    """
    given = {key: value for key, value in fields.items() if value is not None}
    task = str(given.get("task", "layerwise"))
    check_task(task)
    preset = preset_of(task, given.pop("preset", None))
    defaults: dict[str, Any] = {"datasets": TASK_DATASETS[task]} if task in TASK_DATASETS else {}
    if preset is not None:
        defaults |= {"peft": preset.peft, "seeds": preset.seeds, "folds": preset.folds}
        defaults["peft_by_name"] = "peft" in given
        given["options"] = {**preset.options, **given.get("options", {})}
    try:
        return RunSpec.model_validate({**defaults, **given})
    except ValidationError as problem:
        raise UsageError("the spec does not fit.", found=explain(problem)) from problem
