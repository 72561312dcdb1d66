"""How does a run say what is going on, while it works and whatever ends it? Its entry in the status of its folder."""

import logging
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emobench.domain.errors import INTERRUPTED, UsageError
from emobench.domain.pace import Stage
from emobench.domain.progress import Progress
from emobench.runs.status import RunStatus, StageStatus, UnitCount, write_status

LOOK_SECONDS = 1.0  # how often what is new is written
BEAT_SECONDS = 10.0  # how often it is written that all goes on
COUNTING_SHARE = 20  # counting results may take a twentieth of the time
log = logging.getLogger(__name__)


class Report:
    """The entry of this process. A thread writes it; failing to write it is said once and ends nothing."""

    def __init__(self, folder: Path, asked: Mapping[str, Any]) -> None:
        now, host = datetime.now(UTC), platform.node()
        self.records = 0
        self._folder, self._written, self._told = folder, float("-inf"), False
        mine = {"id": f"{host}-{os.getpid()}-{secrets.token_hex(4)}", "pid": os.getpid(), "host": host}
        names = {field: tuple(map(_text, asked[field])) for field in ("backbones", "datasets")}
        words = {"command": _text(asked["command"]), "started": now, "updated": now}
        self._entry = RunStatus.model_validate({**asked, **names, **mine, **words})
        self._stage: Stage | None = None
        self._said, self._new = "", True
        self._units: tuple[Callable[[], int], int] | None = None
        self._count: UnitCount | None = None
        self._count_again = 0.0
        self._over, self._writing = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="status", daemon=True)

    def over(self, progress: Progress) -> Progress:
        """Progress that is shown as before, and counted here."""
        return _Watched(progress, self)

    def planned(self, total: int, done: Callable[[], int]) -> None:
        """The plan is made, of ``total`` units; ``done()`` counts those whose result is there. Work begins."""
        self._units, self._entry = (done, total), self._entry.model_copy(update={"state": "running"})
        self._stage = None
        self._write()

    def stage(self, stage: Stage) -> None:
        """A stage begins."""
        self._stage, self._new = stage, True

    def said(self, message: str) -> None:
        """The user was told something."""
        self._said, self._new = message, True

    def moved(self) -> None:
        """Something was done."""
        self._new = True

    def begin(self) -> None:
        """Begin to write, in a second from now: what fails at once has not been there."""
        self._thread.start()

    def end(self, state: str, error: str = "", *, only_if_seen: bool = False) -> None:
        """Write the last word."""
        self._over.set()
        self._thread.join(timeout=2 * LOOK_SECONDS)
        if only_if_seen and self._written == float("-inf"):
            return
        self._entry = self._entry.model_copy(update={"state": state, "error": _text(error)})
        self._count_again = 0.0
        self._write()

    def _beat(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._new or time.monotonic() - self._written >= BEAT_SECONDS:
                self._write()

    def _write(self) -> None:
        with self._writing:
            self._new, self._written = False, time.monotonic()
            try:
                write_status(self._folder, self._now())
            except (OSError, ValueError) as problem:  # a lock that others hold, too: there will be another time
                busy = isinstance(problem, TimeoutError)
                level = logging.DEBUG if busy or self._told or self._entry.state == "planning" else logging.WARNING
                reason = getattr(problem, "strerror", None) or problem
                log.log(level, "the status in '%s' cannot be written (%s); the run goes on.", self._folder, reason)
                self._told |= level == logging.WARNING

    def _now(self) -> RunStatus:
        stage = self._stage
        shown = None
        if stage is not None and self._entry.at_work:
            shown = StageStatus(
                title=_text(stage.title), done=stage.done, total=stage.total, unit=stage.unit,
                rate=_rounded(stage.rate), seconds_left=_rounded(stage.seconds_left),
            )  # fmt: skip
        changes = {"stage": shown, "said": _text(self._said), "units": self._counted(), "records": self.records}
        return self._entry.model_copy(update={**changes, "updated": datetime.now(UTC)})

    def _counted(self) -> UnitCount | None:
        """How many results are there; files are looked for, so that those of other processes count."""
        if self._units is None or time.monotonic() < self._count_again:
            return self._count
        begun = time.monotonic()
        done, total = self._units
        self._count = UnitCount(done=done(), total=total)
        self._count_again = time.monotonic() + COUNTING_SHARE * (time.monotonic() - begun)
        return self._count


class _Watched:
    """Progress that a report hears of."""

    def __init__(self, shown: Progress, report: Report) -> None:
        self._shown, self._report = shown, report

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        stage, advance = Stage(title, total, unit), self._shown.start(title, total, unit)
        self._report.stage(stage)

        def both(done: int) -> None:
            stage.advance(done)
            self._report.moved()
            advance(done)

        return both

    def say(self, message: str) -> None:
        self._report.said(message)
        self._shown.say(message)


@contextmanager
def reported(folder: Path, asked: Mapping[str, Any]) -> Iterator[Report]:
    """Keep the status in ``folder`` while inside; ``asked`` holds task, backbones, datasets, shard and command.

    Whatever ends it is its last word. Wrong usage that shows at once leaves no file.
    """
    report = Report(folder, asked)
    report.begin()
    try:
        yield report
    except KeyboardInterrupt as problem:
        report.end("interrupted", str(problem) or "SIGINT")
        raise
    except BaseException as problem:
        if getattr(problem, "exit_code", None) == INTERRUPTED:
            report.end("interrupted", "it was not to go on")
        else:
            report.end("failed", _words(problem), only_if_seen=isinstance(problem, UsageError))
        raise
    report.end("done")


def _words(problem: BaseException) -> str:
    unforeseen = getattr(problem, "exit_code", None) is None
    return f"{type(problem).__name__}: {problem}" if unforeseen else str(problem)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _text(told: str) -> str:
    """As text that any reader takes: a name of a file may hold bytes that are none."""
    return told.encode("utf-8", "backslashreplace").decode()
