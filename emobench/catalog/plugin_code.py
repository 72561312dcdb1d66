"""Which code did a plugin bring? A digest for all that no index has numbered.

A version names the code of a package that an index published: it is never published twice. A file given with
`--plugin`, and a package installed from a folder, a repository or an archive, may have changed since yesterday under
the same version, so their digest stands in the keys of whatever they compute.
"""

import hashlib
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

from emobench.catalog.discovery import PluginModule
from emobench.domain.canonical import digest
from emobench.domain.errors import BrokenEnvironment
from emobench.domain.names import on_one_line

OURS = "emobench"
"""The distribution whose numbers are versioned by stages, and held by golden tests."""


def code_digest(plugin: PluginModule) -> str | None:
    """SHA-256 of a plugin's code, in hex; None where its version tells it, and for what emobench itself brings.

    Of a package it is that of the names and contents of all files below the outermost package that the entry point's
    module belongs to, in any order of the file system, but for bytecode and hidden files; of a single file, that of its
    bytes. Code of other packages which it imports is not in it.

    Raises:
        BrokenEnvironment: a file of the package cannot be read.
    """
    if plugin.digest is not None:
        return plugin.digest
    if plugin.point is None or not _may_change(plugin.point):
        return None
    found = {
        f"{root.name}/{file.relative_to(root).as_posix()}": _digest(file)
        for root, files in _sources(plugin.point.module)
        for file in files
    }
    return digest(found) if found else None


def package_folders(module: str) -> list[Path]:
    """The folders of the outermost package that a module belongs to; none of a module that is a file of its own."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:depth]))
        if spec is not None and spec.origin is not None:  # else a namespace, which several distributions may share
            return [Path(folder) for folder in spec.submodule_search_locations or ()]
    return []


def _may_change(point: EntryPoint) -> bool:
    """Whether a package was installed from elsewhere than an index, as its installer wrote down (PEP 610)."""
    dist = point.dist
    return dist is not None and dist.name != OURS and dist.read_text("direct_url.json") is not None


def _sources(module: str) -> list[tuple[Path, list[Path]]]:
    """Folders, each with the files whose names are told from there."""
    folders = package_folders(module)
    if folders:
        return [(root, [file for file in sorted(root.rglob("*")) if _counts(file, root)]) for root in folders]
    spec = _spec(module)
    return [] if spec is None or spec.origin is None else [(Path(spec.origin).parent, [Path(spec.origin)])]


def _counts(file: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(root).parts)
    return not hidden and file.is_file()


def _spec(module: str) -> ModuleSpec | None:
    """How Python found a module; None for one that was not found anywhere, as a script is."""
    if module not in sys.modules:
        return find_spec(module)
    there = getattr(sys.modules[module], "__spec__", None)
    return there if isinstance(there, ModuleSpec) else None


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as problem:
        what = f"a file of an installed plugin cannot be read: {on_one_line(str(file))}"
        remedy = "Its digest is in the key of what the plugin computes: make it readable, or install the package again."
        raise BrokenEnvironment(what, found=problem.strerror or type(problem).__name__, remedy=remedy) from problem
