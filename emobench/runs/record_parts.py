"""What do the records of all tasks have in common? How they are asked for, what backbones and datasets were used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from emobench.corpora.audio_used import audio_of
from emobench.domain.frozen import Frozen
from emobench.domain.options import TASK_SCOPES
from emobench.domain.own_names import is_own
from emobench.domain.pair import MatchedPair
from emobench.domain.plan import Plan
from emobench.domain.record import Found, Record
from emobench.domain.stages import PROTOCOLS, STAGES, TASK_STAGES
from emobench.domain.table import as_asked
from emobench.runs.keys import identity_of, person


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


def asked_options(plan: Plan, datasets: Sequence[str], more: Mapping[str, Frozen]) -> dict[str, Any]:
    """The options of a record by scope, with their defaults: ``more`` are those of the task, ``table`` of own data."""
    known = {"reading": plan.reading, "extraction": plan.extraction, "probe": plan.probe}
    scopes = {**{name: options for name, options in known.items() if name in TASK_SCOPES[plan.spec.task]}, **more}
    table = {"table": as_asked(plan.table, datasets)} if any(map(is_own, datasets)) else {}
    return {**{scope: options.model_dump(mode="json") for scope, options in scopes.items()}, **table}


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
    """A dataset: its card, identity, people with their folds where it has some, audio, and the clips excluded."""
    data, split, sexes = plan.datasets[name], plan.splits.get(name), sexes_of(plan, name)
    folds = {} if split is None else {group: {"fold": fold} for group, fold in split.fold_of.items()}
    return {
        "card": data.card.model_dump(mode="json", exclude={"folds", "archives"}),
        "identity": identity_of(data, attribute, split),
        "clips": len(data.clips),
        "seconds": data.seconds,
        "groups": {group: {**folds.get(group, {}), "sex": sexes[group]} for group in sorted(sexes)},
        "audio": audio_of(data),
        "excluded": sorted(data.excluded),
    }


def pair_dataset_used(plan: Plan, name: str, attribute: str) -> dict[str, Any]:
    """A dataset of a pair; its people under the names by which both datasets know them."""
    used = dataset_used(plan, name, attribute)
    return {**used, "groups": {person(plan, name, group): facts for group, facts in used["groups"].items()}}


def pair_used(pair: MatchedPair) -> dict[str, Any]:
    """How two datasets came under shared labels."""
    return {
        "labels": {name: dict(names) for name, names in pair.labels.items()},
        "dropped": {name: dict(counts) for name, counts in pair.dropped.items()},
        "common_people": pair.common_people,
    }


def dataset_circumstances(asked: Mapping[str, Any], used: Mapping[str, Any]) -> list[str]:
    """Notes that follow from what was asked and used of one dataset."""
    excluded = len(used["dataset"]["excluded"])
    return [*looks(asked), f"{excluded} clips excluded: used.dataset.excluded names them"] if excluded else looks(asked)


def pair_circumstances(asked: Mapping[str, Any], used: Mapping[str, Any]) -> list[str]:
    """Notes that follow from what was asked and used of a pair."""
    excluded = {name: len(data["excluded"]) for name, data in used["datasets"].items()}
    left_out = used["pair"].get("too_few", {})
    return [
        *looks(asked),
        *(f"{count} clips of {name} excluded: used.datasets names them" for name, count in excluded.items() if count),
        *(f"{emotion} is left out: {reason}" for emotion, reason in left_out.items()),
    ]


def protocol_used(plan: Plan) -> dict[str, Any]:
    """Name and version of the protocol, and the versions of the stages that made its numbers."""
    task = plan.spec.task
    stages = {name: STAGES[name] for name in TASK_STAGES[task] if name != "frames" or plan.frames}
    return {"name": task, "version": PROTOCOLS[task], "stages": stages}


def looks(asked: Mapping[str, Any]) -> list[str]:
    """A note where only a part was looked at."""
    flags = [f"--{name}" for name in ("folds", "limit") if asked[name] is not None]
    return [f"a first look ({', '.join(flags)}): enters no board"] if flags else []
