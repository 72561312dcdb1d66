"""What is wrong with boards? Every record below a folder, in several processes, and what only all of them tell."""

import multiprocessing
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from emobench.domain.errors import DataError
from emobench.leaderboard.board import Board, read_board
from emobench.leaderboard.checks.findings import NOT_RECOMPUTED, Finding
from emobench.leaderboard.checks.process_limits import limit_memory, limit_seconds, limit_threads
from emobench.leaderboard.checks.stray_files import stray_findings
from emobench.leaderboard.checks.validation import Sealed, looked_through

REPRODUCTIONS, RECORDS = "reproductions", "records"
MOST_RECORDS = 100_000


@dataclass(frozen=True)
class Place:
    """A record to check.

    Attributes:
        path: its JSON file.
        board: the folder of its board; None where it stands on none.
        placed: whether it has to stand in its place, with pictures.
    """

    path: Path
    board: Path | None
    placed: bool


@dataclass(frozen=True)
class Checked:
    """What was checked, and what was found."""

    records: int
    boards: int
    findings: tuple[Finding, ...]
    not_recomputed: Mapping[str, str]


def checked_boards(path: Path, processes: int = 2) -> Checked:
    """Check all boards below a folder, one board, a folder of records, or one record.

    Raises:
        DataError: nothing there to check, or a board that cannot be read.
    """
    folders = [path] if (path / "board.toml").is_file() else sorted(file.parent for file in path.glob("*/board.toml"))
    places = [place for folder in folders for place in _of_board(folder)] if folders else _without_board(path)
    if not places and not folders:
        raise DataError(
            f"there is nothing to check in '{path}'.",
            found="looked for: board.toml, records (*.json)",
            remedy="Name a folder of boards, a board, a folder of records, or a record.",
        )
    known = {*folders, *(place.board for place in places if place.board is not None)}
    boards = {folder: read_board(folder) for folder in sorted(known)}
    results = _in_processes(places, boards, processes)
    findings = [finding for found, _ in results for finding in found]
    for folder in folders:
        findings += stray_findings(folder)
    told = zip(places, results, strict=True)
    findings += _doubles([sealed for place, (_, sealed) in told if place.placed and sealed is not None])
    ordered = sorted(dict.fromkeys(findings), key=lambda one: (str(one.path), one.rule))  # "and 5 more" stays last
    return Checked(len(places), len(boards), tuple(ordered), NOT_RECOMPUTED)


def _of_board(folder: Path) -> list[Place]:
    """Every record of a board, and every reproduction of one."""
    own = [Place(path, folder, placed=True) for path in sorted((folder / RECORDS).glob("*/*/*.json"))]
    again = [Place(path, folder, placed=False) for path in sorted((folder / REPRODUCTIONS).glob("*/*/*/*.json"))]
    return [*own, *again]


def _without_board(path: Path) -> list[Place]:
    """A record, or a folder of some; on their board where they lie below one."""
    files = [path] if path.is_file() else sorted(path.rglob("*.json"))[:MOST_RECORDS]
    return [_placed(file) for file in files]


def _placed(file: Path) -> Place:
    for folder in file.absolute().parents:
        if (folder / "board.toml").is_file():
            return Place(file, folder, placed=file.absolute().relative_to(folder).parts[0] != REPRODUCTIONS)
    return Place(file, None, placed=False)


def _in_processes(
    places: Sequence[Place], boards: Mapping[Path, Board], processes: int
) -> list[tuple[list[Finding], Sealed | None]]:
    """Check records in other processes, which have a limit of memory and time.

    A record that ends its process anyhow (a limit, a crash of a library) ends the pool; what is left is then checked
    one by one, each in a process of its own, and the one at fault gets a finding.
    """
    given = [(None if place.board is None else boards[place.board], place) for place in places]
    results: list[tuple[list[Finding], Sealed | None]] = []
    try:
        with _pool(max(1, min(processes, len(given)))) as pool:
            results.extend(pool.map(_checked, given, chunksize=1 if len(given) < 20 else 4))
    except BrokenProcessPool:
        results.extend(_alone(one) for one in given[len(results) :])
    return results


def _pool(processes: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)


def _begin() -> None:
    """What a process does first; with this module all is imported that has threads."""
    limit_memory()
    limit_threads()


def _alone(given: tuple[Board | None, Place]) -> tuple[list[Finding], Sealed | None]:
    try:
        with _pool(1) as pool:
            return pool.submit(_checked, given).result()
    except BrokenProcessPool:
        line = "reading it took too much memory or time, or crashed: the process that checked it has ended"
        return [Finding("table", given[1].path, line)], None


def _checked(given: tuple[Board | None, Place]) -> tuple[list[Finding], Sealed | None]:
    board, place = given
    limit_seconds()
    return looked_through(board, place.path, placed=place.placed)


def _doubles(sealed: Sequence[Sealed]) -> Iterator[Finding]:
    """Records of one key, or of one question, data, weights and answer under several keys."""
    for what in ("key", "result"):
        same = defaultdict(list)
        for one in sealed:
            same[getattr(one, what)].append(one)
        for doubled in same.values():
            for one in doubled[1:]:
                if what == "key" or one.key != doubled[0].key:
                    yield Finding("doubles", one.path, f"the same {what} as '{doubled[0].path}'")
