"""How are records copied onto a board? The JSON file last, so that nothing stands there that is not whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emobench.domain.errors import CheckError, StorageError
from emobench.files.atomic import locked, write_bytes
from emobench.files.leftovers import sweep
from emobench.leaderboard.board import board_folders
from emobench.leaderboard.entry_files import PREDICTIONS, pictures_of
from emobench.leaderboard.filing.submission import Filing, filings

WRITABLE = "Make the folder of the board one that can be written, or name another with --boards."


def add(records: Sequence[Path], boards: Path) -> list[Filing]:
    """Settle where records belong, and copy them there; whoever else adds to these boards waits meanwhile.

    Args:
        records: files, each with its table and pictures beside it.
        boards: the folder that holds the boards.

    Raises:
        DataError, CheckError: as `filings`.
        StorageError: a board that cannot be written.
    """
    board_folders(boards)  # no lock where no boards are
    with _writable(), locked(boards / "boards"):
        planned = filings(records, boards)
        file_all(planned)
    return planned


def file_all(planned: Sequence[Filing]) -> list[Path]:
    """Copy every record with its table, and entries with their pictures; never over a record.

    A kill leaves tables and pictures without a record at most: they mean nothing, and the same command goes on.

    Returns:
        The files of the records.

    Raises:
        CheckError: somebody else filed a record in the same place meanwhile.
        StorageError: a board that cannot be written.
    """
    placed: list[Path] = []
    for filing in planned:
        with _writable(placed):
            _file(filing)
        placed.append(filing.target)
    return placed


@contextmanager
def _writable(placed: Sequence[Path] = ()) -> Iterator[None]:
    """What to do about a board that cannot be written, and what was filed before."""
    try:
        yield
    except StorageError as problem:
        before = f"\nFiled before it: {', '.join(map(str, placed))}" if placed else ""
        raise StorageError(problem.what, found=problem.found + before, remedy=WRITABLE) from problem


def _file(filing: Filing) -> None:
    pictures = pictures_of(filing.task) if filing.kind == "entry" else ()
    content = filing.source.read_bytes()
    for ending in (PREDICTIONS, *pictures):
        beside = filing.source.with_suffix(ending)
        if beside.is_file():
            _require_free(filing)
            write_bytes(filing.target.with_suffix(ending), beside.read_bytes())
    _require_free(filing)
    write_bytes(filing.target, content)
    sweep(filing.target.parent)


def _require_free(filing: Filing) -> None:
    if filing.target.exists():
        raise CheckError(f"a record stands there already: '{filing.target}'.", found=f"to be filed: {filing.source}")
