"""What is a board? A folder with `board.toml`, `records/` and the rendered `README.md`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from emobench.domain.errors import DataError
from emobench.domain.frozen import Frozen, explain


class Board(Frozen):
    """Which records may stand on it: those of one task and protocol version.

    ``datasets`` or, for tasks that compare two, ``pairs`` are shown in their order. ``preset`` and ``seeds`` are what a
    record must have been asked with; None for tasks that have none.
    """

    name: str
    title: str
    task: str
    protocol_version: int
    datasets: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    attributes: tuple[str, ...]
    preset: str | None = None
    seeds: int | None = None
    about: str = ""

    def questions(self) -> list[tuple[tuple[str, ...], str]]:
        """The datasets and the attribute of every table, in the order shown."""
        return [(names, attribute) for names in (*_alone(self.datasets), *self.pairs) for attribute in self.attributes]


def _alone(datasets: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(name,) for name in datasets]


def read_board(folder: Path) -> Board:
    """The board of a folder.

    Raises:
        DataError: no ``board.toml``, or one that does not fit.
    """
    path = folder / "board.toml"
    try:
        return Board.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as problem:
        raise DataError(f"there is no board in '{folder}'.", found=f"looked for: {path}") from problem
    except ValidationError as problem:
        raise DataError(f"'{path}' does not fit.", found=explain(problem)) from problem
    except ValueError as problem:
        raise DataError(f"'{path}' is not TOML.", found=str(problem)) from problem


def record_files(folder: Path) -> list[Path]:
    """The record files of a board, sorted."""
    return sorted((folder / "records").glob("*/*/*.json"))


def boards_below(folder: Path) -> Iterator[tuple[Board, int]]:
    """Every board below a folder with its number of records, sorted by name."""
    for path in sorted(folder.glob("*/board.toml")):
        yield read_board(path.parent), len(record_files(path.parent))
