"""What do the records of all tasks have in common? How they are asked for, what backbones and datasets were used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from emobench.domain.frozen import Frozen
from emobench.domain.plan import Plan
from emobench.domain.record import Found, Record
from emobench.domain.stages import PROTOCOLS, STAGES, TASK_STAGES
from emobench.runs.keys import audio_of, identity_of


@dataclass(frozen=True)
class Findings:
    """What was found: scores, the table of predictions, what it cost beside extraction, how many weights learned."""

    found: Found
    predictions: pa.Table
    spent: Mapping[str, Any]
    trainable: int | Mapping[str, int]


@dataclass(frozen=True)
class Draft:
    """A record whose units are done.

    Attributes:
        backbone: whose record it is.
        datasets: that it is about.
        asked: what was asked.
        used: what was used.
        find: makes the findings; asked only when there is no such record yet.
        pictures: draws a record beside its controls: ending of the file -> bytes.
        beside: puts folders beside the record, whose path it is given; called for old records, too.
    """

    backbone: str
    datasets: tuple[str, ...]
    asked: Mapping[str, Any]
    used: Mapping[str, Any]
    find: Callable[[], Findings]
    pictures: Callable[[Record, Sequence[Record]], dict[str, bytes]]
    beside: Callable[[Path], None] = lambda _: None


def asked_options(plan: Plan, more: Mapping[str, Frozen]) -> dict[str, Any]:
    """The options of a run by scope, with their defaults; ``more`` are those of the task."""
    scopes = {"reading": plan.reading, "extraction": plan.extraction, "probe": plan.probe, **more}
    return {scope: options.model_dump(mode="json") for scope, options in scopes.items()}


def sexes_of(plan: Plan, dataset: str) -> dict[str, str | None]:
    """Group -> female or male; None where it is not known, or where a group has both."""
    found: dict[str, set[str | None]] = {}
    for planned in plan.datasets[dataset].clips:
        found.setdefault(planned.clip.group, set()).add(planned.clip.sex)
    return {group: next(iter(sexes)) if len(sexes) == 1 else None for group, sexes in found.items()}


def backbone_used(plan: Plan, name: str) -> dict[str, Any]:
    """A backbone: its card, how many of its layers, the identity of its weights."""
    model = plan.backbones[name]
    return {
        "card": model.card.model_dump(mode="json"),
        "layers": {"measured": len(model.card.layers), "of": len(model.whole.layers)},
        "identity": dict(model.identity),
    }


def dataset_used(plan: Plan, name: str, attribute: str) -> dict[str, Any]:
    """A dataset: its card, identity, people with their folds, audio, and the clips that were excluded."""
    data, split, sexes = plan.datasets[name], plan.splits[name], sexes_of(plan, name)
    return {
        "card": data.card.model_dump(mode="json", exclude={"folds"}),
        "identity": identity_of(data, attribute, split),
        "clips": len(data.clips),
        "seconds": data.seconds,
        "groups": {group: {"fold": split.fold_of[group], "sex": sexes[group]} for group in sorted(sexes)},
        "audio": audio_of(data),
        "excluded": sorted(data.excluded),
    }


def protocol_used(plan: Plan) -> dict[str, Any]:
    """Name and version of the protocol, and the versions of the stages that made its numbers."""
    task = plan.spec.task
    return {"name": task, "version": PROTOCOLS[task], "stages": {name: STAGES[name] for name in TASK_STAGES[task]}}


def looks(asked: Mapping[str, Any]) -> list[str]:
    """A note where only a part was looked at."""
    flags = [f"--{name}" for name in ("folds", "limit") if asked[name] is not None]
    return [f"a first look ({', '.join(flags)}): enters no board"] if flags else []
