"""What was measured, as its files hold it: a record, and the table beside it that it was scored from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from emobench.domain.errors import CheckError
from emobench.domain.record import Record
from emobench.runs.record_store import ChangedRecordError, read_predictions, read_record
from emobench.tasks.predictions import predictions_digest


@dataclass(frozen=True, eq=False)
class Measured:
    """A record and its predictions or matrices; None where only the record is at hand."""

    record: Record
    table: pa.Table | None


# What code written for our own tables raises on those of strangers.
MALFORMED = (
    *(pa.ArrowException, KeyError, IndexError, AttributeError, ValueError, TypeError, ArithmeticError),
    *(RecursionError, MemoryError),
)


@contextmanager
def well_formed(what: str) -> Iterator[None]:
    """Turn the errors of a record or table that has not the form of its task into one that says so.

    Raises:
        CheckError: with what ``what`` names.
    """
    try:
        yield
    except MALFORMED as problem:
        raise CheckError(
            f"{what} does not have the form of its task.",
            found=f"{type(problem).__name__}: {problem}",
            remedy="`emobench leaderboard validate FILE` tells what is wrong with a record.",
        ) from problem


def read_measured(path: Path) -> Measured:
    """A record whose digests hold, with its table, whose digest holds, too.

    Raises:
        DataError: a file that is missing or cannot be read.
        CheckError: a record, or its table, that was changed since it was sealed.
    """
    try:
        with well_formed(f"'{path}'"):
            record = read_record(path)
    except ChangedRecordError as problem:
        raise CheckError(problem.what, found=problem.found, remedy="Take the record as it was made.") from problem
    with well_formed(f"'{path.with_suffix('.parquet')}'"):
        table = read_predictions(path)
        found = predictions_digest(table)
    if found != record.predictions_digest:
        raise CheckError(
            f"'{path.with_suffix('.parquet')}' does not hold what was predicted for its record.",
            found=f"digest {found[:12]}; the record says {record.predictions_digest[:12]}",
            remedy="Take both files as they were made.",
        )
    return Measured(record, table)
