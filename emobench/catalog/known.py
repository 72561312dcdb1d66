"""Which plugins does a command know? The installed ones, and the files given with `--plugin`."""

from collections.abc import Sequence
from pathlib import Path

from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.errors import UsageError


def known_plugins(files: Sequence[Path] = ()) -> Catalog:
    """The catalog of installed plugins and of files, which must work.

    Raises:
        UsageError: a file that cannot be used, with the reason.
    """
    modules, broken = discover(tuple(files))
    catalog = build_catalog(modules, broken)
    given = {module.distribution for module in modules if module.digest is not None}
    for plugin in catalog.broken:
        if plugin.distribution in given:
            raise UsageError(f"the plugin '{plugin.name}' cannot be used.", found=plugin.reason)
    return catalog
