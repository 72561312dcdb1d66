"""How does a test run the real program, wait for a moment of its life, and end it?"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emobench.testing.toys import write_toy_corpus

GUARD_SECONDS = 120  # only so that a test that is wrong ends
PLUGIN = '''"""A corpus and a model that wait at a gate: they knock by a file, and go on when another is there."""

import os
import time
from pathlib import Path

from emobench import hookimpl
from emobench.catalog.contracts import Backbone, Dataset
from emobench.testing.toys import CORPUS, MODEL, ToyModel, toy_clips


def pass_gate(name):
    gate = Path(os.environ["GATE"])
    (gate / name).touch()
    while not (gate / "open").exists():
        time.sleep(0.01)


class Waiting(ToyModel):
    def forward(self, audio):
        pass_gate("heard")
        return super().forward(audio)


def listed(root):
    pass_gate("listed")
    return toy_clips(root)


@hookimpl
def emobench_datasets():
    yield Dataset(CORPUS.model_copy(update={"name": "my-corpus"}), clips=toy_clips)
    yield Dataset(CORPUS.model_copy(update={"name": "slow-corpus"}), clips=listed)


@hookimpl
def emobench_backbones():
    yield Backbone(MODEL.model_copy(update={"name": "my-model"}), load=lambda card, files: Waiting(lambda _: None))
'''


@dataclass
class Live:
    """Commands as a shell would start them, with a home, an ``out``, a corpus and a gate below ``folder``."""

    folder: Path
    started: list = field(default_factory=list)

    def __post_init__(self):
        for name in ("gate", "corpus"):
            (self.folder / name).mkdir()
        (self.folder / "waiting.py").write_text(PLUGIN, "utf-8")
        write_toy_corpus(self.folder / "corpus")

    @property
    def out(self):
        return self.folder / "out"

    @property
    def gate(self):
        return self.folder / "gate"

    def asked(self, *more, corpus="my-corpus"):
        """The arguments of a run of the waiting model."""
        return ["run", "--plugin", "waiting.py", "--backbone", "my-model", "--dataset", corpus, "--data",
                f"{corpus}=corpus", "--out", "out", "--threads", "1", *more]  # fmt: skip

    def start(self, *arguments, program=("-m", "emobench"), **env):
        """Start a command in a session of its own; what it says on stderr grows in a file."""
        said = self.folder / f"stderr-{len(self.started)}"
        places = {"EMOBENCH_HOME": str(self.folder / "home"), "GATE": str(self.gate)}
        with said.open("w") as stderr, listening():
            process = subprocess.Popen(
                [sys.executable, *program, *arguments], cwd=self.folder, env={**os.environ, **places, **env},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True,
            )  # fmt: skip
        process.said = said
        self.started.append(process)
        return process

    def ended(self, process):
        """(exit code, stdout, stderr) of a command, once it has ended."""
        out, _ = process.communicate(timeout=GUARD_SECONDS)
        return process.returncode, out, process.said.read_text()

    def leftovers(self):
        """Files that are half written."""
        return list(self.folder.rglob(".tmp-*"))


@contextmanager
def listening():
    """A shell that runs tests in the background may have them ignore Ctrl-C; what they start does not."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for(moment, process):
    """Wait until ``moment()`` is true while a process lives."""
    end = time.monotonic() + GUARD_SECONDS
    while not moment():
        assert process.poll() is None, process.said.read_text()
        assert time.monotonic() < end, process.said.read_text()
        time.sleep(0.02)


@pytest.fixture
def live(tmp_path):
    """Starts commands; whatever happens, none of them and of their children outlives the test."""
    stage = Live(tmp_path)
    yield stage
    for process in stage.started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(GUARD_SECONDS)
        process.stdout.close()
