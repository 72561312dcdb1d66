"""Which code did a plugin bring? A digest for all that no index has numbered.

A version names the code of a package that an index published: it is never published twice. A file given with
`--plugin`, and a package installed from a folder, a repository or an archive, may have changed since yesterday under
the same version, so their digest stands in the keys of whatever they compute.
"""

import hashlib
import sys
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

from emobench.catalog.discovery import PluginModule
from emobench.domain.canonical import digest

OURS = "emobench"
"""The distribution whose numbers are versioned by stages, and held by golden tests."""


def code_digest(plugin: PluginModule) -> str | None:
    """SHA-256 of a plugin's code, in hex; None where its version tells it, and for what emobench itself brings.

    Of a package it is that of the names and contents of all Python files below the outermost package that the entry
    point's module belongs to, in any order of the file system; of a single file, that of its bytes. Code of other
    packages which it imports is not in it.
    """
    if plugin.digest is not None:
        return plugin.digest
    if plugin.point is None or not _may_change(plugin.point):
        return None
    found = {
        f"{root.name}/{file.relative_to(root).as_posix()}": hashlib.sha256(file.read_bytes()).hexdigest()
        for root, files in _sources(plugin.point.module)
        for file in files
    }
    return digest(found) if found else None


def _may_change(point: EntryPoint) -> bool:
    """Whether a package was installed from elsewhere than an index, as its installer wrote down (PEP 610)."""
    dist = point.dist
    return dist is not None and dist.name != OURS and dist.read_text("direct_url.json") is not None


def _sources(module: str) -> list[tuple[Path, list[Path]]]:
    """Folders, each with the Python files whose names are told from there."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        spec = getattr(sys.modules.get(name), "__spec__", None) or find_spec(name)
        if spec is None or spec.origin is None:  # a namespace, which several distributions may share
            continue
        if spec.submodule_search_locations is None:
            return [(Path(spec.origin).parent, [Path(spec.origin)])]
        roots = [Path(folder) for folder in spec.submodule_search_locations]
        return [(root, sorted(root.rglob("*.py"))) for root in roots]
    return []
