"""Is every unit of a plan done? What is missing is run, in this process, each result one file."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from emobench.domain.plan import Plan, Unit
from emobench.files.atomic import require_writable, try_once
from emobench.files.leftovers import sweep
from emobench.files.sharing import InTurn, once_each
from emobench.runs.bias_stage import one_thread_each, run_bias_unit
from emobench.runs.bias_units import kind_of
from emobench.runs.extraction_stage import Kind, Workplace, ensure_features, failed_features, store_of
from emobench.runs.failures import Failures, name_of
from emobench.runs.pair_probes import run_pair_unit
from emobench.runs.questions import layer_name, question_of
from emobench.runs.training_stage import run_trainings
from emobench.runs.unit_store import UnitResult, UnitStore
from emobench.runs.work_log import logged
from emobench.tasks.layerwise import run_part, to_arrays
from emobench.tasks.predictions import WEIGHTED_SUM


def run_unit(plan: Plan, unit: Unit, work: Workplace) -> UnitResult:
    """Ask stored features: by probes of a layer or the weighted sum, of one dataset or of a pair; or by distances."""
    return RUN[unit.task](plan, unit, work)


def _run_layer(plan: Plan, unit: Unit, work: Workplace) -> UnitResult:
    store = store_of(plan, (unit.backbone, unit.dataset), work.home)
    values = [store.layer(layer) for layer in unit.layers]
    wall, cpu = time.perf_counter(), time.process_time()
    features = torch.from_numpy(np.stack(values) if unit.part == WEIGHTED_SUM else values[0]).to(work.device)
    result = run_part(question_of(plan, unit), layer_name(plan, unit), features)
    spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    if result.not_converged:
        work.progress.say(
            f"{unit.part} of {unit.backbone}: {result.not_converged} fits ended at the limit of iterations"
        )
    return UnitResult(to_arrays(result.predictions), {**spent, "not_converged": result.not_converged})


RUN: Mapping[str, Callable[[Plan, Unit, Workplace], UnitResult]] = {
    "layerwise": _run_layer,
    "cross_domain": run_pair_unit,
    "fad_bias": run_bias_unit,
}


def pending(plan: Plan, store: UnitStore) -> list[Unit]:
    """The units whose result is not there, or was damaged and is now set aside."""
    return [unit for unit in plan.units if store.read(unit) is None]


def run_units(plan: Plan, work: Workplace, failures: Failures) -> int:
    """Run what is pending and belongs to this process; returns the number of clips that went through a backbone.

    What fails is noted in ``failures``, and the rest goes on. What turns out to be damaged is tried a second time.

    Raises:
        StorageError: the disk is full, read-only or gone.
    """
    passed = _run_through(plan, work, failures)
    if failures.forget_damage():
        passed += _run_through(plan, work, failures)
    return passed


def _run_through(plan: Plan, work: Workplace, failures: Failures) -> int:
    store = UnitStore(work.home / "units")
    open_units = pending(plan, store)  # of trainings, too: damaged results are set aside here
    if open_units:
        require_writable(work.home)
    for folder in {store.path(unit).parent for unit in open_units}:
        sweep(folder)
    missing = [unit for unit in open_units if unit.training is None and unit.key not in failures.found]
    own = _own(missing, plan.units, work.shard)
    passed = sum(ensure_features(plan, _heard(own, kind), work, kind, failures) for kind in get_args(Kind))
    _run_probes(plan, [unit for unit in own if not _blocked(unit, failures)], work, failures)
    if any(unit.training is not None for unit in plan.units):
        run_trainings(plan, work, failures, lambda opened: _own(opened, plan.units, work.shard))
    return passed


def _blocked(unit: Unit, failures: Failures) -> bool:
    """Whether features that a unit reads could not be computed, which is noted."""
    lost = failed_features(failures, {(kind_of(unit), unit.backbone, name) for name in unit.datasets})
    if lost is not None:
        failures.block(unit.key, name_of(unit), lost)
    return lost is not None


def _run_probes(plan: Plan, units: Sequence[Unit], work: Workplace, failures: Failures) -> None:
    """Run units on stored features; those that another process runs are waited for at the end."""
    if not units:
        return
    store = UnitStore(work.home / "units")
    advance = work.progress.start("distances" if plan.bias is not None else "probes", len(units), "units")

    def attempt(unit: Unit) -> bool:
        with failures.of(unit.key, name_of(unit)):
            if try_once(store.path(unit), _computation(plan, store, unit, work)) == "busy":
                return False
        advance(1)
        return True

    with _several_at_once(plan) as in_turn:
        once_each(units, attempt, name_of, in_turn)


@contextmanager
def _several_at_once(plan: Plan) -> Iterator[InTurn]:
    """Units one after another; distances, which are no work for several threads, each in one of its own."""
    if plan.bias is None:
        yield map
        return
    with one_thread_each() as threads, ThreadPoolExecutor(threads) as pool:
        yield pool.map


def _heard(units: Sequence[Unit], kind: Kind) -> set[tuple[str, str]]:
    """The (backbone, dataset) pairs of whose clips units read this kind."""
    return {(unit.backbone, name) for unit in units for name in unit.datasets if kind_of(unit) == kind}


def _computation(plan: Plan, store: UnitStore, unit: Unit, work: Workplace) -> Callable[[Path], None]:
    def compute(file: Path) -> None:
        with logged("unit", unit.key, name_of(unit)):
            file.write_bytes(store.encoded(unit, run_unit(plan, unit, work)))

    return compute


def _own(missing: Sequence[Unit], units: Sequence[Unit], slice_: tuple[int, int] | None) -> list[Unit]:
    if slice_ is None:
        return list(missing)
    index, count = slice_
    mine = set(units[index - 1 :: count])
    return [unit for unit in missing if unit in mine]
