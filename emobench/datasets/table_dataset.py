"""How does somebody's table become a dataset, with a card made of its columns and of the options?"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from emobench.audio.decode import opened
from emobench.catalog.contracts import Dataset
from emobench.datasets.table_clips import clips_of
from emobench.datasets.table_columns import Columns, columns_of
from emobench.datasets.table_file import Table, some, with_names_from_here
from emobench.datasets.table_labels import NUMBER, attributes_of, said, word
from emobench.domain.cards import DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.domain.table import TableOptions

UNKNOWN_RATE = 16_000  # of a file that cannot be opened: the scan says why


def table_dataset(name: str, table: Table, options: TableOptions, url: str) -> Dataset:
    """The dataset ``name``: all rows are looked at now, and its reader lists them.

    Args:
        name: under which it is known, such as ``csv:emotions``.
        table: whose rows are clips.
        options: of this dataset.
        url: where it is published, if it is.

    Raises:
        UsageError: a column that is missing, labels that nobody can interpret.
        DataError: rows that cannot be used, too few groups or classes, groups in two folds.
    """
    columns = columns_of(name, table, options)
    table = with_names_from_here(table, columns.audio)  # the group may be the same column, and stands in records
    attributes = attributes_of(name, table, columns, options)
    clips = clips_of(name, table, columns, attributes)
    card = DatasetCard(
        name=name,
        title=str(options.title or f"Own data: {name}"),
        domain="music" if options.domain == "music" else "speech",
        licence=str(options.licence or "not stated"),
        citation=str(options.citation or "not stated"),
        url=url,
        attributes=attributes,
        group_is=str(options.group_is or _called(columns.group)),
        people=str(options.people or name),
        folds=_folds(name, table, columns, clips, options),
        expected_clips=len(clips),
        sample_rate=_rate(min(clips, key=lambda clip: clip.id)),  # whatever the order of the rows
    )
    return Dataset(card, clips=lambda _: clips)


def _called(column: str) -> str:
    return "group" if said(column) else column


def _folds(
    name: str, table: Table, columns: Columns, clips: Sequence[Clip], options: TableOptions
) -> int | tuple[tuple[str, ...], ...]:
    """The number of folds, or the groups of each where a column fixes them."""
    groups = {clip.group for clip in clips}
    if columns.fold is None:
        count = int(str(options.folds))
        if len(groups) < count:
            few = f"at least 3 groups are needed, and '{columns.group}' has {len(groups)}"
            raise DataError(
                f"'{name}' has {len(groups)} groups for {count} folds.",
                found=f"'{on_one_line(columns.group)}': {', '.join(map(on_one_line, sorted(groups)))}",
                remedy=f"A group is never split: --set table.folds={len(groups)}." if len(groups) >= 3 else
                f"A group is never split: {few}.",
            )  # fmt: skip
        return count
    return _fixed(name, table, columns, columns.fold)


def _fixed(name: str, table: Table, columns: Columns, column: str) -> tuple[tuple[str, ...], ...]:
    fold_of: dict[str, tuple[str, str]] = {}
    wrong = []
    for row in table.rows:
        fold, group = word(row.cells[column]), word(row.cells[columns.group])
        known, where = fold_of.setdefault(group, (fold, row.where))
        if reason := said(fold):
            wrong.append(f"{row.where}: '{on_one_line(column)}' {reason}")
        elif known != fold:
            wrong.append(f"{row.where}: '{group}' is in fold '{fold}', and in fold '{known}' in {where}")
    if wrong:
        raise DataError(
            f"the column '{on_one_line(column)}' of '{name}' fixes no folds.",
            found=some(wrong),
            remedy="Every group is in one fold with all its clips; or let folds be made: --set table.folds=5.",
        )
    folds = sorted({fold for fold, _ in fold_of.values()}, key=_in_order)
    if not 3 <= len(folds) <= 1000:
        raise DataError(
            f"the column '{on_one_line(column)}' of '{name}' has {len(folds)} folds; at least 3 are needed.",
            remedy="One is tested, one chosen on, the others learned from: --set table.folds=5 makes some.",
        )
    return tuple(tuple(sorted(group for group, (mine, _) in fold_of.items() if mine == fold)) for fold in folds)


def _in_order(fold: str) -> tuple[float, str]:
    return (float(fold), fold) if NUMBER.fullmatch(fold) else (float("inf"), fold)


def _rate(clip: Clip) -> int:
    try:
        with opened(clip.path) as file:
            return int(file.samplerate)
    except DataError:
        return UNKNOWN_RATE


def remarks_on(card: DatasetCard, clips: Sequence[Clip]) -> list[str]:
    """What was decided about somebody's table, and what looks like a slip: a line for each."""
    found = []
    fixed = "fixed by a column" if not isinstance(card.folds, int) else "dealt"
    count = card.folds if isinstance(card.folds, int) else len(card.folds)
    groups = {clip.group for clip in clips}
    for attribute in card.attributes:
        if attribute.classes:
            kind = f"{len(attribute.classes)} classes"
            if all(NUMBER.fullmatch(label) for label in attribute.classes):
                kind += " (numbers; table.low and table.high would make them a dimension)"
        else:
            kind = f"a dimension from {attribute.low:g} to {attribute.high:g}"
        found.append(f"{card.name}: {attribute.name} is {kind}")
        found += _alike(card.name, f"labels of {attribute.name}", attribute.classes)
    found.append(f"{card.name}: {len(groups)} groups ({card.group_is}) in {count} folds, {fixed}")
    return [*found, *_alike(card.name, "groups", groups)]


def _alike(name: str, what: str, words: Sequence[str] | set[str]) -> list[str]:
    """A line where words differ in nothing but capitals, or in how an accent is written."""
    plain = {word: unicodedata.normalize("NFKC", word).casefold() for word in words}
    often = Counter(plain.values())
    alike = sorted(word for word in words if often[plain[word]] > 1)
    return [f"{name}: {what} that differ in capitals or accents only: {', '.join(alike[:6])}"] if alike else []
