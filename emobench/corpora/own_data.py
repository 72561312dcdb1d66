"""Where is somebody's own data, and what does it hold? ``csv:NAME`` and ``hf:ORG/NAME`` become datasets when asked for.

No plugin offers them, and no card is known before the table is read: the catalog has only names that do not change.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emobench.catalog.catalog import Offer
from emobench.catalog.contracts import Dataset
from emobench.catalog.discovery import PluginModule
from emobench.corpora.corpus_files import files_below
from emobench.datasets import hub_dataset, table_dataset
from emobench.datasets.table_file import read_csv
from emobench.domain.canonical import digest
from emobench.domain.errors import DataError, UsageError
from emobench.domain.names import in_utf8, on_one_line
from emobench.domain.own_names import HUB, TABLE, TABLES, is_own, is_own_name
from emobench.domain.progress import Progress, megabytes
from emobench.domain.table import TableOptions, check_names, for_dataset
from emobench.files.folders import once_folder
from emobench.files.hub import fetch_repository
from emobench.files.stamps import Stamps
from emobench.files.weights import stamped_sha256

OWNER = PluginModule("own-data", table_dataset, "emobench")


@dataclass(frozen=True)
class Places:
    """Where data is looked for: as ``--data`` gives it, in our home, or on the Hub unless ``offline``."""

    given: Mapping[str, Path]
    home: Path
    env: Mapping[str, str]
    offline: bool = False


@dataclass(frozen=True)
class Found:
    """A dataset that was found, and the folder to which its files are relative."""

    offer: Offer[Dataset]
    root: Path


def own_corpora(names: Iterable[str], options: TableOptions, places: Places, progress: Progress) -> dict[str, Found]:
    """The own data among the datasets of a run, by name.

    Raises:
        UsageError: an option for another dataset, and what `own_data` says.
        DataError: what `own_data` says.
    """
    own = [name for name in names if is_own(name)]
    if own:
        check_names(options, own)
    return {name: own_data(name, options, places, progress) for name in own}


def own_data(name: str, options: TableOptions, places: Places, progress: Progress) -> Found:
    """Find and read one dataset called ``csv:NAME`` or ``hf:ORG/NAME``.

    Raises:
        UsageError: no such name, columns, splits or configuration, with a near miss.
        DataError: it lies nowhere, cannot be had from the Hub, or has rows that cannot be used.
        StorageError: the disk is full, read-only or forbidden.
    """
    if not is_own_name(name):
        raise UsageError(
            f"'{on_one_line(name)}' is no name of own data.",
            remedy="Write csv:NAME with --data csv:NAME=PATH, or hf:ORG/NAME[@REVISION].",
        )
    mine = for_dataset(options, name)
    if name.startswith(TABLE):
        table, url = read_csv(_table_of(name, places)), ""
        for option in ("config", "split"):
            if getattr(mine, option) is not None:
                raise UsageError(f"table.{option} is for hf: datasets, and '{name}' is none.", remedy="Leave it out.")
    else:
        folder, url, identity = _hub_folder(name, places, progress)
        table = hub_dataset.read_table(_written(name, folder, identity, mine, places.home))
    return Found(Offer(table_dataset.table_dataset(name, table, mine, url), OWNER), table.folder)


def _table_of(name: str, places: Places) -> Path:
    """The file of a table."""
    if name not in places.given:
        raise _nowhere(name)
    path = places.given[name].expanduser().absolute()
    if path.is_file():
        return path
    tables = sorted(file.name for file in path.glob("*.csv")) if path.is_dir() else []
    found = f"it is a folder; tables in it: {', '.join(tables[:5]) or 'none'}" if path.is_dir() else "it does not exist"
    raise DataError(
        f"the table of '{name}' cannot be used.",
        found=f"{on_one_line(path)}: {on_one_line(found)}",
        remedy=f"Name a CSV file: --data {name}=PATH.",
    )


def _nowhere(name: str) -> DataError:
    """Nobody said where a table lies; perhaps its name was meant as that of a file or folder here."""
    here = Path(name.removeprefix(TABLE))
    meant = [f"csv:{here}{ending}" for ending in TABLES if Path(f"{here}{ending}").is_file()]
    meant += [f"csv:./{here}"] if here.is_file() else []
    found, hint = "", f"Did you mean {meant[0]}? " if meant else ""
    if here.is_dir() and not meant:
        tables = sorted(f"csv:{on_one_line(file)}" for file in here.glob("*") if file.suffix.lower() in TABLES)
        found = f"'{here}' is a folder, and a table is wanted; tables in it: {', '.join(tables[:5]) or 'none'}"
    return DataError(
        f"nobody said where '{name}' lies.",
        found=found,
        remedy=f"{hint}Say it: --data {name}=PATH, or --dataset csv:PATH.",
    )


def _hub_folder(name: str, places: Places, progress: Progress) -> tuple[Path, str, list[object]]:
    """The folder of a Hub dataset, where it is published, and what tells this content from another."""
    repo, _, revision = name.removeprefix(HUB).partition("@")
    page = f"https://huggingface.co/datasets/{repo}"
    if name in places.given:
        folder = places.given[name].expanduser().absolute()
        if not folder.is_dir():
            state = "is not a folder" if folder.exists() else "does not exist"
            raise DataError(
                f"the folder given for '{name}' cannot be used.",
                found=f"{on_one_line(folder)} {state}",
                remedy=f"Correct --data {name}=DIR.",
            )
        return folder, page, [_listing(folder)]
    stamps = Stamps(places.home / "scans" / "datasets.json", version="sha256")
    try:
        fetched = fetch_repository(
            repo, revision or None, lambda names, _: sorted(filter(_is_data, names)), name=name,
            offline=places.offline, home=places.home, env=places.env,
            sha256=partial(stamped_sha256, stamps=stamps), progress=megabytes(f"fetching {name}", progress),
            say=progress.say, kind="dataset",
        )  # fmt: skip
    finally:
        stamps.save()
    if not fetched.files:
        raise DataError(f"the dataset '{name}' has no files.", found=f"{page} at {fetched.revision[:12]}")
    file, path = next(iter(fetched.files.items()))
    return path.parents[file.count("/")], f"{page}/tree/{fetched.revision}", [repo, fetched.revision]


def _is_data(name: str) -> bool:
    """Whether a file of a repository is fetched: all of them but hidden ones and programs."""
    return not any(part.startswith(".") for part in name.split("/")) and not name.endswith((".py", ".ipynb"))


def _listing(folder: Path) -> list[list[object]]:
    """Files with size and time: another listing is another content."""
    listed: list[list[object]] = []
    for file in files_below(folder):
        with suppress(FileNotFoundError):  # a link to nothing
            seen = file.stat()
            listed.append([in_utf8(file.relative_to(folder).as_posix()), seen.st_size, seen.st_mtime_ns])
    return listed


def _written(name: str, folder: Path, identity: list[object], options: TableOptions, home: Path) -> Path:
    """The folder with the table and the audio files of a Hub dataset, written at the first time."""
    config, splits, audio = options.config, options.split, options.audio
    assert not isinstance(config, Mapping)
    assert not isinstance(splits, Mapping)
    known = [hub_dataset.LAYOUT, in_utf8(str(folder)), identity, config, splits, audio]
    return once_folder(
        home / "data" / f"hf-{digest(known)[:24]}",
        lambda into: hub_dataset.write_table(name, folder, into, str(audio), config, splits),
    )
