"""How is a unit of probes run on a pair, both ways at once, from stored features to arrays?"""

import time
from typing import Any

import numpy as np
import torch

from emobench.domain.plan import Plan, Unit
from emobench.runs.extraction_stage import Workplace, store_of
from emobench.runs.keys import fold_array, labels_of
from emobench.runs.unit_store import UnitResult
from emobench.tasks.convex_transfer import Asked, DomainFeatures, transfer
from emobench.tasks.ruler import truths

Array = np.ndarray[Any, Any]


def run_pair_unit(plan: Plan, unit: Unit, work: Workplace) -> UnitResult:
    """Fit one layer, or the weighted sum, in both directions; arrays are called ``<condition>.<target>.<what>``."""
    wall, cpu = time.perf_counter(), time.process_time()
    pair = plan.the_pair
    folds = plan.splits[pair.datasets[0]].count
    tests = tuple(range(folds)) if plan.spec.folds is None else plan.spec.folds
    asked = Asked(pair.attribute, folds, tests, plan.probe.c, unit.fraction, unit.seed or 0)
    first, second = (_features(plan, unit, name, work) for name in pair.datasets)
    found = transfer(asked, first, second)
    arrays: dict[str, Array] = {}
    for (condition, target), outcome in found.outcomes.items():
        start = f"{condition}.{target}"
        arrays[f"{start}.test"], arrays[f"{start}.strength"] = outcome.test, outcome.strength
        arrays[f"{start}.development"] = outcome.development
    spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    return UnitResult(arrays, {**spent, "not_converged": float(found.not_converged)})


def _features(plan: Plan, unit: Unit, dataset: str, work: Workplace) -> DomainFeatures:
    store, data = store_of(plan, (unit.backbone, dataset), work.home), plan.datasets[dataset]
    layers = torch.from_numpy(np.stack([store.layer(layer) for layer in unit.layers])).to(work.device)
    truth = truths(unit.attribute, labels_of(data, unit.attribute.name))
    return DomainFeatures(layers, truth, fold_array(data, plan.splits[dataset]))
