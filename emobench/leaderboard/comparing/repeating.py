"""Did a run repeat the record that it was asked with? A line for every record that it made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.record import Record
from emobench.leaderboard.comparing.agreement import Agreement, agreement_of
from emobench.leaderboard.comparing.measured import Measured, read_measured, well_formed
from emobench.runs.record_store import read_record


@dataclass(frozen=True)
class Before:
    """What was there before a run: the files of records in its folder, and whether every unit was computed."""

    records: Collection[Path]
    computed: bool


def found_before(out: Path, computed: bool) -> Before:
    """What is there now.

    Args:
        out: the folder that records go to.
        computed: whether every unit of the run is done.
    """
    return Before(frozenset(out.glob("*/*/*.json")), computed)


def told_of(given: Path, made: Sequence[tuple[Path, Record]], before: Before) -> list[str]:
    """Whether each record repeats the given one, in a line.

    Without its predictions beside it, the given record is compared by what it says it found.

    Args:
        given: the file of the record that was to be repeated.
        made: the records of the run with their files.
        before: the run.
    """
    return [f"{path}: {_told(given, path, before)}" for path, _ in made]


def _told(given: Path, path: Path, before: Before) -> str:
    try:
        with well_formed(f"'{given}'"):
            found = agreement_of(_given(given), read_measured(path))
    except EmobenchError as problem:
        return f"cannot be held against {given}: {problem.what} {problem.found}".rstrip()
    return f"{_verdict(given, found)}{_how(path, before)}"


def _given(path: Path) -> Measured:
    try:
        return read_measured(path)
    except DataError:
        return Measured(read_record(path), None)


def _verdict(given: Path, found: Agreement) -> str:
    if not found.same_question:
        return f"does not belong to {given}: {found.why}"
    if found.agrees:
        return f"repeats {given}: {found.why}"
    largest = f"; the largest difference (there, here): {found.largest}" if found.largest else ""
    return f"differs from {given}: {found.why}{largest}"


def _how(path: Path, before: Before) -> str:
    if path in before.records:
        return " (this record was there already: nothing was measured)"
    return " (all units were there already: nothing was computed anew)" if before.computed else ""
