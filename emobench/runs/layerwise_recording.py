"""What does a record of `layerwise` hold? One for every backbone, dataset and attribute."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from emobench.domain.cards import Attribute
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import Plan, Unit
from emobench.runs.keys import fold_array, labels_of
from emobench.runs.questions import layer_name
from emobench.runs.record_parts import (
    Draft,
    Findings,
    asked_options,
    backbone_used,
    dataset_circumstances,
    dataset_used,
    protocol_used,
    sexes_of,
)
from emobench.runs.unit_store import UnitStore
from emobench.tasks.layerwise import from_arrays
from emobench.tasks.layerwise_scores import score
from emobench.tasks.predictions import Predictions, to_table
from emobench.tasks.ruler import truths
from emobench.views.layer_curve import layer_curve

ASSUMED: Mapping[str, Any] = {
    "pooling": "mean over valid frames",
    "standardisation": "training statistics, features with sd < 1e-6 become 0",
    "objective": "sum of log-losses + |w|^2 / 2C, free intercept; ridge with strength 1 / C for dimensions",
    "choices": "layer and strength by the mean development score over the other folds, refitted on all of them",
    "interval": "bootstrap over people, 2000 resamples, 95 % percentiles",
    "people_in_folds": "every fold once as test, every other fold once as development",
}


def asked_of(plan: Plan, backbone: str, dataset: str, attribute: str) -> dict[str, Any]:
    """The part of the spec that one record answers, with its defaults."""
    layerwise = plan.layerwise.model_copy(update={"attributes": (attribute,)})
    return {
        "task": plan.spec.task,
        "backbone": backbone,
        "dataset": dataset,
        "attribute": attribute,
        "folds": plan.spec.folds,
        "limit": plan.spec.limit,
        "precision": plan.spec.precision,
        "options": asked_options(plan, (dataset,), {"layerwise": layerwise}),
    }


def used_of(plan: Plan, backbone: str, dataset: str, attribute: Attribute) -> dict[str, Any]:
    """What was used: cards, weights, dataset identity and audio, split, protocol, assumptions, excluded clips."""
    split = plan.splits[dataset]
    return {
        "backbone": backbone_used(plan, backbone),
        "dataset": dataset_used(plan, dataset, attribute.name),
        "attribute": attribute.model_dump(mode="json"),
        "split": {"digest": split.digest, "folds": split.count, "group_disjoint": True},
        "protocol": protocol_used(plan),
        "assumed": dict(ASSUMED),
    }


def predictions_of(plan: Plan, units: Sequence[Unit], store: UnitStore) -> tuple[Predictions, dict[str, float]]:
    """The predictions of the units of one record, and what they cost."""
    parts, spent = [], {"wall_seconds": 0.0, "cpu_seconds": 0.0, "not_converged": 0.0}
    for unit in units:
        result = store.read(unit)
        if result is None:
            raise EmobenchError(
                "the result of a unit has vanished.", found=unit.part, remedy="Run the same command again."
            )
        parts.append(from_arrays(layer_name(plan, unit), result.arrays))
        spent = {name: value + result.spent[name] for name, value in spent.items()}
    dataset, split, attribute = plan.datasets[units[0].dataset], plan.splits[units[0].dataset], units[0].attribute
    predictions = Predictions(
        dataset=dataset.card.name,
        attribute=attribute,
        clips=tuple(planned.clip.id for planned in dataset.clips),
        groups=tuple(planned.clip.group for planned in dataset.clips),
        fold=fold_array(dataset, split),
        truth=truths(attribute, labels_of(dataset, attribute.name)),
        strengths=plan.probe.c,
        parts=tuple(parts),
    )
    return predictions, spent


def _records(plan: Plan) -> dict[tuple[str, str, str], list[Unit]]:
    by_record: dict[tuple[str, str, str], list[Unit]] = {}
    for unit in plan.units:
        by_record.setdefault((unit.backbone, unit.dataset, unit.attribute.name), []).append(unit)
    return by_record


def layerwise_drafts(plan: Plan, home: Path) -> Iterator[Draft]:
    """The records of a plan, as far as their units are done."""
    store = UnitStore(home / "units")
    for (backbone, dataset, name), units in _records(plan).items():
        if not all(store.done(unit) for unit in units):
            continue
        asked, used = asked_of(plan, backbone, dataset, name), used_of(plan, backbone, dataset, units[0].attribute)
        find = partial(_findings, plan, units, store, dataset_circumstances(asked, used))
        yield Draft(
            backbone, (dataset,), asked, used, find, lambda record, others: {".svg": layer_curve(record, others)}
        )


def _findings(plan: Plan, units: Sequence[Unit], store: UnitStore, notes: Sequence[str]) -> Findings:
    predictions, spent = predictions_of(plan, units, store)
    found = score(predictions, sexes_of(plan, units[0].dataset), notes)
    return Findings(found, to_table(predictions), {"probes": spent}, trainable=0)
