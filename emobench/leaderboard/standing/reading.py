"""How are the records of many boards read soon? In a few processes, of which each keeps what tables and pages show."""

import gc
import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emobench.domain.errors import CheckError, DataError, EmobenchError
from emobench.domain.frozen import explain
from emobench.domain.record import Record
from emobench.leaderboard.admission import refusal
from emobench.leaderboard.board import Board, record_files
from emobench.leaderboard.checks.process_limits import limit_threads
from emobench.leaderboard.standing.contender import Contender, contender_of
from emobench.leaderboard.standing.eligibility import why_unranked
from emobench.runs.record_store import sealed_json

FEW = 64  # records that take less time than it takes to start processes
PROCESSES = 2
MALFORMED = (KeyError, TypeError, AttributeError, ValueError, IndexError)  # what lacks the form of a record raises
TOGETHER = 8  # records handed over at once


@dataclass(frozen=True, eq=False)
class Read:
    """An entry of a board.

    Attributes:
        path: the file of its record.
        record: without what only the file tells: rows of single folds and seeds, rows of single layers but for their
            headline metric, and the scores behind choices.
        contender: None where it has no rank.
    """

    path: Path
    record: Record
    contender: Contender | None


def read_entries(boards: Mapping[Path, Board]) -> dict[Path, list[Read]]:
    """The entries of boards by their folder, in the order of their files.

    Raises:
        DataError: a record that cannot be read or was changed, or predictions that do not give its headline.
        CheckError: a record that may not stand on its board.
    """
    asked = [(path, board) for folder, board in boards.items() for path in record_files(folder)]
    found = _together(asked) if len(asked) >= FEW else (_one(path, board) for path, board in asked)
    read = [
        Read(path, _record(path, data), contender) for (path, _), (data, contender) in zip(asked, found, strict=True)
    ]
    return {folder: [one for one in read if one.path.is_relative_to(folder)] for folder in boards}


Slim = tuple[Mapping[str, Any], Contender | None]


def _together(asked: Sequence[tuple[Path, Board]]) -> Iterator[Slim]:
    context = multiprocessing.get_context("spawn")  # threads of Arrow do not survive a fork
    paths, boards = zip(*asked, strict=True)
    workers = ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=_begin)
    try:
        yield from workers.map(_one, paths, boards, chunksize=TOGETHER)
    except BrokenProcessPool as problem:
        raise EmobenchError(
            "a process that read records has ended.", found=str(problem), remedy="Is there enough memory? Try again."
        ) from problem
    finally:
        workers.shutdown(cancel_futures=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Nobody looks for cycles inside: among a million rows, none of which is in one, that takes a third of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _begin() -> None:
    """An interrupt is the matter of whoever started the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    limit_threads()


def _one(path: Path, board: Board) -> Slim:
    data = sealed_json(path)
    try:
        shown = _shown(data)
        record = _record(path, {**shown, "found": {**shown["found"], "scores": []}})
        reason = refusal(board, record)
        ranked = not reason and board.headline.ties and not why_unranked(path, record)
        contender = contender_of(path, record) if ranked else None
    except MALFORMED as problem:
        raise _not_of_this_version(path, problem) from problem
    if reason:
        raise CheckError(f"'{path}' may not stand on the board '{board.name}'.", found=reason)
    return shown, contender


def _record(path: Path, data: Mapping[str, Any]) -> Record:
    try:
        return Record.model_validate(data)
    except ValidationError as problem:
        raise DataError(f"'{path}' is not a record of this version.", found=explain(problem)) from problem


def _not_of_this_version(path: Path, problem: Exception) -> DataError:
    return DataError(
        f"'{path}' is not a record of this version.",
        found=f"{type(problem).__name__}: {problem}",
        remedy="`emobench leaderboard validate` says what does not fit.",
    )


def _shown(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data["found"]
    metric = found["headline"]["metric"]
    told = (row for row in found["scores"] if _is_shown(row, metric))
    scores = [{name: value for name, value in row.items() if value is not None or name == "value"} for row in told]
    choices = [row for row in found["choices"] if row["chosen"]]
    return {**data, "found": {**found, "scores": scores, "choices": choices}}


def _is_shown(row: Mapping[str, Any], metric: str) -> bool:
    if row["fold"] is not None or row["seed"] is not None:
        return False
    return row["layer"] is None or (row["metric"] == metric and row["class"] is None)
