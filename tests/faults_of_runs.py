"""What can happen to a run, and what is said then?"""

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import torch
from fault_stage import Scene, Stage
from filelock import FileLock

from emobench.files import atomic, sharing
from emobench.runs import running, units_stage
from emobench.runs.reporting import Report
from emobench.testing.toys import ToyModel

TOPIC = "Runs"


def _refusing(code: int) -> Callable[[Stage], list[str]]:
    """The disk refuses, with this code, as soon as features are written."""

    def arrange(stage: Stage) -> list[str]:
        real = os.open

        def refused(path: str, flags: int, *more: int, **named: int) -> int:
            if str(path).endswith(".safetensors"):
                raise OSError(code, os.strerror(code), str(path))
            return real(path, flags, *more, **named)

        stage.patch(atomic.os, "open", refused)
        return stage.run()

    return arrange


def _gone(stage: Stage) -> list[str]:
    """The cache is deleted after the plan and before the work."""
    real = running.run_units

    def deleted_first(*arguments: object, **named: object) -> object:
        shutil.rmtree(stage.home)
        return real(*arguments, **named)

    stage.patch(running, "run_units", deleted_first)
    return stage.run()


def _another_at_it(stage: Stage) -> list[str]:
    """Somebody else holds the lock of a shard of features until the run has waited once."""
    stage.before()
    shutil.rmtree(stage.home / "units")
    shard = min(stage.home.rglob("features/my-model-*/*.safetensors"))
    shard.unlink()
    held = FileLock(shard.parent / ".locks" / f"{shard.name}.lock")
    held.acquire()
    stage.undo.append(held.release)
    stage.patch(sharing, "PATIENCE_SECONDS", 0)
    stage.patch(sharing, "time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: held.release()))
    return stage.run()


def _home_at(place: str) -> Callable[[Stage], list[str]]:
    def arrange(stage: Stage) -> list[str]:
        (stage.folder / "a-file").write_text("no folder")
        stage.env["EMOBENCH_HOME"] = place.format(folder=stage.folder)
        return stage.run()

    return arrange


def _damaged(kind: str, suffix: str) -> Callable[[Stage], list[str]]:
    """A run whose stored files of one kind were harmed, after it had been done once and lost its records."""

    def arrange(stage: Stage) -> list[str]:
        stage.before()
        place = stage.out if kind == "records" else stage.home / kind
        path = min(path for path in place.rglob(f"*{suffix}") if path.name != "status.json")
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if suffix == ".json" else content[:-1] + bytes([content[-1] ^ 1]))
        if kind == "features":
            shutil.rmtree(stage.home / "units")
        return stage.run()

    return arrange


def _one_unit_raises(stage: Stage) -> list[str]:
    real = units_stage.run_part

    def run_part(question: object, layer: str, features: torch.Tensor) -> object:
        if layer == "1":
            raise ValueError("a matrix is singular")
        return real(question, layer, features)

    stage.patch(units_stage, "run_part", run_part)
    return stage.run()


def _little_memory(stage: Stage) -> list[str]:
    real = ToyModel.forward

    def forward(module: ToyModel, audio: object) -> object:
        if audio.waveform.numel() > 16_000:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return real(module, audio)

    stage.patch(ToyModel, "forward", forward)
    return stage.run("--threads", "1")


def _ctrl_c(stage: Stage) -> list[str]:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    stage.patch(running, "run_units", interrupted)
    return stage.run()


def _killed(stage: Stage) -> list[str]:
    """The status of a run that wrote its entry and then was gone."""
    for method in ("begin", "end"):
        stage.patch(Report, method, lambda *_, **__: None)
    real = os.getpid
    stage.patch(os, "getpid", lambda: 2**22 + 1)  # above what Linux gives
    stage.before()
    stage.patch(os, "getpid", real)
    return ["status", "runs"]


def _log_in_a_file(stage: Stage) -> list[str]:
    (stage.folder / "a-file").write_text("no folder")
    return stage.run("--log-file", "a-file/log.txt")


def _broken_plugin(stage: Stage) -> list[str]:
    Path(stage.folder / "my_plugin.py").write_text("import numpyy\n")
    return stage.run()


ITSELF = "Nothing to do: what was set aside is computed again. `emobench cache prune` deletes what was set aside."
SCENES = (
    Scene(
        TOPIC, "A name is misspelt", lambda stage: [*stage.run(), "--task", "layerwsie"], 2,
        "Names that do not exist end before anything is computed, with the nearest that does.",
    ),
    Scene(TOPIC, "A plugin cannot be imported", _broken_plugin, 2, "`emobench list plugins` shows the reason, too."),
    Scene(
        TOPIC, "The disk is full", _refusing(errno.ENOSPC), 1,
        "The run ends at once: nothing else could be kept either. Free some space and give the same command again.",
    ),
    Scene(
        TOPIC, "The cache is on a read-only disk", _refusing(errno.EROFS), 1,
        "What the cache holds already is still used: only new results need a disk that can be written.",
        ("read-only",),
    ),
    Scene(
        TOPIC, "The cache cannot be written", _home_at("{folder}/a-file/home"), 1,
        "EMOBENCH_HOME names a folder below a file.",
    ),
    Scene(
        TOPIC, "The cache lies where nobody can write", _home_at("/proc/emobench"), 1,
        "EMOBENCH_HOME is the folder of everything that can be computed or fetched again.",
    ),
    Scene(
        TOPIC, "The cache vanishes while a run works", _gone, 0,
        "The folder is made again and filled again; only what was in it has to be computed once more.", only_told=True,
    ),
    Scene(
        TOPIC, "Another run is at work on the same features", _another_at_it, 0,
        "Told after five seconds. Runs that share a cache share the work: each does what no other is at. A lock ends "
        "with the process that held it, so nothing has to be cleared after a kill.",
        ("waiting for another process",), only_told=True,
    ),
    Scene(TOPIC, "Stored features are damaged", _damaged("features", ".safetensors"), 0, ITSELF, only_told=True),
    Scene(TOPIC, "A stored result is damaged", _damaged("units", ".safetensors"), 0, ITSELF, only_told=True),
    Scene(
        TOPIC, "A record is damaged", _damaged("records", ".json"), 0,
        "It is written again from results that are stored. Delete what was set aside when you have looked at it.",
        only_told=True,
    ),
    Scene(
        TOPIC, "One unit fails", _one_unit_raises, 1,
        "The others go on, and records that are complete are written. With `--log-file` the traceback is kept.",
    ),
    Scene(
        TOPIC, "Memory runs out", _little_memory, 1,
        "Nothing is skipped: give the same command with the budget that is named. The same is said of a GPU's memory.",
    ),
    Scene(
        TOPIC, "Ctrl-C, or a batch system ends the job", _ctrl_c, 130,
        "SIGTERM and SIGHUP end in the same way. After SIGKILL or a power cut nothing is said, and nothing that was "
        "finished is lost either.",
    ),
    Scene(
        TOPIC, "A run is gone without a word", _killed, 0,
        "The entry stays in `status.json` of the run directory; `emobench status --json` has all of it.",
    ),
    Scene(
        TOPIC, "The log file cannot be written", _log_in_a_file, 1,
        "Told before work begins. A disk that fills up later ends the log, not the run.",
    ),
)  # fmt: skip
