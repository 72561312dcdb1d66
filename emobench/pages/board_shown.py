"""What of a board is shown? The board, its folder, its tables, and every record in them once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emobench.domain.record import Record
from emobench.leaderboard.board import Board
from emobench.leaderboard.entry_files import PREDICTIONS, pictures_of
from emobench.leaderboard.table import BoardTable
from emobench.pages.inert_picture import inert

TABLES = ("table.csv", "table.json")


@dataclass(frozen=True)
class ShownRecord:
    """A record with the files that lie beside it.

    Attributes:
        path: the record's file.
        record: itself.
        predictions: its table of predictions, or of matrices; None where there is none.
        pictures: those that hold nothing but a drawing: a browser that opens another one might run it.
    """

    path: Path
    record: Record
    predictions: Path | None
    pictures: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.path, *(() if self.predictions is None else (self.predictions,)), *self.pictures)


@dataclass(frozen=True)
class ShownBoard:
    """A board, its folder, its tables in order."""

    board: Board
    folder: Path
    tables: Sequence[BoardTable]

    def tables_on_disk(self) -> list[Path]:
        """The tables for machines that lie in its folder."""
        return [self.folder / name for name in TABLES if (self.folder / name).is_file()]


def records_shown(shown: ShownBoard) -> list[ShownRecord]:
    """Every record of its tables once, sorted by path."""
    found = dict(_rows(shown.tables))
    return [_with_files(path, found[path]) for path in sorted(found)]


def _rows(tables: Sequence[BoardTable]) -> Iterator[tuple[Path, Record]]:
    for table in tables:
        for row in table.rows:
            if row.path is not None and row.record is not None:
                yield row.path, row.record


def _with_files(path: Path, record: Record) -> ShownRecord:
    predictions = path.with_suffix(PREDICTIONS)
    drawn = [path.with_suffix(ending) for ending in pictures_of(str(record.asked["task"]))]
    return ShownRecord(
        path=path,
        record=record,
        predictions=predictions if predictions.is_file() else None,
        pictures=tuple(one for one in drawn if one.is_file() and inert(one.read_bytes())),
    )
