"""Under which names does somebody's own data go? ``csv:NAME`` is a table, ``hf:ORG/NAME`` of the Hub; never a path."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

from emobench.domain.cards import OWN_NAME
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line

TABLE, HUB = "csv:", "hf:"
TABLES = (".csv", ".tsv")
LONGEST = 100  # characters of a dataset's name, in records


def is_own(name: str) -> bool:
    """Whether a dataset's name is one of own data, which no plugin offers."""
    return name.startswith((TABLE, HUB))


def is_own_name(name: str) -> bool:
    """Whether a text is wholly the name of own data, as records have it."""
    return re.fullmatch(OWN_NAME, name) is not None and len(name) <= LONGEST


def as_table(name: str) -> str:
    """How a table is named that somebody called by its path alone; nothing where no table lies there."""
    with suppress(OSError):  # a name that no file system takes
        if name.lower().endswith(TABLES) and Path(name).is_file():
            return f"A table is named with its prefix: {TABLE}{on_one_line(name)}. Others: `emobench list datasets`."
    return ""


def settled(
    datasets: Sequence[str] | None, data: Mapping[str, str | Path]
) -> tuple[tuple[str, ...] | None, dict[str, str | Path]]:
    """Datasets by name and where they lie: ``csv:PATH`` is the dataset ``csv:STEM`` lying at PATH.

    Raises:
        UsageError: two files for one name, a stem of which no name can be made, a name that is none.

    Example:
        >>> settled(["csv:my/Emotions 2.csv", "ravdess-song"], {})
        (('csv:emotions-2', 'ravdess-song'), {'csv:emotions-2': 'my/Emotions 2.csv'})
    """
    placed = dict(data)
    names = None if datasets is None else tuple(_settled(dataset, placed) for dataset in datasets)
    return names, placed


def _settled(dataset: str, placed: dict[str, str | Path]) -> str:
    if not is_own(dataset) or is_own_name(dataset):
        return dataset
    if dataset.startswith(HUB):
        raise UsageError(
            f"'{on_one_line(dataset)}' is no dataset of the Hub.",
            remedy="Write hf:ORG/NAME or hf:ORG/NAME@REVISION; a folder of it is given by --data hf:ORG/NAME=DIR.",
        )
    path = dataset.removeprefix(TABLE)
    name = _name_of(path)
    if name in placed and PurePath(placed[name]) != PurePath(path):
        raise UsageError(
            f"two files would both be the dataset '{name}'.",
            found=f"{on_one_line(placed[name])}\n{on_one_line(path)}",
            remedy=f"Name them: --dataset csv:one,csv:two --data csv:one={on_one_line(placed[name])} "
            f"--data csv:two={on_one_line(path)}",
        )
    placed[name] = path
    return name


def _name_of(path: str) -> str:
    """The name of the table in a file: ``csv:`` and the file's stem in small letters, digits and hyphens."""
    stem = re.sub(r"[^a-z0-9]+", "-", PurePath(path).stem.lower()).strip("-")
    name = f"{TABLE}{stem}"
    if not is_own_name(name):
        raise UsageError(
            f"no name can be made of '{on_one_line(path)}'." if path else "csv: is no dataset: the file is missing.",
            remedy="Choose one: --dataset csv:my-data --data csv:my-data=PATH.",
        )
    return name
