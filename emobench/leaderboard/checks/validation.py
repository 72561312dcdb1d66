"""What is wrong with a record, with all the files beside it? All checks of one record, cheapest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.canonical import digest_of_json
from emobench.domain.errors import CheckError, EmobenchError
from emobench.domain.record import SCHEMA, Record
from emobench.leaderboard.board import Board, read_board
from emobench.leaderboard.checks.findings import Finding
from emobench.leaderboard.checks.identity_checks import identity_problems
from emobench.leaderboard.checks.number_checks import number_problems
from emobench.leaderboard.checks.place_checks import admission_problems, name_problems, picture_findings, place_problems
from emobench.leaderboard.checks.record_form import form_problems
from emobench.leaderboard.checks.strength_checks import strength_problems
from emobench.leaderboard.checks.strict_json import read_strictly
from emobench.leaderboard.checks.table_form import check_table
from emobench.leaderboard.checks.table_reading import read_table
from emobench.leaderboard.checks.text_checks import text_problems, texts_problems
from emobench.leaderboard.recomputing import scored_again, told_by
from emobench.tasks.predictions import predictions_digest

# What code that was written for our own tables raises on tables made up by somebody: form and sets are checked before,
# but numbers that fit them may still have no score (no people left, a class without clips, an overflow), and a file
# may be damaged anywhere. Each is a reason to refuse the record, none is an error of the program's user.
HOSTILE = (
    *(EmobenchError, pa.ArrowException, OSError, MemoryError, RecursionError, StopIteration, AssertionError),
    *(KeyError, IndexError, AttributeError, ValueError, TypeError, OverflowError, ArithmeticError),
)


@dataclass(frozen=True)
class Sealed:
    """What tells a result apart, for checks across records.

    Attributes:
        path: of the record.
        key: its key.
        result: digest of what was asked, of weights, data and audio, and of the versions that made the numbers.
    """

    path: Path
    key: str
    result: str


def checked_record(board_folder: Path | None, record_path: Path, *, placed: bool = True) -> list[Finding]:
    """All that is wrong with a record and the files beside it.

    Args:
        board_folder: the board on which it stands, or would stand; None for a record on no board.
        record_path: its JSON file.
        placed: whether it has to stand in its place, with pictures; False for reproductions.

    Raises:
        DataError: a board that cannot be read.
    """
    board = None if board_folder is None else read_board(board_folder)
    return looked_through(board, record_path, placed=placed)[0]


def looked_through(board: Board | None, path: Path, *, placed: bool) -> tuple[list[Finding], Sealed | None]:
    """All that is wrong with a record, and what tells it apart; None where it has not the form of a record."""
    if path.is_symlink() or path.with_suffix(".parquet").is_symlink():
        return [Finding("files", path, "a link, expected a file")], None
    content, data, found = read_strictly(path)
    if data is None:
        return found, None
    try:
        wrong = [("text", line) for line in text_problems(data)]
        wrong += [("form", line) for line in form_problems(content, data)]
        if any(rule == "form" for rule, _ in wrong):
            return [Finding(rule, path, line) for rule, line in wrong], None
        record = Record.model_validate(data)
        wrong += _of_record(board, record, data)
        if placed:
            wrong += place_problems(record, path)
            found += picture_findings(record, path)
    except HOSTILE as problem:
        return [*found, Finding("form", path, f"it cannot be checked: {_told(problem)}")], None
    found += [Finding(rule, path, line) for rule, line in wrong]
    return [*found, *_of_table(board, record, data, path)], Sealed(path, record.key, _result(data))


def _of_record(board: Board | None, record: Record, data: Any) -> Iterator[tuple[str, str]]:
    """What can be said without the table."""
    asked_and_used = {"schema": SCHEMA, "asked": data["asked"], "used": data["used"]}
    again = {"key": digest_of_json(asked_and_used), "found_digest": digest_of_json(data["found"])}
    for rule, expected in again.items():
        if data[rule] != expected:
            yield rule, f"it is {data[rule][:12]}, its content gives {expected[:12]}"
    yield from name_problems(record)
    if board is not None:
        yield from admission_problems(record, board)


def _of_table(board: Board | None, record: Record, data: Any, path: Path) -> list[Finding]:
    """What the table beside a record says; what comes after a table without form is left."""
    with np.errstate(all="ignore"):  # numbers of strangers overflow; what comes of it is checked, not warned of
        return _of_numbers(board, record, data, path)


def _of_numbers(board: Board | None, record: Record, data: Any, path: Path) -> list[Finding]:
    file, task = path.with_suffix(".parquet"), str(record.asked["task"])
    if not file.is_file():
        return [Finding("files", path, f"no table '{file.name}' beside it")]
    found: list[Finding] = []
    rule, where = "table", file
    try:
        table = read_table(file, task, classes=bool(record.used["attribute"]["classes"]))
        again = predictions_digest(table)
        if again != record.predictions_digest:
            line = f"it is {record.predictions_digest[:12]}, the rows of {file.name} give {again[:12]}"
            found.append(Finding("predictions_digest", path, line))
        found += [Finding("text", file, line) for line in _texts(table)]
        check_table(record, table)
        told = told_by(record, table)
        rule, where = "identity", path
        found += [Finding(name, path, line) for name, line in identity_problems(record, told, board)]
        rule = "scores"
        scored = scored_again(record, told)
        found += [Finding(name, path, line) for name, line in number_problems(data["found"], scored)]
        found += [Finding("choices", path, line) for line in strength_problems(told, scored)]
    except CheckError as problem:
        found.append(Finding(rule, where, " ".join(str(problem).split())))
    except HOSTILE as problem:
        found.append(Finding(rule, where, f"nothing can be computed from it: {_told(problem)}"))
    return found


def _texts(table: pa.Table) -> list[str]:
    """Texts of the table that it may not have, column by column."""
    return [
        line
        for name in table.column_names
        if pa.types.is_dictionary(table[name].type)
        for line in texts_problems(filter(None, table[name].combine_chunks().dictionary.to_pylist()), f"column {name}")
    ]


def _result(data: Any) -> str:
    """One question about the same weights, data and audio by the same versions is one result, whatever prose says.

    Measured again elsewhere, it is a reproduction and no second row.
    """
    used = data["used"]
    datasets = used["datasets"] if "datasets" in used else {"": used["dataset"]}
    heard = {name: [part["identity"], part["audio"]["digest"]] for name, part in datasets.items()}
    backbone = [used["backbone"]["identity"], used["backbone"]["card"].get("version", 1)]
    return digest_of_json([data["asked"], backbone, heard, used["protocol"], sorted(used.get("methods", ()))])


def _told(problem: BaseException) -> str:
    first = str(problem).strip().partition("\n")[0]
    return f"{type(problem).__name__}: {first}" if first else type(problem).__name__
