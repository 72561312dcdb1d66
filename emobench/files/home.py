"""Where do things lie?"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import platformdirs

from emobench.domain.errors import DataError

Shelf = Literal["features", "frames", "prefixes", "units", "rehearsals", "scans", "downloads", "scripts", "data"]


def home(env: Mapping[str, str] = os.environ) -> Path:
    """The folder of everything that can be computed or fetched again: EMOBENCH_HOME, else the platform's cache."""
    given = env.get("EMOBENCH_HOME")
    return _absolute(given) if given else platformdirs.user_cache_path("emobench", appauthor=False)


def shelf(name: Shelf, env: Mapping[str, str] = os.environ) -> Path:
    """One folder of the home; it need not exist yet."""
    return home(env) / name


def data_home(env: Mapping[str, str] = os.environ) -> Path:
    """The folder that holds datasets by name: EMOBENCH_DATA, else ``data`` in the home."""
    given = env.get("EMOBENCH_DATA")
    return _absolute(given) if given else shelf("data", env)


def dataset_root(name: str, given: Mapping[str, Path], env: Mapping[str, str] = os.environ) -> Path | None:
    """Where the dataset ``name`` lies: as given by ``--data NAME=DIR``, else a folder of that name in `data_home`.

    Returns None when it lies nowhere: whoever needs it says so.

    Raises:
        DataError: the folder given for it is not there.
    """
    if name not in given:
        kept = data_home(env) / name
        return kept if kept.is_dir() else None
    root = _absolute(given[name])
    if not root.is_dir():
        raise DataError(
            f"the folder given for the dataset '{name}' cannot be used.",
            found=f"{root} is not a folder" if root.exists() else f"{root} does not exist",
            remedy=f"Correct --data {name}=DIR.",
        )
    return root


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()
