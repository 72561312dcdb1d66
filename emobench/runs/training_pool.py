"""How do several processes train at once? Each has the plan, and is handed one training after the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain import errors
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import Plan, Unit
from emobench.domain.progress import Silent
from emobench.runs.extraction_stage import Workplace
from emobench.runs.training_files import ensure_training
from emobench.runs.training_unit import Stores, Workshop


@dataclass(frozen=True)
class Commission:
    """What a process is given before it is handed trainings: all of it travels between processes of one machine."""

    plan: Plan
    home: Path
    plugins: tuple[Path, ...]
    stores: Stores


@dataclass
class _Hand:
    """A process and the line to it; ``busy`` is the training it was handed last."""

    process: BaseProcess
    line: Connection
    busy: Unit | None = None


def run_pooled(plan: Plan, units: Sequence[Unit], shop: Workshop, workers: int, advance: Callable[[int], None]) -> None:
    """Run trainings in several processes with one thread each, none before the one that it goes on from.

    Whatever ends this function ends the processes, too.

    Raises:
        EmobenchError: what went wrong in a training, or a process that was killed.
    """
    commission = Commission(plan, shop.work.home, shop.work.plugins, shop.stores)
    waiting, done = list(units), set[str]()
    needs = {unit.key: unit.needs for unit in units}
    here = set(needs)
    hands = [_hired(commission) for _ in range(workers)]
    try:
        while waiting or any(hand.busy for hand in hands):
            for hand in hands:
                ready = (u for u in waiting if needs[u.key] is None or needs[u.key] in done or needs[u.key] not in here)
                unit = None if hand.busy else next(ready, None)
                if unit is not None:
                    waiting.remove(unit)
                    hand.busy = unit
                    with suppress(ConnectionError):  # it is dead: no answer says so
                        hand.line.send(unit.key)
            for line in wait([hand.line for hand in hands if hand.busy]):
                (hand,) = (hand for hand in hands if hand.line is line)
                done.add(_heard_from(hand))
                advance(1)
    finally:
        for hand in hands:
            hand.process.kill()
        for hand in hands:
            hand.process.join()


def _hired(commission: Commission) -> _Hand:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
    process.start()
    theirs.close()
    with suppress(ConnectionError):  # it died at once: what it is asked next says so
        ours.send(commission.plugins)  # first: the commission may hold what their files define
        ours.send(commission)
    return _Hand(process, ours)


def _heard_from(hand: _Hand) -> str:
    """The key of the training that a process has finished. Raises what it raised."""
    unit = hand.busy
    assert unit is not None
    try:
        answer = hand.line.recv()
    except (EOFError, ConnectionError) as problem:
        hand.process.join(timeout=5)
        raise EmobenchError(
            f"a process that trained was killed: {unit.backbone}, {unit.part}.",
            found=f"its exit code: {hand.process.exitcode}",
            remedy="If memory ran out, use fewer threads (--threads 1); run the same command again to go on.",
        ) from problem
    hand.busy = None
    if answer is None:
        return unit.key
    kind, what, found, remedy = answer
    raise getattr(errors, kind, EmobenchError)(what, found=found, remedy=remedy)


def _work(line: Connection, parent: int) -> None:
    """The life of a process: trainings by their keys, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked decides what an interrupt means
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    torch.set_num_threads(1)
    with suppress(EOFError):  # nobody asks any more
        modules, broken = discover(line.recv())
        commission: Commission = line.recv()
        work = Workplace(build_catalog(modules, broken), commission.home, torch.device("cpu"), Silent())
        shop = Workshop(work, commission.stores)
        units = {unit.key: unit for unit in commission.plan.units}
        while True:
            line.send(_answer(lambda: ensure_training(commission.plan, units[line.recv()], shop)))


def _answer(action: Callable[[], None]) -> tuple[Any, ...] | None:
    """None when all went well, else what went wrong in words."""
    try:
        action()
    except EmobenchError as problem:
        return type(problem).__name__, problem.what, problem.found, problem.remedy
    except (EOFError, BrokenPipeError):
        raise
    except Exception as problem:  # noqa: BLE001 - it travels to the process that asked, which raises it
        last = traceback.extract_tb(problem.__traceback__)[-1]
        found = f"{type(problem).__name__}: {problem} ({Path(last.filename).name}, line {last.lineno})"
        return "EmobenchError", "a training failed in a way that nobody foresaw.", found, ""
    return None


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
