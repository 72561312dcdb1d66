"""Do records differ by more than chance? What `emobench compare` says, as a table of pandas."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.api.frames import as_frame
from emobench.api.records import Record

if TYPE_CHECKING:
    from pandas import DataFrame

    from emobench.leaderboard.comparing.differences import Comparison as Held

COLUMNS = (
    "first", "second", "what", "target", "emotion", "value", "low", "high", "p", "detectable", "clips", "people",
    "shown", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Records held against the first of them. `str` gives the text of `emobench compare`.

    Attributes:
        keys: of the records, the first is the reference.
        backbones: of the records.
        warnings: what differs besides the models, for every record after the first.
        data: what `emobench compare --json` prints.
    """

    keys: tuple[str, ...]
    backbones: tuple[str, ...]
    warnings: tuple[tuple[str, ...], ...]
    data: Mapping[str, Any] = field(repr=False, hash=False)
    held: "tuple[Held, ...]" = field(repr=False)
    text: str = field(repr=False)

    def table(self) -> "DataFrame":
        """A row for every difference, the second record less the first.

        Returns:
            ``first`` and ``second`` (beginnings of keys), ``what`` differs, on which ``target`` and ``emotion``,
            ``value`` with its 95 % interval over people from ``low`` to ``high``, ``p`` after Holm where it is tested,
            ``detectable`` (the difference that would have been found with probability .8), ``clips``, ``people``, what
            is ``shown``, and ``why`` nothing is.
        """
        from emobench.leaderboard.comparing.differences import in_words, reasons

        rows = (
            {
                **asdict(one),
                "first": self.keys[comparison.first][:12],
                "second": self.keys[comparison.second][:12],
                "shown": in_words(one),
                "why": reasons(one),
            }
            for comparison in self.held
            for one in comparison.differences
        )
        return as_frame(rows, COLUMNS)

    def __str__(self) -> str:
        """The text of `emobench compare`."""
        return self.text

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        return f"<pre>{escape(self.text)}</pre>"


def compare(
    a: Record | str | PathLike[str],
    b: Record | str | PathLike[str],
    *more: Record | str | PathLike[str],
    boards: str | PathLike[str] = "leaderboards",
) -> Comparison:
    """Hold records against the first: differences on the same clips, with intervals over people and p-values.

    Args:
        a: the reference: a record, its file, or the beginning of the key of a record on a board.
        b: what is held against it.
        more: further records that are held against ``a``; p is adjusted over all of them.
        boards: the folder that holds the boards.

    Raises:
        UsageError: a record that stands there twice, or a beginning that several keys have.
        DataError: a file that is missing or cannot be read.
        CheckError: records that cannot be compared, with the reason, or one that was changed.
    """
    from emobench.leaderboard.comparing.comparison_text import as_data, as_text
    from emobench.leaderboard.comparing.held_against import held_against

    names = [str(one.path) if isinstance(one, Record) else str(one) for one in (a, b, *more)]
    given, held = held_against(names, Path(boards))
    return Comparison(
        keys=tuple(one.record.key for one in given),
        backbones=tuple(str(one.record.asked["backbone"]) for one in given),
        warnings=tuple(comparison.warnings for comparison in held),
        data=as_data(given, held),
        held=tuple(held),
        text=as_text(given, held),
    )
