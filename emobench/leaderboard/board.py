"""What is a board? A folder with `board.toml`, `records/` and the rendered `README.md`."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from emobench.domain.cards import SHA256
from emobench.domain.errors import DataError
from emobench.domain.frozen import Frozen, explain

Digest = Annotated[str, Field(pattern=SHA256)]


DESCRIBING = ("fad_bias",)  # tasks whose boards do not rank


class HeadlineRule(Frozen):
    """What a record's headline must be, and what groups of ties are by; a board without ``ties`` does not rank."""

    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    ties: Literal["headline", "gain"] | None = None


class EntryRules(Frozen):
    """What a record must have been asked with.

    ``preset`` and ``seeds`` are None for tasks that have none; ``whole``: no first look; ``options``: those of the
    protocol, or any.
    """

    preset: str | None = None
    seeds: int | None = None
    whole: bool = True
    options: Literal["protocol", "any"] = "protocol"


class Average(Frozen):
    """The mean of a backbone's headlines in one attribute, for those that have all of these datasets."""

    attribute: str
    datasets: Annotated[tuple[str, ...], Field(min_length=2)]


class Board(Frozen):
    """Which records may stand on it: those of one task and protocol version.

    ``datasets`` or, for tasks that compare two, ``pairs`` are shown in their order; without ``average`` nothing is
    averaged. ``identities`` are those of the data that the board takes, by ``dataset/attribute`` or
    ``first+second/attribute``: no labels, people or folds but the corpus's own; what is not listed may have any.
    """

    name: str
    title: str
    task: str
    protocol_version: int
    datasets: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    attributes: Annotated[tuple[str, ...], Field(min_length=1)]
    about: str = ""
    headline: HeadlineRule
    entry: EntryRules = EntryRules()
    average: Average | None = None
    identities: Mapping[str, tuple[Digest, ...]] = {}

    @model_validator(mode="after")
    def _of_one_piece(self) -> "Board":
        if bool(self.datasets) == bool(self.pairs):
            raise ValueError("a board has datasets or pairs")
        if (self.task in DESCRIBING) != (self.headline.ties is None):
            raise ValueError(f"ties of a board of {self.task}: {self.headline.ties or 'missing'}")
        questions = self.questions()
        if len(set(questions)) < len(questions):
            raise ValueError("a dataset, pair or attribute stands twice")
        if self.average is not None:
            strange = [name for name in self.average.datasets if ((name,), self.average.attribute) not in questions]
            if strange:
                raise ValueError(f"the average is over what is not on the board: {', '.join(strange)}")
        return self

    def questions(self) -> list[tuple[tuple[str, ...], str]]:
        """The datasets and the attribute of every table, in the order shown."""
        return [(names, attribute) for names in (*_alone(self.datasets), *self.pairs) for attribute in self.attributes]

    def rules(self) -> str:
        """What a record needs to stand here, in a sentence."""
        asked = [f"protocol {self.task} version {self.protocol_version}"]
        asked += [f"headline {' or '.join(self.headline.metrics)}"]
        asked += ["measured whole (no --folds, no --limit)"] if self.entry.whole else []
        asked += ["no option changed"] if self.entry.options == "protocol" else []
        asked += [f"preset {self.entry.preset}"] if self.entry.preset else []
        asked += [f"{self.entry.seeds} seeds"] if self.entry.seeds else []
        return f"Entries: {'; '.join(asked)}."


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


def board_folders(boards: Path) -> list[Path]:
    """The folders of boards, sorted.

    Raises:
        DataError: none there.
    """
    found = sorted(path.parent for path in boards.glob("*/board.toml"))
    if not found:
        inside = (boards / "board.toml").is_file()
        raise DataError(
            f"there are no boards below '{boards}'.",
            found="it is a board itself" if inside else "looked for: */board.toml",
            remedy=f"Name the folder of all boards: '{boards.parent}'." if inside else "Name the folder of all boards.",
        )
    return found


def boards_below(folder: Path) -> Iterator[tuple[Board, int]]:
    """Every board below a folder with its number of records, sorted by name."""
    for path in sorted(folder.glob("*/board.toml")):
        yield read_board(path.parent), len(record_files(path.parent))
