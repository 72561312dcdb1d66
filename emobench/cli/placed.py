"""Which dataset does a verb of `emobench data` mean, and where does it lie?"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Dataset
from emobench.domain.options import SCOPES, resolve
from emobench.domain.own_names import HUB, TABLE, is_own, settled
from emobench.domain.progress import Progress
from emobench.domain.table import TableOptions
from emobench.files.home import home
from emobench.runs.asking import options_of, pairs


def given_folders(catalog: Catalog, data: Sequence[str] | None) -> dict[str, Path]:
    """The folders given with ``--data NAME=DIR``. Raises UsageError for names that nobody knows."""
    given = {name: Path(folder) for name, folder in pairs("--data", data).items()}
    for name in given:
        if not is_own(name):
            catalog.dataset(name)
    return given


def named(catalog: Catalog, name: str, data: Sequence[str] | None) -> tuple[str, dict[str, Path]]:
    """The name of a dataset as records have it, and the folders that are given; ``csv:PATH`` is both.

    Raises:
        UsageError: unknown names.
    """
    if is_own(name):
        found, places = settled((name,), dict(given_folders(catalog, data)))
        return "".join(found or ()), {own: Path(path) for own, path in places.items()}
    return catalog.dataset(name).what.card.name, given_folders(catalog, data)


def own_place(name: str, given: Mapping[str, Path]) -> dict[str, str | None]:
    """Where own data lies, or how to say it; nothing is opened."""
    page = (
        "" if name.startswith(TABLE) else f"https://huggingface.co/datasets/{name.removeprefix(HUB).partition('@')[0]}"
    )
    if name in given:
        path = given[name].expanduser().absolute()
        return {"dataset": name, "folder": str(path), "state": "there" if path.exists() else "not there", "from": page}
    state = f"fetched when it is used, or --data {name}=DIR" if page else f"not at hand: --data {name}=PATH"
    return {"dataset": name, "folder": None, "state": state, "from": page}


def placed(
    catalog: Catalog, name: str, data: Sequence[str] | None, settings: Sequence[str] | None, progress: Progress
) -> tuple[Offer[Dataset], Path]:
    """A dataset by its name, and its folder; a generated one is made on first use, own data is read.

    Raises:
        UsageError: unknown names or options, options for a dataset that has none.
        DataError: it lies nowhere, or is own data that cannot be used.
    """
    from emobench.corpora.corpus import root_of
    from emobench.corpora.own_data import Places, own_corpora

    known, given = named(catalog, name, data)
    options = options_of(settings, {"table": SCOPES["table"]} if is_own(known) else {})
    if is_own(known):
        table = cast(TableOptions, resolve(options)["table"])
        found = own_corpora([known], table, Places(given, home(), os.environ), progress)[known]
        return found.offer, found.root
    offer = catalog.dataset(known)
    return offer, root_of(offer.what, given, home(), os.environ, offer.owner)
