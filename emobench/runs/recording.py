"""How do a plan and its finished units become records?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import torch

from emobench.domain.plan import Plan
from emobench.domain.record import Record, make_record, record_key
from emobench.runs.bias_recording import bias_drafts
from emobench.runs.extraction_stage import Kind, store_of
from emobench.runs.failures import Failures
from emobench.runs.layerwise_recording import layerwise_drafts
from emobench.runs.pair_recording import pair_drafts
from emobench.runs.peak_memory import process_peak_bytes
from emobench.runs.provenance import whereabouts
from emobench.runs.record_parts import Draft, Findings
from emobench.runs.record_store import RecordStore
from emobench.runs.work_log import logged
from emobench.tasks.predictions import predictions_digest

CONTROL = "level-duration"
DRAFTS: Mapping[str, Callable[[Plan, Path], Iterator[Draft]]] = {
    "layerwise": layerwise_drafts,
    "cross_domain": pair_drafts,
    "fad_bias": bias_drafts,
}


def write_records(
    plan: Plan, home: Path, out: Path, device: torch.device, arguments: Sequence[str], failures: Failures
) -> list[tuple[Path, Record]]:
    """One record for every question whose units are all done; pictures beside them.

    One that cannot be made is noted in ``failures``, and the others are written.
    """
    records = RecordStore(out)
    drafts = list(DRAFTS[plan.spec.task](plan, home))
    made: list[tuple[Draft, Record, Findings | None]] = []
    for draft in drafts:
        key = record_key(draft.asked, draft.used)
        with failures.of(("record", key), _name_of(draft)):
            there = records.find(plan.spec.task, draft.backbone, key)
            findings = None if there is not None else draft.find()
            record = there if findings is None else _sealed(plan, draft, findings, home, device, arguments)
            assert record is not None
            made.append((draft, record, findings))
    placed: list[tuple[Path, Record]] = []
    for draft, record, findings in made:
        path = records.path(plan.spec.task, draft.backbone, record.key)
        with failures.of(("record", record.key), _name_of(draft)):
            if findings is not None:
                with logged("record", record.key, _name_of(draft)):
                    records.add(record, findings.predictions, draft.pictures(record, _controls(plan, draft, made)))
            draft.beside(path)
            placed.append((path, record))
    return placed


def _name_of(draft: Draft) -> str:
    attribute = draft.asked.get("attribute")
    return f"the record of {', '.join(filter(None, (draft.backbone, *draft.datasets, attribute)))}"


def _sealed(
    plan: Plan, draft: Draft, findings: Findings, home: Path, device: torch.device, arguments: Sequence[str]
) -> Record:
    """A record of findings, with what they cost and where they were made."""
    model = plan.backbones[draft.backbone]
    return make_record(
        asked=draft.asked,
        used=draft.used,
        found=findings.found,
        predictions_digest=predictions_digest(findings.predictions),
        spent={
            "extraction": _extraction(plan, draft, home),
            **findings.spent,
            "peak_memory_bytes": _peak(findings),
            "parameters": {"total": model.card.parameters, "trainable": findings.trainable},
        },
        where=whereabouts(device, arguments, _brought(plan, draft)),
    )


def _brought(plan: Plan, draft: Draft) -> dict[str, str]:
    """Which distribution, or file, brought the backbone, the datasets and every PEFT method of a record."""
    brought = {"backbone": plan.backbones[draft.backbone].distribution}
    if len(draft.datasets) == 1:
        brought["dataset"] = plan.datasets[draft.datasets[0]].distribution
    else:
        brought |= {name: plan.datasets[name].distribution for name in draft.datasets}
    for name in draft.used.get("methods", ()):
        parts = plan.the_pair.methods[name].distributions
        brought |= {f"peft:{part}": distribution for part, distribution in parts.items()}
    return brought


def _peak(findings: Findings) -> int:
    """The most memory held; a training forgets the peak before it, and tells its own."""
    trained = findings.spent.get("training", {}).values()
    return int(max([process_peak_bytes(), *(method["peak_memory_bytes"] for method in trained)]))


def _extraction(plan: Plan, draft: Draft, home: Path) -> dict[str, float]:
    """What the features and frames cost, summed over datasets; empty when some shard does not tell."""
    total: dict[str, float] = {}
    kinds: tuple[Kind, ...] = ("features", "frames") if plan.frames else ("features",)
    for name, kind in product(draft.datasets, kinds):
        features = store_of(plan, (draft.backbone, name), home, kind)
        spent = features.spent() if not features.missing() else {}
        for what, value in spent.items():
            total[what] = total.get(what, 0.0) + value
    return total


def _controls(plan: Plan, draft: Draft, made: Sequence[tuple[Draft, Record, Findings | None]]) -> list[Record]:
    """The records of the same run and question that are controls of this one."""
    names = {*plan.controls, CONTROL, f"{draft.backbone}@random"} - {draft.backbone}
    same = ("dataset", "datasets", "attribute")
    return [
        record
        for other, record, _ in made
        if other.backbone in names and all(other.asked.get(field) == draft.asked.get(field) for field in same)
    ]
