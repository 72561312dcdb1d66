"""Which rows does a CSV file hold, and in which lines do they stand? Read strictly: what is odd is told."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line

SEPARATORS = (",", ";", "\t")
OTHER_ENCODINGS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


@dataclass(frozen=True)
class Row:
    """One row: ``where`` it stands, such as ``line 7``, and its cells by column, as they were written."""

    where: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table: its columns in their order, and its rows. ``folder`` is that to which names of files are relative."""

    folder: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_csv(path: Path) -> Table:
    """The table in a CSV file: UTF-8 with or without a byte order mark, separated by commas, semicolons or tabs.

    The separator is the one that gives the header most columns; cells may be quoted and then hold anything. Lines
    without a cell are left out. A row is said to stand in the line where it begins.

    Raises:
        DataError: it cannot be read, is empty or only a header, is not UTF-8, has rows of another length than the
            header, two columns of one name, or quotes that do not close.
    """
    return table_of(_text(path), path)


def table_of(text: str, path: Path) -> Table:
    """The table in a text; ``path`` is that of its file. Raises DataError as `read_csv`."""
    rows = _records(text, path)
    _, header = next(rows, ("", []))
    columns = tuple(name.strip() for name in header)
    if not any(columns):
        raise _odd(path, "is empty", remedy="Its first line names the columns: audio,group,emotion.")
    doubled = [name for name, count in Counter(columns).items() if count > 1 and name]
    if doubled:
        raise _odd(path, "has two columns of one name", f"found: {_listed(doubled)}", "Rename or delete one of them.")
    found, uneven = [], []
    for where, cells in rows:
        if len(cells) != len(columns):
            uneven.append(f"{where}: {len(cells)} cells")
        found.append(Row(where, dict(zip(columns, cells, strict=False))))
    if uneven:
        raise _odd(
            path, f"has rows of another length than its header of {len(columns)} columns", some(uneven),
            "A cell that holds the separator is put in double quotes.",
        )  # fmt: skip
    if not found:
        raise _odd(path, "has a header and no rows", f"columns: {_listed(columns)}")
    return Table(path.parent, columns, tuple(found))


def with_names_from_here(table: Table, column: str) -> Table:
    """The same table, where absolute names of files below its folder are relative to it, as on every other machine."""
    folders = table.folder.absolute(), table.folder.resolve()  # one of them may be a link to the other
    rows = (replace(row, cells={**row.cells, column: _from(folders, row.cells[column])}) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _from(folders: Iterable[Path], cell: str) -> str:
    """A name of a file as a cell has it, relative to the first folder that it is absolute and below; else as it was."""
    file = Path(cell.strip())
    if file.is_absolute() and ".." not in file.parts:
        for above in folders:
            if file.is_relative_to(above):
                return file.relative_to(above).as_posix()
    return cell


def some(lines: list[str], most: int = 10) -> str:
    """The first few lines of many, and how many there are."""
    more = len(lines) - most
    return "\n".join(lines if more <= 0 else [*lines[:most], f"and {more:,} more"])


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise _odd(path, "cannot be read", f"found: {problem.strerror}") from problem
    kind = next((name for mark, name in OTHER_ENCODINGS.items() if content.startswith(mark)), None)
    if kind is None and b"\0" in content:
        raise _odd(path, "is no CSV file", "found: zero bytes, as files of spreadsheets and archives have them",
                   "Save it as CSV, in UTF-8.")  # fmt: skip
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as problem:
        begin = content.removeprefix(codecs.BOM_UTF8)[: problem.start]
        line = 1 + len(begin.splitlines()) - (not begin.endswith((b"\n", b"\r")) and bool(begin))
        byte = f"line {line}: the byte 0x{problem.object[problem.start]:02x}"
        raise _odd(
            path, "is not UTF-8", f"{kind or byte}" + ("" if kind else ", as Latin-1 and Windows write letters"),
            f"Save it as UTF-8: iconv -f {kind or 'LATIN1'} -t UTF-8 OLD.csv > NEW.csv",
        ) from problem  # fmt: skip


def _records(text: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Where each record begins, and its cells; the header first."""
    separator = max(SEPARATORS, key=lambda mark: (_width(text, mark), -SEPARATORS.index(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise _odd(
                path, "cannot be understood", f"the row that begins in line {begins}: {problem}",
                'A cell in double quotes ends with one, and has "" for a quote inside.',
            ) from problem  # fmt: skip
        if cells is None:
            return
        if cells:
            yield f"line {begins}", cells


def _width(text: str, separator: str) -> int:
    """How many columns the header has under a separator; 0 where it cannot be read so."""
    try:
        return len(next(filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)), []))
    except csv.Error:
        return 0


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{on_one_line(name)}'" for name in names)


def _odd(path: Path, what: str, found: str = "", remedy: str = "") -> DataError:
    return DataError(f"the table '{on_one_line(path)}' {what}.", found=on_lines(found), remedy=remedy)


def on_lines(text: str) -> str:
    """Every line of a text by itself, control characters escaped."""
    return "\n".join(on_one_line(line) for line in text.split("\n"))
