"""How is a spec carried out, from names to records?"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from emobench.catalog.catalog import Catalog
from emobench.domain.plan import Plan
from emobench.domain.progress import Progress
from emobench.domain.record import Record
from emobench.domain.spec import RunSpec, Whereabouts
from emobench.files.atomic import require_writable
from emobench.files.home import home
from emobench.runs.devices import resolve_device, set_threads
from emobench.runs.extraction_stage import Workplace
from emobench.runs.failures import Failure, Failures, summed_up
from emobench.runs.planning import make_plan
from emobench.runs.questions import check_questions
from emobench.runs.recording import write_records
from emobench.runs.unit_store import UnitStore
from emobench.runs.units_stage import run_units


@dataclass(frozen=True)
class RunResult:
    """What a run left behind: records with their files, units still open (other slices'), clips that went through.

    ``failures`` tells what failed or was not run because of that, ``units`` how many units there are in all, of which
    ``failed_units`` are among the failures.
    """

    records: tuple[tuple[Path, Record], ...]
    open_units: int
    clips_passed: int
    failures: tuple[Failure, ...] = ()
    units: int = 0
    failed_units: int = 0


def require_success(result: RunResult) -> None:
    """Look at what failed in a run, when all that was finished has been shown.

    Raises:
        EmobenchError: something failed: what, why, what is finished, and how to go on. It has the exit code of the
            failures where that is the same for all.
    """
    if result.failures:
        finished = result.units - result.open_units - result.failed_units
        raise summed_up(result.failures, finished, result.units)


def prepare(
    spec: RunSpec, where: Whereabouts, catalog: Catalog, progress: Progress, env: Mapping[str, str] | None = None
) -> tuple[Plan, torch.device]:
    """Settle device and threads, and plan.

    Raises:
        UsageError, DataError, BrokenEnvironment: as planning says.
    """
    environment = os.environ if env is None else env
    device = resolve_device(where.device)
    set_threads(where.threads)
    settled = where.model_copy(update={"device": device.type})
    plan = make_plan(spec, settled, catalog, home=home(environment), env=environment, progress=progress)
    if plan.spec.task == "layerwise":
        check_questions(plan)
    return plan, device


def carry_out(
    plan: Plan, device: torch.device, where: Whereabouts, catalog: Catalog, progress: Progress,
    arguments: Sequence[str] = (), env: Mapping[str, str] | None = None,
) -> RunResult:  # fmt: skip
    """Run what is not done yet and write the records that are complete.

    What fails is told in the result, and the rest goes on: `require_success` raises it.

    Raises:
        StorageError: the disk is full, read-only or gone; everything finished before stays.
    """
    folder = home(os.environ if env is None else env)
    require_writable(where.out)
    store_bytes = int(where.store_gb * 10**9)
    work = Workplace(catalog, folder, device, progress, where.shard, where.plugins, store_bytes)
    failures = Failures()
    passed = run_units(plan, work, failures)
    records = write_records(plan, folder, where.out, device, arguments, failures)
    store = UnitStore(folder / "units")
    left = {unit.key for unit in plan.units if not store.done(unit)}
    failed = len(left & failures.found.keys())
    return RunResult(tuple(records), len(left) - failed, passed, failures.told(), len(plan.units), failed)
