"""How is a plan shown? Clips, groups, folds, units, what is done, estimated hours."""

from pathlib import Path
from typing import Any

from tabulate import tabulate

from emobench.corpora.remarks import heard_by, lines_about, remarks_of
from emobench.domain.plan import DatasetPlan, Plan, Split
from emobench.runs.bias_plan_tables import bias_data, bias_facts
from emobench.runs.extraction_stage import store_of
from emobench.runs.pair_plan_tables import pair_data, pair_tables
from emobench.runs.unit_store import UnitStore


def as_data(plan: Plan, home: Path, hours: float) -> dict[str, Any]:
    """A plan as plain data, for ``--json`` and for the tables."""
    store = UnitStore(home / "units")
    datasets = []
    for name, dataset in plan.datasets.items():
        groups = len({planned.clip.group for planned in dataset.clips})
        datasets.append(
            {
                "dataset": name,
                "clips": len(dataset.clips),
                "excluded": sorted(dataset.excluded),
                "reasons": dict(sorted(dataset.excluded.items())),
                "remarks": [
                    {"kind": remark.kind, "says": remark.says, "clips": list(remark.clips)}
                    for remark in remarks_of(dataset, heard_by(plan))
                ],
                "minutes": round(dataset.seconds / 60, 1),
                dataset.card.group_is + "s": groups,
                "groups": groups,
                **(_folds(dataset, plan.splits[name]) if name in plan.splits else {}),
            }
        )
    work = []
    for (backbone, dataset_name), features in plan.features.items():
        shards = store_of(plan, (backbone, dataset_name), home)
        units = [unit for unit in plan.units if unit.backbone == backbone and dataset_name in unit.datasets]
        work.append(
            {
                "backbone": backbone,
                "dataset": dataset_name,
                "control": backbone in plan.controls,
                "shards": len(features.shards),
                "shards_done": len(features.shards) - len(shards.missing()),
                "units": len(units),
                "units_done": sum(store.done(unit) for unit in units),
            }
        )
    more: dict[str, Any] = {} if plan.pair is None else {"pair": pair_data(plan, home)}
    more |= {} if plan.bias is None else {"bias": bias_data(plan)}
    more["notes"] = lines_about(plan)
    return {"task": plan.spec.task, "datasets": datasets, "work": work, **more, "estimated_hours": round(hours, 4)}


def _folds(dataset: DatasetPlan, split: Split) -> dict[str, Any]:
    sizes = [sum(split.fold_of[p.clip.group] == fold for p in dataset.clips) for fold in range(split.count)]
    return {"folds": split.count, "clips_per_fold": sizes, "split": split.digest[:12]}


def _fold_cells(row: dict[str, Any]) -> list[Any]:
    return [row["folds"], " ".join(map(str, row["clips_per_fold"])), row["split"]] if "folds" in row else []


def as_tables(data: dict[str, Any]) -> str:
    """The plan as text."""
    corpora = [
        [row["dataset"], row["clips"], row["minutes"], row["groups"], len(row["excluded"]), *_fold_cells(row)]
        for row in data["datasets"]
    ]
    work = [
        [row["backbone"] + (" (control)" if row["control"] else ""), row["dataset"],
         f"{row['shards_done']}/{row['shards']}", f"{row['units_done']}/{row['units']}"]
        for row in data["work"]
    ]  # fmt: skip
    heads = ["dataset", "clips", "minutes", "groups", "excluded", "folds", "clips per fold", "split"]
    heads = heads[: max(len(row) for row in corpora)]
    hours = data["estimated_hours"]
    time = f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min" if hours * 60 >= 2 else f"{hours * 3600:.0f} s"
    return "\n\n".join(
        [
            f"task {data['task']}",
            tabulate(corpora, headers=heads, disable_numparse=True),
            tabulate(work, headers=["backbone", "dataset", "shards done", "units done"], disable_numparse=True),
            *(["\n".join(data["notes"])] if data["notes"] else ()),
            *(pair_tables(data["pair"]) if "pair" in data else ()),
            *(["\n".join(bias_facts(data["bias"]))] if "bias" in data else ()),
            f"estimated time for what is left: {time}",
        ]
    )
