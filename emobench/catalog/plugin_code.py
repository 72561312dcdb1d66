"""Which code did a plugin bring? A digest of its files, which stands in the keys of whatever it computes.

A version is what an author says, and forgets to raise. What emobench itself brings has no digest: its numbers are
versioned by stages, and held by golden tests.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path

from emobench.catalog.discovery import PluginModule
from emobench.domain.canonical import digest
from emobench.domain.errors import BrokenEnvironment
from emobench.domain.names import on_one_line

OURS = "emobench"
INSTALLED = ("site-packages", "dist-packages")  # where packages of many distributions lie side by side
BESIDE_CODE = ("benchmarks", "build", "dist", "docs", "examples", "test", "tests")
SCRIPTS = ("conftest.py", "noxfile.py", "setup.py")


def code_digest(plugin: PluginModule) -> str | None:
    """SHA-256 of a plugin's code, in hex; None for what emobench itself brings, and for code that lies in no file.

    Of a file it is that of its bytes. Of an ordinary installation: of the names and contents of all files that its
    distribution installed. Of one that is used where it lies, as after ``pip install -e``: of all files of the
    outermost package that the entry point's module belongs to, and of the Python code beside it (modules, and packages
    but for tests, documentation and the like). Bytecode and hidden files do not count; other distributions do not.

    Raises:
        BrokenEnvironment: a file cannot be read.
    """
    if plugin.digest is not None:
        return plugin.digest
    if plugin.point is None or (plugin.point.dist is not None and plugin.point.dist.name == OURS):
        return None
    found = _installed(plugin.point.dist) if plugin.point.dist is not None else {}
    found = found or dict(_where_it_lies(plugin.point.module))
    return digest({name: _digest(file) for name, file in sorted(found.items())}) if found else None


def package_folders(module: str) -> list[Path]:
    """The folders of the outermost package that a module belongs to; none of a module that is a file of its own."""
    spec = _outermost(module)
    return [] if spec is None else [Path(folder) for folder in spec.submodule_search_locations or ()]


def _installed(dist: Distribution) -> dict[str, Path]:
    """The files that an installer noted down: none where only the way to a folder was installed."""
    if dist.read_text("RECORD") is None:
        return {}
    names = [name for name in dist.files or () if _counts(name.parts) and not name.parts[0].endswith(".dist-info")]
    named = {name.as_posix(): Path(str(name.locate())) for name in names if ".." not in name.parts}
    code = {name: file for name, file in named.items() if not name.startswith("__editable__")}
    return {name: file for name, file in code.items() if not name.endswith(".pth")}


def _where_it_lies(module: str) -> Iterator[tuple[str, Path]]:
    """The files of a package that is imported from its own folder, or from an archive, each under its name there."""
    spec = _outermost(module)
    if spec is None or spec.origin is None:
        return
    own = Path(spec.origin)
    for folder in package_folders(module):
        if folder.is_dir():
            yield from ((f"{folder.name}/{name}", file) for name, file in _below(folder))
    if not own.is_file():  # in an archive
        yield from ((archive.name, archive) for archive in own.parents if archive.is_file())
    elif spec.submodule_search_locations is None:
        yield own.name, own
        yield from _beside(own.parent)
    else:
        yield from _beside(own.parent.parent)


def _beside(folder: Path) -> Iterator[tuple[str, Path]]:
    """The Python code of a folder that is imported from: its modules, and its packages but for what is no code."""
    for entry in sorted(folder.iterdir()) if folder.name not in INSTALLED else ():
        if entry.is_file() and entry.suffix == ".py" and entry.name not in SCRIPTS:
            yield entry.name, entry
        elif (entry / "__init__.py").is_file() and entry.name not in BESIDE_CODE and _counts((entry.name,)):
            yield from ((f"{entry.name}/{name}", file) for name, file in _below(entry) if file.suffix == ".py")


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder, links followed, each folder once."""
    seen = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        seen.add(Path(here).resolve())
        folders[:] = sorted(name for name in folders if _counts((name,)) and Path(here, name).resolve() not in seen)
        for name in files:
            if _counts((name,)) and (file := Path(here, name)).is_file():
                yield file.relative_to(folder).as_posix(), file


def _counts(parts: tuple[str, ...]) -> bool:
    return not any(part.startswith(".") or part == "__pycache__" or part.endswith((".pyc", "~")) for part in parts)


def _outermost(module: str) -> ModuleSpec | None:
    """How the outermost package above a module was found, or the module itself; a namespace is no package."""
    parts = module.split(".")
    specs = (_spec(".".join(parts[:depth])) for depth in range(1, len(parts) + 1))
    return next((spec for spec in specs if spec is not None and spec.origin is not None), None)


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
