"""Which clips are the rows of somebody's table, and what is wrong with them? All is told at once, with its lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from emobench.datasets.table_columns import Columns
from emobench.datasets.table_file import Row, Table, some
from emobench.datasets.table_labels import exact, number, said, word
from emobench.domain.cards import Attribute
from emobench.domain.clip import Clip, Label
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line

SEXES: dict[str, Literal["female", "male"] | None] = {
    "female": "female", "f": "female", "male": "male", "m": "male", "": None,
}  # fmt: skip
OTHER_IDS = "\nOther ids: --set table.id=COLUMN, or --set 'table.id=\"\"' for the names of files."
OTHERS_MEANT = (
    "\nA column that means something else than its name says here is left alone by --set 'table.{field}=\"\"'."
)
SHOWN = 40  # letters of a cell that is told


@dataclass(frozen=True)
class _Segment:
    name: str
    start: float
    end: float | None

    def __str__(self) -> str:
        end = "" if self.end is None else f"{self.end:.12g}"
        return self.name if self.start == 0 and self.end is None else f"{self.name}#{self.start:.12g}-{end}"


class _WrongRowError(Exception):
    """What is wrong with a row."""


def clips_of(name: str, table: Table, columns: Columns, attributes: Sequence[Attribute]) -> list[Clip]:
    """The clips of the dataset ``name``, in the order of its rows; cells are taken without the spaces around them.

    Raises:
        DataError: naming rows with an empty or impossible cell, a file that is missing or lies elsewhere, a segment
            the wrong way round, and clips that stand there twice.
    """
    clips: list[Clip] = []
    wrong: list[str] = []
    twins = False
    ids: dict[str, str] = {}
    segments: dict[_Segment, str] = {}
    for row in table.rows:
        problems: list[str] = []
        clip, segment = _read(table, row, columns, attributes, problems)
        if segment is not None and segments.setdefault(segment, row.where) != row.where:
            problems.append(f"the same audio as {segments[segment]}: {_cell(str(segment))}")
        elif clip is not None and ids.setdefault(clip.id, row.where) != row.where:
            twins = True
            problems.append(f"the same id as {ids[clip.id]}: {_cell(clip.id)}")
        wrong += [f"{row.where}: {problem}" for problem in problems]
        if clip is not None:
            clips.append(clip)
    if wrong:
        rows = len({line.partition(":")[0] for line in wrong})
        raise DataError(
            f"{rows:,} of {len(table.rows):,} rows of '{name}' cannot be used.",
            found=some(wrong),
            remedy="Correct or delete these rows: nothing is left out silently."
            + (OTHER_IDS if twins else "")
            + "".join(OTHERS_MEANT.format(field=field) for field in _by_name(columns, wrong)),
        )
    return clips


def _by_name(columns: Columns, wrong: Sequence[str]) -> list[str]:
    """The fields whose column has their own name, which nobody may have meant, and whose cells are wrong."""
    fields = ("start", "end", "sex", "id")
    return [
        field for field in fields if getattr(columns, field) == field and any(f": '{field}' " in line for line in wrong)
    ]


def _read(
    table: Table, row: Row, columns: Columns, attributes: Sequence[Attribute], problems: list[str]
) -> tuple[Clip | None, _Segment | None]:
    """The clip of a row, if nothing is wrong with it, and the segment it stands for."""

    def told(column: str) -> str:
        cell = word(row.cells[column])
        if reason := said(cell):
            problems.append(f"'{on_one_line(column)}' {reason}")
        return cell

    segment = None
    try:
        file, relative = _file(table.folder, row.cells[columns.audio].strip(), columns.audio)
        segment = _Segment(relative, *_bounds(row, columns))
    except _WrongRowError as problem:
        problems.append(str(problem))
    labels = dict(_labels(row, columns, attributes, told, problems))
    group = told(columns.group)
    name = told(columns.id) if columns.id else str(segment)
    sex = row.cells[columns.sex].strip().lower() if columns.sex else ""
    if sex not in SEXES:
        problems.append(f"'{columns.sex}' is {_cell(sex)}, and not female, male, f, m or empty")
    if problems or segment is None:
        return None, segment
    clip = Clip(
        id=name, path=file, group=group, labels=labels, start_seconds=segment.start, end_seconds=segment.end,
        sex=SEXES[sex], transcript=(row.cells[columns.transcript].strip() or None) if columns.transcript else None,
    )  # fmt: skip
    return clip, segment


def _labels(
    row: Row, columns: Columns, attributes: Sequence[Attribute], told: Callable[[str], str], problems: list[str]
) -> Iterator[tuple[str, Label]]:
    for attribute in attributes:
        column = columns.labels[attribute.name]
        if attribute.low is None or attribute.high is None:
            yield attribute.name, told(column)
            continue
        cell = row.cells[column].strip()
        value = number(cell)
        if value is None:
            problems.append(f"'{on_one_line(column)}' is {_cell(cell)}, and no number")
        elif not attribute.low <= value <= attribute.high:
            problems.append(f"'{on_one_line(column)}' is {cell}, outside {attribute.low:g} to {attribute.high:g}")
        else:
            yield attribute.name, value


def _file(folder: Path, cell: str, column: str) -> tuple[Path, str]:
    """The file that a cell names, and its name relative to the table."""
    relative = PurePosixPath(cell)
    if not cell or not cell.isprintable():
        raise _WrongRowError(
            f"'{on_one_line(column)}' " + ("is empty" if not cell else f"is no name of a file: {_cell(cell)}")
        )
    if relative.is_absolute() or ".." in relative.parts or cell.startswith("~"):
        reason = "leads out of the table's folder: put the table into the folder of the audio, or above it"
        raise _WrongRowError(f"{_cell(cell)} {reason}")
    path = folder / relative
    try:
        there = path.is_file()
    except OSError:  # a name that no file system takes
        there = False
    if not there:
        hint = "; folders are separated by /" if "\\" in cell else ""
        raise _WrongRowError(f"there is no file {_cell(cell)}{hint}")
    return path, relative.as_posix()


def _bounds(row: Row, columns: Columns) -> tuple[float, float | None]:
    """First and last second of a segment; the whole file where nothing is said."""
    seconds: list[float | None] = []
    for column in (columns.start, columns.end):
        cell = row.cells[column].strip() if column else ""
        value = exact(cell) if cell else None
        if cell and (value is None or value < 0):
            raise _WrongRowError(f"'{on_one_line(str(column))}' is {_cell(cell)}, and no number of seconds")
        seconds.append(value)
    start, end = seconds[0] or 0.0, seconds[1]
    if end is not None and end <= start:
        raise _WrongRowError(f"the segment ends at {end:g} s, and does not begin before: {start:g} s")
    return start, end


def _cell(cell: str) -> str:
    short = cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}... ({len(cell):,} characters)"
    return f"'{on_one_line(short)}'"
