"""How is the plan of a pair shown? What labels are called, what is left out, what learns, what is done already."""

from pathlib import Path
from typing import Any

from tabulate import tabulate

from emobench.domain.pair import MatchedPair
from emobench.domain.plan import Plan, Unit
from emobench.runs.record_parts import pair_used
from emobench.runs.training_stage import open_trainings
from emobench.runs.unit_store import UnitStore


def matched_data(pair: MatchedPair) -> dict[str, Any]:
    """What labels two datasets share, as plain data."""
    return {"attribute": pair.attribute.name, "classes": list(pair.attribute.classes), **pair_used(pair)}


def matched_facts(data: dict[str, Any]) -> list[str]:
    """What labels two datasets share, what they call them, and what is dropped, a line each."""
    space = ", ".join(data["classes"]) or "values"
    facts = [f"{data['attribute']}: {space}"]
    for name, names in data["labels"].items():
        renamed = [f"{own} as {shared}" for own, shared in names.items() if shared not in (None, own)]
        facts += [f"{name} calls {', '.join(renamed)}"] if renamed else []
    for name, counts in data["dropped"].items():
        told = ", ".join(f"{count} of {what}" for what, count in counts.items())
        facts += [f"dropped from {name}: {told}"] if told else []
    return facts


def pair_data(plan: Plan, home: Path) -> dict[str, Any]:
    """A pair and its work as plain data."""
    pair, store = plan.the_pair, UnitStore(home / "units")
    first, second = (plan.splits[name].fold_of for name in pair.datasets)
    opened = {unit.key for unit in open_trainings(plan, store)}
    opened |= {unit.key for unit in plan.units if unit.training is None and not store.done(unit)}
    work = []
    for (backbone, method), rehearsal in pair.rehearsals.items():
        units = [unit for unit in plan.units if unit.backbone == backbone and method_of(unit) == method]
        work.append(
            {
                "backbone": backbone,
                "method": method,
                "control": backbone in plan.controls,
                "trainable": rehearsal.trainable,
                "units": len(units),
                "units_done": sum(unit.key not in opened for unit in units),
            }
        )
    return {
        "preset": pair.preset,
        **matched_data(pair),
        "people_in_one_fold_of_both": all(second.get(group, fold) == fold for group, fold in first.items()),
        "seeds": len(pair.seeds),
        "left_out": {name: dict(reasons) for name, reasons in pair.left_out.items() if reasons},
        "work": work,
    }


def method_of(unit: Unit) -> str:
    """The PEFT method of a unit of a pair."""
    return unit.part.partition(":")[0] if unit.training is None else unit.training.method


def pair_tables(data: dict[str, Any]) -> list[str]:
    """The pair as text, a paragraph each."""
    rows = [
        [row["backbone"] + (" (control)" if row["control"] else ""), row["method"], f"{row['trainable']:,}",
         f"{row['units_done']}/{row['units']}"]
        for row in data["work"]
    ]  # fmt: skip
    facts, people = matched_facts(data), data["common_people"]
    facts.append(f"{people} people in both, each in one fold of both" if people else "no people in both")
    facts += [
        f"left out: {method} with {backbone}: {reason}"
        for backbone, reasons in data["left_out"].items()
        for method, reason in reasons.items()
    ]
    heads = ["backbone", "method", "weights that learn", "units done"]
    return [
        "\n".join(facts),
        tabulate(rows, headers=heads, disable_numparse=True, colalign=("left", "left", "right", "right")),
    ]
