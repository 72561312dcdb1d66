"""What does a record say? Its parts as values, its rows as tables of pandas."""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.api.frames import Value, as_frame, rows_where, scores_frame, table_frame
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.domain.record import Headline
from emobench.domain.record import Record as Sealed
from emobench.runs.record_store import read_record as read_sealed
from emobench.views.tables import interval, number

if TYPE_CHECKING:
    from pandas import DataFrame

NAME = re.compile(r"[0-9a-f]{12}")  # of a record's file: the beginning of its key


@dataclass(frozen=True)
class Record:
    """One record and its file. Two are equal where file and content are.

    Attributes:
        path: the JSON file; predictions and pictures lie beside it.
        sealed: everything that stands in it, as it stands there.
    """

    path: Path
    sealed: Sealed = field(repr=False, hash=False)

    @property
    def key(self) -> str:
        """SHA-256 of what was asked and used: 64 hexadecimal digits."""
        return self.sealed.key

    @property
    def headline(self) -> Headline:
        """The one number: ``metric``, ``value``, the 95 % interval over people from ``low`` to ``high``, ``chance``."""
        return self.sealed.found.headline

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked, with all defaults; a copy."""
        return deepcopy(dict(self.sealed.asked))

    @property
    def used(self) -> dict[str, Any]:
        """What was used: cards, digests of weights and audio, people, folds, versions of the protocol; a copy."""
        return deepcopy(dict(self.sealed.used))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the numbers."""
        return tuple(self.sealed.found.notes)

    def scores(self, **where: Value) -> "DataFrame":
        """All scores, a row each, or those with given values.

        Args:
            where: columns and their values, such as ``metric="uar", view="all"``; ``class_`` is the column ``class``,
                None stands for nothing (``fold=None``: what sums folds up).

        Returns:
            The columns of the JSON. ``value``, ``low``, ``high`` (95 % over people), ``p`` are float64, ``fold``,
            ``seed`` and counts Int64.

        Raises:
            UsageError: no such column, or a value that none of the rows left has, with a near miss.
        """
        return rows_where(scores_frame(self.sealed.found.scores), where, "scores")

    def choices(self, **where: Value) -> "DataFrame":
        """What was to be chosen from (layers, strengths, methods), with the development scores behind it; as `scores`.

        Raises:
            UsageError: no such column, or a value that none of the rows left has, with a near miss.
        """
        rows = self.sealed.found.choices
        columns = dict.fromkeys(name for row in rows for name in row)
        return rows_where(as_frame(rows, list(columns)), where, "choices")

    def predictions(self, **where: Value) -> "DataFrame":
        """The table that the scores follow from, as `scores`: read from the file beside the record, and verified.

        Join tables of two records by ``clip`` (and ``view``, ``fold`` ...), never by the order of their rows. Of the
        task `fad_bias` it holds matrices of distances instead.

        Raises:
            UsageError: no such column, or a value that none of the rows left has, with a near miss.
            DataError: a table that is missing or cannot be read.
            CheckError: a table that is not the record's.
        """
        from emobench.leaderboard.comparing.measured import read_measured

        table = read_measured(self.path).table
        assert table is not None
        return rows_where(table_frame(table), where, "predictions")

    def __str__(self) -> str:
        """One line: the model, the question, the headline and the beginning of the key."""
        asked = self.sealed.asked
        data = asked["dataset"] if "dataset" in asked else " and ".join(asked["datasets"])
        told = (
            f"{asked['backbone']}: {asked['task']}, {asked['attribute']} on {data}: {self._number()} ({self.key[:12]})"
        )
        return on_one_line(told)

    def _number(self) -> str:
        headline = self.headline
        span = interval(headline.low, headline.high)
        return f"{headline.metric} {number(headline.value) or 'none'}, 95 % over people: {span}"

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        lines = [str(self), *(f"note: {on_one_line(note)}" for note in self.notes)]
        return "<br>".join(escape(line) for line in lines)


def read_record(path: str | PathLike[str]) -> Record:
    """A record from its JSON file, whose digests are verified.

    Raises:
        DataError: no such file, no record, or one that was changed since it was sealed.
    """
    return Record(Path(path), read_sealed(Path(path)))


def read_records(folder: str | PathLike[str]) -> tuple[Record, ...]:
    """All records below a folder (of a run, or of a board), in the order of their paths.

    Raises:
        DataError: no record lies there, or one that cannot be read or was changed.
    """
    found = [path for path in sorted(Path(folder).rglob("*.json")) if NAME.fullmatch(path.stem)]
    if not found:
        if Path(folder).is_file():
            reason, remedy = "it is a file", "emobench.read_record reads one record."
        else:
            reason, remedy = "no files <key12>.json" if Path(folder).is_dir() else "no such folder", ""
        raise DataError(f"there are no records in '{on_one_line(folder)}'.", found=reason, remedy=remedy)
    return tuple(read_record(path) for path in found)
