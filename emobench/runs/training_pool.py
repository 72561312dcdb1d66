"""How do several processes train at once? Each has the plan, and is handed one training after the other."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain import errors
from emobench.domain.errors import EmobenchError, kind_of
from emobench.domain.plan import Plan, Unit
from emobench.domain.progress import Silent
from emobench.files.sharing import REST_SECONDS, Patience
from emobench.runs.extraction_stage import Workplace
from emobench.runs.failures import Failures, name_of, unforeseen
from emobench.runs.interrupts import deaf_from_birth, ignore_interrupts
from emobench.runs.main_script import without_main_script
from emobench.runs.training_files import ensure_training
from emobench.runs.training_unit import Stores, Workshop
from emobench.runs.work_log import WorkLog


@dataclass(frozen=True)
class Commission:
    """What a process is given before it is handed trainings: all of it travels between processes of one machine."""

    plan: Plan
    home: Path
    plugins: tuple[Path, ...]
    stores: Stores


@dataclass
class _Hand:
    """A process and the line to it; ``busy`` is the training it was handed last, ``log`` the lines about that."""

    process: BaseProcess
    line: Connection
    busy: Unit | None = None
    log: WorkLog | None = None
    alive: bool = True

    def take(self, unit: Unit) -> None:
        """Hand it a training."""
        self.busy, self.log = unit, WorkLog("training", unit.key, name_of(unit))
        with suppress(ConnectionError):  # it is dead: no answer says so
            self.line.send(unit.key)


@dataclass
class _Queue:
    """Trainings that are not settled yet; those that another run is at rest for a moment."""

    waiting: list[Unit]
    open: set[str]
    resting: dict[str, float] = field(default_factory=dict)

    def next(self) -> Unit | None:
        """The first that can be run now; it waits no longer."""
        now = time.monotonic()
        for unit in self.waiting:
            if unit.needs not in self.open and self.resting.get(unit.key, 0.0) <= now:
                self.waiting.remove(unit)
                return unit
        return None

    def put_back(self, unit: Unit) -> None:
        """Another run is at it."""
        self.waiting.append(unit)
        self.resting[unit.key] = time.monotonic() + REST_SECONDS


@dataclass
class _Pool:
    """Processes at work on a queue."""

    hands: list[_Hand]
    queue: _Queue
    failures: Failures
    advance: Callable[[int], None]
    patience: Patience = field(default_factory=Patience)

    def hand_out(self) -> None:
        """Give every idle process what can be run now."""
        for hand in self.hands:
            while hand.alive and hand.busy is None and (unit := self.queue.next()) is not None:
                if unit.needs in self.failures.found:
                    self.failures.block(unit.key, name_of(unit), self.failures.found[unit.needs])
                    self.settle(unit)
                else:
                    hand.take(unit)

    def listen(self) -> None:
        """Wait for an answer, or for a moment where another run is at what is left."""
        busy = [hand for hand in self.hands if hand.busy is not None]
        if not busy and self.queue.waiting:
            self.patience.rest(name_of(self.queue.waiting[0]), len(self.queue.waiting) - 1)
            return
        ready = wait([hand.line for hand in busy], REST_SECONDS if self.queue.resting else None)
        for hand in [hand for hand in busy if hand.line in ready]:
            unit, answer = hand.busy, "failed"
            assert unit is not None
            with self.failures.of(unit.key, name_of(unit)):
                answer = _heard_from(hand)
            if answer == "busy":
                self.queue.put_back(unit)
            elif answer != "begin":
                self.settle(unit)

    def settle(self, unit: Unit) -> None:
        """A training is done, or has failed."""
        self.patience.worked()
        self.queue.open.discard(unit.key)
        self.advance(1)

    def leave(self) -> None:
        """No process is left: what waits is not run because of the last failure."""
        last = next(reversed(self.failures.found.values()))
        for unit in self.queue.waiting:
            self.failures.block(unit.key, name_of(unit), last)
        self.queue.open.clear()


def run_pooled(
    plan: Plan, units: Sequence[Unit], shop: Workshop, workers: int, failures: Failures, advance: Callable[[int], None]
) -> None:
    """Run trainings in several processes with one thread each, none before the one that it goes on from.

    What fails is noted in ``failures``, with whatever goes on from it; the others are run, also where a process was
    killed. What another run is at comes again later. Whatever ends this function ends the processes, too.

    Raises:
        StorageError: the disk is full, read-only or gone.
    """
    commission = Commission(plan, shop.work.home, shop.work.plugins, shop.stores)
    queue = _Queue(list(units), {unit.key for unit in units})
    pool = _Pool([_hired(commission) for _ in range(workers)], queue, failures, advance)
    try:
        while queue.open and any(hand.alive for hand in pool.hands):
            pool.hand_out()
            if queue.open:
                pool.listen()
        if queue.open:
            pool.leave()
    finally:
        for hand in pool.hands:
            hand.process.kill()
        for hand in pool.hands:
            hand.process.join()


def _hired(commission: Commission) -> _Hand:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
    with deaf_from_birth(), without_main_script():
        process.start()
    theirs.close()
    with suppress(ConnectionError):  # it died at once: what it is asked next says so
        ours.send(commission.plugins)  # first: the commission may hold what their files define
        ours.send(commission)
    return _Hand(process, ours)


def _heard_from(hand: _Hand) -> str:
    """What a process says about its training: it begins, was made, found, or another run is busy with it.

    Raises what the training raised.
    """
    unit, log = hand.busy, hand.log
    assert unit is not None
    assert log is not None
    try:
        answer = hand.line.recv()
    except (EOFError, ConnectionError) as problem:
        hand.process.join(timeout=5)
        hand.busy, hand.alive = None, False
        killed = EmobenchError(
            f"a process that trained was killed: {name_of(unit)}.",
            found=f"its exit code: {hand.process.exitcode}",
            remedy="If memory ran out, use fewer threads (--threads 1); run the same command again to go on.",
        )
        log.failed(killed)
        raise killed from problem
    if answer == "begin":
        log.begin()
        return "begin"
    hand.busy = None
    if isinstance(answer, str):
        if answer == "made":
            log.finished()
        return answer
    kind, what, found, remedy = answer
    failure: EmobenchError = getattr(errors, kind, EmobenchError)(what, found=found, remedy=remedy)
    log.failed(failure)
    raise failure


def _work(line: Connection, parent: int) -> None:
    """The life of a process: trainings by their keys, until nobody asks any more."""
    ignore_interrupts()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    torch.set_num_threads(1)
    with suppress(EOFError):  # nobody asks any more
        modules, broken = discover(line.recv())
        commission: Commission = line.recv()
        work = Workplace(build_catalog(modules, broken), commission.home, torch.device("cpu"), Silent())
        shop = Workshop(work, commission.stores)
        units = {unit.key: unit for unit in commission.plan.units}
        while True:
            unit = units[line.recv()]
            line.send(_answer(partial(ensure_training, commission.plan, unit, shop, lambda: line.send("begin"))))


def _answer(action: Callable[[], str]) -> str | tuple[str, str, str, str]:
    """What an action says, or what went wrong, in words."""
    try:
        return action()
    except EmobenchError as problem:
        return kind_of(problem).__name__, problem.what, problem.found, problem.remedy
    except Exception as problem:  # noqa: BLE001 - it travels to the process that asked, which tells it
        told = unforeseen(problem)
        return "EmobenchError", told.what, told.found, ""


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
