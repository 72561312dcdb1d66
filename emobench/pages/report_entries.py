"""Which records does a report take, and what can be told of each? Read, checked, and put to their questions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emobench.domain.errors import DataError
from emobench.domain.record import Record
from emobench.leaderboard.performance import MAKE, Performance, performance_of
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.predictions import predictions_digest
from emobench.views.pair_rows import first_look

NO_TABLE = "its predictions are not beside it, so that it has no confusion matrix here"
NOT_WHOLE = "only some folds were run, so that it has no confusion matrix here"


@dataclass(frozen=True, eq=False)
class Entry:
    """One record of a report.

    Attributes:
        path: its file.
        record: whose digests hold.
        performance: the predictions behind its headline; None where a task has none, or where they are not there.
        missing: why there are none, where there should be.
    """

    path: Path
    record: Record
    performance: Performance | None = None
    missing: str = ""


@dataclass(frozen=True, eq=False)
class Question:
    """Records that answer the same question on the same clips: they may stand side by side.

    Attributes:
        task: of the protocol.
        version: of the protocol.
        names: of the dataset, or of both.
        attribute: that was asked for.
        entries: in the order given.
    """

    task: str
    version: int
    names: tuple[str, ...]
    attribute: str
    entries: tuple[Entry, ...]

    @property
    def records(self) -> list[Record]:
        """The records of its entries."""
        return [entry.record for entry in self.entries]


def read_entries(paths: Sequence[Path]) -> list[Entry]:
    """The records, each once, in the order given.

    Raises:
        DataError: a record, or the predictions beside it, that cannot be read or whose digests do not hold.
    """
    found: dict[str, Entry] = {}
    for path in paths:
        entry = _read(path)
        found.setdefault(entry.record.key, entry)
    return list(found.values())


def _read(path: Path) -> Entry:
    record = read_record(path)
    with sound(path):
        ranks, look = str(record.asked["task"]) in MAKE, first_look(record)
    table_path = path.with_suffix(".parquet")
    if not table_path.is_file():
        return Entry(path, record, missing=NO_TABLE if ranks else "")
    table = read_predictions(path)
    with sound(table_path):
        held = predictions_digest(table)
        if held != record.predictions_digest:
            raise DataError(
                f"'{table_path}' was changed: it does not hold the predictions of '{path.name}'.",
                found=f"predictions_digest {held[:12]}",
            )
        if not ranks or "folds" in look:
            return Entry(path, record, missing=NOT_WHOLE if ranks else "")
        return Entry(path, record, performance_of(record, table))


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """What does not have the form of its task is an error about the file, not a traceback.

    Raises:
        DataError: something that every record of the task has is not there, or is of another kind.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration) as problem:
        raise DataError(
            f"'{path}' does not have the form of its task.", found=f"{type(problem).__name__}: {str(problem)[:300]}"
        ) from problem


def questions(entries: Sequence[Entry]) -> list[Question]:
    """The questions that entries answer, in the order in which they come first.

    Raises:
        DataError: a record without the fields that say what it is about.
    """
    found: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in entries:
        with sound(entry.path):
            found.setdefault(_question(entry.record), []).append(entry)
    return [
        Question(task=key[0], version=key[1], names=key[2], attribute=key[3], entries=tuple(same))
        for key, same in found.items()
    ]


def _question(record: Record) -> tuple[Any, ...]:
    """Task, protocol version, datasets, attribute; then what else must be the same: the clips, folds and limit."""
    protocol, asked, data = record.used["protocol"], record.asked, datasets_of(record)
    clips = tuple(str(facts["identity"]) for facts in data.values())
    split = str(record.used.get("split", {}).get("digest", ""))
    told = (str(protocol["name"]), int(protocol["version"]), tuple(data), str(asked["attribute"]))
    return (*told, clips, split, str(asked["folds"]), str(asked["limit"]))


def datasets_of(record: Record) -> Mapping[str, Mapping[str, Any]]:
    """What was used of each dataset, by its name, in the order asked."""
    if "datasets" in record.asked:
        return {str(name): record.used["datasets"][name] for name in record.asked["datasets"]}
    return {str(record.asked["dataset"]): record.used["dataset"]}
