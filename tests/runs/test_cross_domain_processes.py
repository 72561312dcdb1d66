"""Do several processes train what one does, and is it told when one of them is killed?"""

import os
import signal
import threading
import time
from functools import partial

import pytest
from pair_bench import digests

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.errors import EmobenchError
from emobench.runs import training_pool

# The toy pair, and a method whose options are a type of this file.
PLUGIN = '''
"""What does a stranger bring? A pair, a model, and shifts behind the Linears of its blocks."""

from emobench import Dataset, PeftCard, PeftMethod, hookimpl
from emobench.domain.frozen import Frozen
from emobench.testing.toy_pair import SONG, TALK, pair_clips, toy_learner

CARD = PeftCard(name="shift", title="Shifts behind Linears", paper="https://example.org/shift", licence="MIT")


class ShiftOptions(Frozen):
    scale: float = 1.0


def apply(backbone, card, options):
    import multiprocessing

    import torch

    if options.scale == 3 and multiprocessing.parent_process() is not None:
        raise ZeroDivisionError("only where several train")

    for block in backbone.blocks:
        block.register_parameter("shift", torch.nn.Parameter(torch.zeros(12)))
        block.register_forward_hook(lambda block, _, states: states + options.scale * block.shift)


@hookimpl
def emobench_peft_methods():
    yield PeftMethod(CARD, apply, ShiftOptions)


@hookimpl
def emobench_backbones():
    yield toy_learner()


@hookimpl
def emobench_datasets():
    yield Dataset(TALK, clips=pair_clips)
    yield Dataset(SONG, clips=pair_clips)
'''
ASKED = {"peft": ("lora", "shift"), "folds": (0,), "options": {"shift.scale": 2}}


@pytest.fixture
def strange(pair, tmp_path):
    """A bench whose models and method come by a file, and runs with so many threads."""
    file = tmp_path / "strange.py"
    file.write_text(PLUGIN, "utf-8")
    modules, broken = discover([file])
    pair.catalog = build_catalog(modules, broken)
    return pair, lambda threads: pair.run(where=pair.where(threads=threads, plugins=[file]), **ASKED)


@pytest.fixture
def hired(monkeypatch):
    """The processes that were started, in order."""
    started, hire = [], training_pool._hired

    def hired(commission):
        started.append(hire(commission))
        return started[-1]

    monkeypatch.setattr(training_pool, "_hired", hired)
    return started


def kill_when_busy(hired, killed):
    """Kill the first process that is handed a training."""
    while not killed:
        busy = [hand for hand in list(hired) if hand.busy is not None]
        if busy:
            killed.append(busy[0].busy.part)
            os.kill(busy[0].process.pid, signal.SIGKILL)
        time.sleep(0.01)


def test_two_processes_are_one(strange, hired):
    """A process killed at work is told with its training; the next run goes on, and finds what one process finds."""
    pair, run = strange
    killed = []
    killer = threading.Thread(target=partial(kill_when_busy, hired, killed), daemon=True)
    killer.start()
    with pytest.raises(EmobenchError, match="a process that trained was killed") as caught:
        run(2)
    killer.join()
    assert caught.value.what.endswith(f"toy-learner, {killed[0]}.")
    assert not any(hand.process.is_alive() for hand in hired)
    several = digests(run(2))
    assert len(hired) == 4
    assert pair.trained == []
    for path in [*(pair.home / "units").rglob("*.safetensors"), *pair.out.rglob("*.json")]:
        path.unlink()
    assert digests(run(1)) == several
    assert len(hired) == 4
    assert len(pair.trained) == 12


def test_what_fails_in_a_process_is_told_and_the_others_go_on(strange):
    """A method that raises in a process fails there with its reason; trainings of other methods are done."""
    pair, _ = strange
    file = pair.home.parent / "strange.py"
    where = pair.where(threads=2, plugins=[file])
    with pytest.raises(EmobenchError) as caught:
        pair.run(where=where, **{**ASKED, "options": {"shift.scale": 3}})
    told = str(caught.value)
    assert "ZeroDivisionError: only where several train" in told
    assert "not run because of it: toy-learner, shift" in told
    assert "toy-learner, lora" not in told
    plan, _ = pair.plan(where=where, **{**ASKED, "options": {"shift.scale": 3}})
    done = [unit.training.method for unit in plan.units if pair.store.done(unit)]
    assert set(done) == {"lora"}
    assert len(done) == 6
