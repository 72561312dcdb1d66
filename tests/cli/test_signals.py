"""Does whatever interrupts a command end it with 130 and one line, and leave nothing half?"""

import json
import os
import select
import signal
import socket

import psutil
import pytest
import typer
from filelock import FileLock
from live_command import wait_for

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.cli import run
from emobench.domain.errors import interrupted_line
from emobench.testing.toy_pair import write_toy_pair

SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"]
TRAINING = '''"""A pair, and a method that waits in the processes that train."""

import multiprocessing
import os
import time
from pathlib import Path

from emobench import Dataset, PeftCard, PeftMethod, hookimpl
from emobench.testing.toy_pair import SONG, TALK, pair_clips, toy_learner

CARD = PeftCard(name="wait", title="Waits", paper="https://example.org/wait", licence="MIT")


def apply(backbone, card, options):
    for parameter in backbone.parameters():
        parameter.requires_grad_(True)
    if multiprocessing.parent_process() is not None:
        (Path(os.environ["GATE"]) / f"trains-{os.getpid()}").touch()
        while True:
            time.sleep(0.01)


@hookimpl
def emobench_peft_methods():
    yield PeftMethod(CARD, apply)


@hookimpl
def emobench_backbones():
    yield toy_learner()


@hookimpl
def emobench_datasets():
    yield Dataset(TALK, clips=pair_clips)
    yield Dataset(SONG, clips=pair_clips)
'''
STUCK = """
import threading
from concurrent.futures import ThreadPoolExecutor
import emobench.__main__ as program, emobench.cli.app as app

def stuck(arguments=None, interrupted_by=str):
    with ThreadPoolExecutor(1) as pool:
        print("begun", flush=True)
        pool.submit(threading.Event().wait).result()

app.main, program.ECHO_SECONDS, program.PATIENCE_SECONDS = stuck, 0.05, 0.2
program.main()
"""


@pytest.mark.parametrize("name", SIGNALS)
def test_an_interrupted_run_says_so_and_goes_on_with_the_same_command(live, name):
    """Each signal ends a run that computes with 130 and one line; nothing is half, and the same command finishes."""
    process = live.start(*live.asked())
    wait_for((live.gate / "heard").exists, process)
    process.send_signal(getattr(signal, name))
    process.send_signal(getattr(signal, name))  # an echo, while it cleans up
    code, out, err = live.ended(process)
    assert (code, out) == (130, "")
    assert err.endswith(interrupted_line(name))
    assert "Traceback" not in err
    assert live.leftovers() == []
    (entry,) = json.loads((live.out / "status.json").read_text())["runs"]
    assert (entry["state"], entry["error"]) == ("interrupted", name)
    if name == "SIGTERM":
        (live.gate / "open").touch()
        code, out, err = live.ended(live.start(*live.asked()))
        assert code == 0, err
        assert out.count(".json") == 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupt_during_imports_is_answered(live, name):
    """Before the program itself is imported, a signal is answered as at any other time."""
    slow = live.folder / "slow"
    slow.mkdir()
    waits = "import pathlib, time\npathlib.Path({!r}).touch()\nwhile True: time.sleep(0.01)\n"
    (slow / "typer.py").write_text(waits.format(str(live.gate / "imported")))
    process = live.start("list", PYTHONPATH=str(slow))
    wait_for((live.gate / "imported").exists, process)
    process.send_signal(getattr(signal, name))
    assert live.ended(process) == (130, "", interrupted_line(name))


def test_a_plan_is_interrupted(live):
    """Ctrl-C while a corpus is listed ends `plan` with 130 and one line; it leaves no status."""
    process = live.start("plan", *live.asked(corpus="slow-corpus")[1:])
    wait_for((live.gate / "listed").exists, process)
    process.send_signal(signal.SIGINT)
    assert live.ended(process) == (130, "", interrupted_line())
    assert not live.out.exists()


def test_waiting_for_another_process_is_interrupted(live):
    """Ctrl-C while another process holds what is needed ends with 130, and the other keeps its lock."""
    locks = live.folder / "home" / "data" / ".locks"
    locks.mkdir(parents=True)
    version = build_catalog(*discover()).dataset("synthetic-music").what.card.version
    with FileLock(locks / f"synthetic-music-v{version}.lock"):
        process = live.start("plan", "--dataset", "synthetic-music", "--backbone", "logmel")
        wait_for(lambda: "waiting for another process" in process.said.read_text(), process)
        process.send_signal(signal.SIGINT)
        code, out, err = live.ended(process)
    assert (code, out) == (130, "")
    assert err.endswith(interrupted_line())
    assert "Traceback" not in err


def test_a_download_is_interrupted(live):
    """Ctrl-C while a server lets a download wait ends with 130 and one line."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        asked = ("--plugin", "waiting.py", "--dataset", "my-corpus", "--data", "my-corpus=corpus")
        hub = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0"}
        process = live.start("plan", *asked, "--backbone", "hf:somebody/something", **hub)
        wait_for(lambda: select.select([server], [], [], 0)[0], process)
        process.send_signal(signal.SIGINT)
        assert live.ended(process) == (130, "", interrupted_line())
    assert live.leftovers() == []


def test_processes_that_train_hear_nothing_and_end_with_the_one_that_asked(live):
    """From their first moment on, signals do not matter to them; they end with the one that asked, and its one line."""
    (live.folder / "waiting.py").write_text(TRAINING)
    write_toy_pair(live.folder / "corpus")
    data = [f"--data={name}=corpus/{name}" for name in ("toy-talk", "toy-song")]
    process = live.start(
        "run", "--plugin", "waiting.py", "--task", "cross_domain", "--backbone", "toy-learner", "--dataset",
        "toy-talk,toy-song", *data, "--peft", "wait", "--folds", "0", "--seeds", "1", "--threads", "2", "--out", "out",
    )  # fmt: skip

    def trainers():
        children = psutil.Process(process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    wait_for(lambda: len(trainers()) == 2, process)
    born = trainers()
    for child in born:
        for name in SIGNALS:
            child.send_signal(getattr(signal, name))
    wait_for(lambda: len(list(live.gate.glob("trains-*"))) == 2, process)
    os.killpg(process.pid, signal.SIGTERM)
    code, out, err = live.ended(process)
    assert (code, out) == (130, "")
    assert err.endswith(interrupted_line("SIGTERM"))
    assert "Traceback" not in err
    assert psutil.wait_procs(born, timeout=30)[1] == []
    assert live.leftovers() == []


def test_threads_that_still_compute_are_not_waited_for(live):
    """A thread that never ends does not keep an interrupted program alive."""
    process = live.start(program=("-c", STUCK))
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert live.ended(process) == (130, "", interrupted_line())


def test_nohup_is_respected(live):
    """What was started to survive the end of its terminal survives it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = live.start(*live.asked())
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    wait_for((live.gate / "heard").exists, process)
    process.send_signal(signal.SIGHUP)
    (live.gate / "open").touch()
    code, _, err = live.ended(process)
    assert code == 0, err


@pytest.mark.parametrize("answer", [typer.Abort(), False])
def test_who_does_not_go_on_can_go_on_later(monkeypatch, answer):
    """Ctrl-C, or no, at the question before a long run ends with 130."""

    def confirm(*_, **__):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(typer, "confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    with pytest.raises(typer.Exit) as end:
        run._ask_before_long(5.0, "cpu", yes=False)
    assert end.value.exit_code == 130
