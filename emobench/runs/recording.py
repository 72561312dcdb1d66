"""How do a plan and its finished units become records?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from emobench.domain.cards import Attribute
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import Plan, Unit
from emobench.domain.record import Record, make_record, record_key
from emobench.domain.stages import PROTOCOLS, STAGES
from emobench.runs.extraction_stage import store_of
from emobench.runs.keys import audio_of, fold_array, identity_of, labels_of
from emobench.runs.layer_curve import layer_curve
from emobench.runs.provenance import peak_memory_bytes, whereabouts
from emobench.runs.questions import layer_name
from emobench.runs.record_store import RecordStore
from emobench.runs.unit_store import UnitStore
from emobench.tasks.layerwise import from_arrays
from emobench.tasks.layerwise_scores import score
from emobench.tasks.predictions import Predictions, predictions_digest, to_table
from emobench.tasks.ruler import truths

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
        "options": {
            scope: options.model_dump(mode="json")
            for scope, options in (
                ("reading", plan.reading),
                ("extraction", plan.extraction),
                ("probe", plan.probe),
                ("layerwise", layerwise),
            )
        },
    }


def sexes_of(plan: Plan, dataset: str) -> dict[str, str | None]:
    """Group -> female or male; None where it is not known, or where a group has both."""
    found: dict[str, set[str | None]] = {}
    for planned in plan.datasets[dataset].clips:
        found.setdefault(planned.clip.group, set()).add(planned.clip.sex)
    return {group: next(iter(sexes)) if len(sexes) == 1 else None for group, sexes in found.items()}


def used_of(plan: Plan, backbone: str, dataset: str, attribute: Attribute) -> dict[str, Any]:
    """What was used: cards, weights, dataset identity and audio, split, protocol, assumptions, excluded clips."""
    data, split, model = plan.datasets[dataset], plan.splits[dataset], plan.backbones[backbone]
    sexes = sexes_of(plan, dataset)
    return {
        "backbone": {
            "card": model.card.model_dump(mode="json"),
            "layers": {"measured": len(model.card.layers), "of": len(model.whole.layers)},
            "identity": dict(model.identity),
        },
        "dataset": {
            "card": data.card.model_dump(mode="json", exclude={"folds"}),
            "identity": identity_of(data, attribute.name, split),
            "clips": len(data.clips),
            "seconds": data.seconds,
            "groups": {group: {"fold": split.fold_of[group], "sex": sexes[group]} for group in sorted(sexes)},
            "audio": audio_of(data),
            "excluded": sorted(data.excluded),
        },
        "attribute": attribute.model_dump(mode="json"),
        "split": {"digest": split.digest, "folds": split.count, "group_disjoint": True},
        "protocol": {"name": plan.spec.task, "version": PROTOCOLS[plan.spec.task], "stages": dict(STAGES)},
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


def circumstances(asked: Mapping[str, Any], used: Mapping[str, Any]) -> list[str]:
    """Notes that follow from what was asked and used."""
    looks = [f"--{name}" for name in ("folds", "limit") if asked[name] is not None]
    notes = [f"a first look ({', '.join(looks)}): enters no board"] if looks else []
    excluded = len(used["dataset"]["excluded"])
    return [*notes, f"{excluded} clips excluded: used.dataset.excluded names them"] if excluded else notes


def write_records(
    plan: Plan, home: Path, out: Path, device: torch.device, arguments: Sequence[str]
) -> list[tuple[Path, Record]]:
    """One record for every backbone, dataset and attribute whose units are all done; pictures beside them."""
    units_done, records = UnitStore(home / "units"), RecordStore(out)
    made: list[tuple[Record, pa.Table | None]] = []
    for (backbone, dataset, name), units in _records(plan).items():
        if not all(units_done.done(unit) for unit in units):
            continue
        asked, used = asked_of(plan, backbone, dataset, name), used_of(plan, backbone, dataset, units[0].attribute)
        there = records.find(plan.spec.task, backbone, record_key(asked, used))
        if there is not None:
            made.append((there, None))
            continue
        predictions, spent = predictions_of(plan, units, units_done)
        found = score(predictions, sexes_of(plan, dataset), circumstances(asked, used))
        table = to_table(predictions)
        features = store_of(plan, (backbone, dataset), home)
        data, model = plan.datasets[dataset], plan.backbones[backbone]
        extraction = features.spent() if not features.missing() else {}
        record = make_record(
            asked=asked,
            used=used,
            found=found,
            predictions_digest=predictions_digest(table),
            spent={
                "extraction": extraction,
                "probes": spent,
                "peak_memory_bytes": peak_memory_bytes(),
                "parameters": {"total": model.card.parameters, "trainable": 0},
            },
            where=whereabouts(device, arguments, {"backbone": model.distribution, "dataset": data.distribution}),
        )
        made.append((record, table))
    for record, table in made:
        if table is not None:
            records.add(record, table, {".svg": layer_curve(record, _controls(plan, record, made))})
    return [(records.path(plan.spec.task, str(record.asked["backbone"]), record.key), record) for record, _ in made]


def _controls(plan: Plan, record: Record, made: Sequence[tuple[Record, pa.Table | None]]) -> list[Record]:
    """The records of the same run, dataset and attribute that are controls of this one."""
    backbone = record.asked["backbone"]
    names = {*plan.controls, "level-duration", f"{backbone}@random"} - {backbone}
    same = ("dataset", "attribute")
    return [
        other
        for other, _ in made
        if other.asked["backbone"] in names and all(other.asked[field] == record.asked[field] for field in same)
    ]
