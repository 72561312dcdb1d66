"""Which dataset does a verb of `emobench data` mean, and where does it lie?"""

import os
from collections.abc import Sequence
from pathlib import Path

from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Dataset
from emobench.cli.arguments import pairs
from emobench.files.home import home


def given_folders(catalog: Catalog, data: Sequence[str] | None) -> dict[str, Path]:
    """The folders given with ``--data NAME=DIR``. Raises UsageError for names that nobody knows."""
    given = {name: Path(folder) for name, folder in pairs("--data", data).items()}
    for name in given:
        catalog.dataset(name)
    return given


def placed(catalog: Catalog, name: str, data: Sequence[str] | None) -> tuple[Offer[Dataset], Path]:
    """A dataset by its name, and its folder; a generated one is made on first use.

    Raises:
        UsageError: unknown names.
        DataError: it lies nowhere.
    """
    from emobench.corpora.corpus import root_of

    offer = catalog.dataset(name)
    return offer, root_of(offer.what, given_folders(catalog, data), home(), os.environ)
