"""Is every training of a plan done? What is missing is run, each after the one that it goes on from."""

from collections.abc import Callable, Sequence
from typing import Literal

import torch

from emobench.domain.plan import Plan, Unit
from emobench.features.prefix_store import PrefixStore
from emobench.files.sharing import once_each
from emobench.runs.extraction_stage import Workplace
from emobench.runs.failures import Failures, name_of
from emobench.runs.prefix_stage import ensure_prefixes
from emobench.runs.training_files import ensure_training, whole
from emobench.runs.training_pool import run_pooled
from emobench.runs.training_unit import Stores, Workshop
from emobench.runs.unit_store import UnitStore
from emobench.runs.work_log import WorkLog

SMALL_PARAMETERS = 20_000_000  # a model whose products are too small for several threads: one training a thread
KEPT_BYTES = 64_000_000  # weights of stage 1 stay where a later run can go on from them, unless they are large


def open_trainings(plan: Plan, store: UnitStore) -> list[Unit]:
    """The trainings to run, in order: those without a result, and those whose weights another open one needs."""
    trainings = [unit for unit in plan.units if unit.training is not None]
    missing = {unit.key for unit in trainings if not whole(plan, unit, store)}
    for unit in reversed(trainings):  # what a unit needs comes before it
        if unit.key in missing and unit.needs is not None and not store.weights_path(unit.task, unit.needs).is_file():
            missing.add(unit.needs)
    return [unit for unit in trainings if unit.key in missing]


def run_trainings(plan: Plan, work: Workplace, failures: Failures, own: Callable[[Sequence[Unit]], list[Unit]]) -> None:
    """Run the open trainings that belong to this process (``own`` says which), and what they need.

    What fails is noted in ``failures``; the others go on, but for those that go on from what failed.

    Raises:
        StorageError: the disk is full, read-only or gone.
    """
    store = UnitStore(work.home / "units")
    opened = [unit for unit in open_trainings(plan, store) if unit.key not in failures.found]
    mine = _with_needs(own(opened), opened)
    for backbone in dict.fromkeys(unit.backbone for unit in mine):
        units = [unit for unit in mine if unit.backbone == backbone]
        with failures.of(("prefixes", backbone), backbone):
            shop = Workshop(work, _stores(plan, units, work))
            _run_all(plan, units, shop, failures)
        lost = failures.found.get(("prefixes", backbone))
        for unit in units if lost is not None else ():
            assert lost is not None
            failures.block(unit.key, name_of(unit), lost)
    _tidy(plan, store)


def _run_all(plan: Plan, units: Sequence[Unit], shop: Workshop, failures: Failures) -> None:
    advance = shop.work.progress.start(f"trainings of {units[0].backbone}", len(units), "trainings")
    workers = workers_for(plan, units, shop.work.device)
    if workers > 1:
        run_pooled(plan, units, shop, workers, failures, advance)
    else:
        _run_here(plan, units, shop, failures, advance)


def workers_for(plan: Plan, units: Sequence[Unit], device: torch.device) -> int:
    """How many processes train at once: one a thread for small models on a CPU, else one."""
    return min(torch.get_num_threads(), len(units)) if _single_threaded(plan, units[0], device) else 1


def _single_threaded(plan: Plan, unit: Unit, device: torch.device) -> bool:
    """Whether trainings of this backbone use one thread each: then no bit depends on the number of threads."""
    parameters = plan.backbones[unit.backbone].card.parameters
    files = sum(path.stat().st_size for path in plan.backbones[unit.backbone].files.values()) // 4
    return device.type == "cpu" and (parameters or files) < SMALL_PARAMETERS


def _run_here(
    plan: Plan, units: Sequence[Unit], shop: Workshop, failures: Failures, advance: Callable[[int], None]
) -> None:
    threads = torch.get_num_threads()
    if _single_threaded(plan, units[0], shop.work.device):
        torch.set_num_threads(1)
    settled, here = set[str](), {unit.key for unit in units}

    def attempt(unit: Unit) -> bool:
        if unit.needs in here - settled:
            return False  # another process is at it
        if unit.needs in failures.found:
            failures.block(unit.key, name_of(unit), failures.found[unit.needs])
        else:
            with failures.of(unit.key, name_of(unit)):
                if _trained_here(plan, unit, shop) == "busy":
                    return False
        settled.add(unit.key)
        advance(1)
        return True

    try:
        once_each(units, attempt, name_of)
    finally:
        torch.set_num_threads(threads)


def _trained_here(plan: Plan, unit: Unit, shop: Workshop) -> Literal["made", "found", "busy"]:
    lines = WorkLog("training", unit.key, name_of(unit))
    try:
        made = ensure_training(plan, unit, shop, lines.begin)
    except Exception as problem:
        lines.failed(problem)
        raise
    if made == "made":
        lines.finished()
    return made


def _with_needs(mine: Sequence[Unit], opened: Sequence[Unit]) -> list[Unit]:
    """This process's units and those they go on from, in order: a slice that runs alone finishes its part."""
    wanted = {unit.key for unit in mine}
    for unit in reversed(opened):
        if unit.key in wanted and unit.needs is not None:
            wanted.add(unit.needs)
    return [unit for unit in opened if unit.key in wanted]


def _stores(plan: Plan, units: Sequence[Unit], work: Workplace) -> Stores:
    """What enters the blocks of a backbone, computed once for all trainings that can go on from there."""
    backbone, pair = units[0].backbone, plan.the_pair
    methods = {unit.training.method for unit in units if unit.training is not None}
    if not any(pair.rehearsals[backbone, method].resumes for method in methods):
        return {}
    module = Workshop(work, {}).module(plan, backbone)
    found: dict[tuple[str, str], PrefixStore | None] = {}
    for name in pair.datasets:
        found[backbone, name] = ensure_prefixes(plan, (backbone, name), module, work, work.store_bytes)
        if found[backbone, name] is None:
            return {}  # what enters from both datasets, or from none: some trainings hear both
    return found


def _tidy(plan: Plan, store: UnitStore) -> None:
    """Delete large weights that no open training goes on from."""
    waiting = {unit.needs for unit in open_trainings(plan, store)}
    for needed in {unit.needs for unit in plan.units if unit.needs is not None}:
        path = store.weights_path("cross_domain", needed)
        if needed not in waiting and path.is_file() and path.stat().st_size > KEPT_BYTES:
            path.unlink()
