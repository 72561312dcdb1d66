"""How long will the trainings of a plan take? From those that are done, else from a few steps that were timed."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import torch

from emobench.domain.plan import Plan, Unit
from emobench.runs.training_stage import open_trainings, workers_for
from emobench.runs.unit_store import UnitStore

EXPECTED_EPOCHS = 0.6  # of the most that are allowed: patience ends the others
SAMPLED = 8  # finished trainings that tell


def training_seconds(plan: Plan, home: Path, device: torch.device) -> float:
    """Seconds for the trainings that are missing, and for what enters their models; 0 without any."""
    if plan.pair is None:
        return 0.0
    store, total = UnitStore(home / "units"), 0.0
    opened = open_trainings(plan, store)
    for backbone in dict.fromkeys(unit.backbone for unit in opened):
        mine = [unit for unit in opened if unit.backbone == backbone]
        threads = torch.get_num_threads() if device.type == "cpu" else 1
        total += _entering(plan, backbone, mine) / threads
        workers = workers_for(plan, mine, device)
        for method in plan.pair.methods:
            units = [unit for unit in mine if unit.training is not None and unit.training.method == method]
            known = _measured(plan, backbone, method, store) if units else None
            total += sum(_timed(plan, unit) / threads if known is None else known / workers for unit in units)
    return total


def _entering(plan: Plan, backbone: str, units: Sequence[Unit]) -> float:
    """Seconds to compute what enters the blocks, once; what is stored already is counted all the same."""
    methods = {unit.training.method for unit in units if unit.training is not None}
    rehearsals = [plan.the_pair.rehearsals[backbone, method] for method in methods]
    each = max((one.enter_seconds for one in rehearsals if one.resumes), default=0.0)
    return each * sum(plan.datasets[name].seconds for name in plan.the_pair.datasets)


def _measured(plan: Plan, backbone: str, method: str, store: UnitStore) -> float | None:
    """Mean wall seconds of some trainings of a method that are done; None where none is."""
    seconds: list[float] = []
    for unit in plan.units:
        if unit.training is None or (unit.backbone, unit.training.method) != (backbone, method):
            continue
        result = store.read(unit)
        if result is not None:
            seconds.append(result.spent["wall_seconds"])
        if len(seconds) == SAMPLED:
            break
    return fmean(seconds) if seconds else None


def _timed(plan: Plan, unit: Unit) -> float:
    """Seconds of one training, after the rehearsal of its method."""
    training = unit.training
    assert training is not None
    pair, fold_part = plan.the_pair, 1 / plan.splits[training.target].count
    rehearsal, train = pair.rehearsals[unit.backbone, training.method], pair.methods[training.method].train
    seconds = plan.datasets[training.target].seconds * training.fraction
    if training.stage == "joint":
        seconds += plan.datasets[training.first].seconds
    epoch = seconds * ((1 - 2 * fold_part) * rehearsal.train_seconds + fold_part * rehearsal.hear_seconds)
    return max(1.0, EXPECTED_EPOCHS * train.epochs) * epoch + 2 * seconds * fold_part * rehearsal.hear_seconds
