"""What is going on in a run directory? One small file that every process at work there keeps up to date."""

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import AwareDatetime, Field, NonNegativeInt, ValidationError

from emobench.domain.errors import DataError
from emobench.domain.frozen import Frozen, explain
from emobench.files.leftovers import UNDER_LOCK, clear_under_lock, temporary_beside

FILE = "status.json"
KEPT = 20
MOST_LETTERS = 300
SILENT_SECONDS = 60.0
DAY_SECONDS = 86_400.0
LOCK_SECONDS = 1.0
State = Literal["planning", "running", "done", "failed", "interrupted"]
AT_WORK: tuple[State, ...] = ("planning", "running")


class StageStatus(Frozen):
    """The stage that is being worked on: pieces done of all, pieces per second lately, seconds to its end."""

    title: str
    done: NonNegativeInt
    total: NonNegativeInt
    unit: str
    rate: float | None = None
    seconds_left: float | None = None


class UnitCount(Frozen):
    """Units of the plan whose result is there, of all; other processes may have computed some."""

    done: NonNegativeInt
    total: NonNegativeInt


class RunStatus(Frozen):
    """One process, what it was asked and how far it is; times with their zone, ``said`` the last line it said."""

    id: str
    task: str
    backbones: tuple[str, ...]
    datasets: tuple[str, ...]
    command: str
    pid: int
    host: str
    started: AwareDatetime
    updated: AwareDatetime
    shard: tuple[int, int] | None = None
    state: State = "planning"
    stage: StageStatus | None = None
    units: UnitCount | None = None
    said: str = ""
    error: str = ""
    records: NonNegativeInt = 0

    @property
    def at_work(self) -> bool:
        """Whether it has not said that it ended."""
        return self.state in AT_WORK


class _File(Frozen):
    written_as: Literal["emobench.status/1"] = Field(alias="schema")
    runs: tuple[RunStatus, ...]


def read_status(folder: Path) -> tuple[RunStatus, ...]:
    """What the processes in a run directory said, the oldest first.

    Raises:
        FileNotFoundError: nothing was said there.
        DataError: the file cannot be read, or is not a status of this version.
    """
    path = folder / FILE
    if path.exists() and not path.is_file():
        raise DataError(f"'{path}' is not a status.", found="found: no regular file", remedy="Move it elsewhere.")
    try:
        return _File.model_validate_json(path.read_bytes()).runs
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise FileNotFoundError(path) from problem
    except (OSError, ValidationError) as problem:
        found = explain(problem)[:MOST_LETTERS] if isinstance(problem, ValidationError) else str(problem.strerror)
        remedy = "Delete it, or let it lie: the next run in that folder writes a new one."
        raise DataError(f"'{path}' is not a status of this version.", found=found, remedy=remedy) from problem


def write_status(folder: Path, entry: RunStatus) -> None:
    """Put an entry into the file of a folder beside those of other processes; a reader sees the old file or the new.

    It is for looking, and so need not outlive a power cut: nothing is synced. A damaged file is replaced.

    Raises:
        OSError: the folder cannot be written; ``TimeoutError`` when others held the lock for a second.
    """
    path = folder / FILE
    lock = folder / ".locks" / f"{FILE}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock, timeout=LOCK_SECONDS):
        try:
            before: Sequence[RunStatus] = read_status(folder)
        except (FileNotFoundError, DataError):
            before = ()
        kept = _kept([*(other for other in before if other.id != entry.id), entry], entry.updated)
        content = _File(schema="emobench.status/1", runs=tuple(kept)).model_dump_json(by_alias=True, indent=1)
        clear_under_lock(path)
        temporary = temporary_beside(path, UNDER_LOCK)
        try:
            temporary.write_text(content + "\n", "utf-8")
            temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _kept(entries: Sequence[RunStatus], now: datetime) -> list[RunStatus]:
    """All that may be at work, and the newest of the others; killed ones are of the others."""
    host = platform.node()
    young = [one for one in entries if (now - one.updated).total_seconds() < DAY_SECONDS]
    at_work = {one.id for one in young if one.at_work and (one.host != host or _alive(one.pid))}
    old = [one for one in entries if one.id not in at_work]
    forgotten = {one.id for one in sorted(old, key=lambda one: one.updated)[:-KEPT]}
    return sorted((one for one in entries if one.id not in forgotten), key=lambda one: one.started)


def lost(entry: RunStatus, host: str, now: datetime | None = None) -> str:
    """Why an entry that says it is at work seems not to be; an empty text when it is, or has said that it ended."""
    if not entry.at_work:
        return ""
    if entry.host == host and not _alive(entry.pid):
        return "ended without a word, perhaps killed: continue with the same command"
    if ((now or datetime.now(UTC)) - entry.updated).total_seconds() > SILENT_SECONDS:
        return f"no sign of life since {entry.updated.astimezone():%Y-%m-%d %H:%M:%S} (process {entry.pid})"
    return ""


def _alive(pid: int) -> bool:
    if os.name != "posix":  # elsewhere there is no way to ask without doing harm
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
