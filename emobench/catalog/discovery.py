"""Where do plugins come from? Installed entry points, and files named with `--plugin`."""

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES, SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType

from emobench.catalog.plugin_faults import not_imported, said
from emobench.domain.attempt import Failed, attempted
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line

GROUP = "emobench"


@dataclass(frozen=True)
class PluginModule:
    """A module that may hold hooks, and who brought it.

    ``distribution`` is the installed package with its version, or ``file:<digest>``; ``digest`` stands for the
    version of a plugin that is only a file, ``point`` is the entry point of one that is installed.
    """

    name: str
    module: ModuleType | object
    distribution: str
    digest: str | None = None
    point: EntryPoint | None = None


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that could not be used, and why."""

    name: str
    distribution: str
    reason: str


def remedy_of(broken: Sequence[BrokenPlugin]) -> str:
    """How a user sees all that is wrong with installed plugins; empty where none is broken."""
    names = " ".join(dict.fromkeys(on_one_line(plugin.name) for plugin in broken))
    return f"`emobench check {names}` tells all that is wrong." if names else ""


class _AsRead(SourceFileLoader):
    """Runs the very bytes that were digested: what Python compiled earlier counts as current for a whole second."""

    def __init__(self, name: str, path: Path, source: bytes) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - as importlib calls it
        return self.source_to_code(self._source, self.path)


def distribution_of(point: EntryPoint) -> str:
    """The installed package that an entry point belongs to, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown"


def loaded(point: EntryPoint) -> PluginModule:
    """Import an installed plugin. Raises whatever it raises, and ValueError for an entry point that names no module."""
    if point.pattern.match(point.value) is None:
        raise ValueError(f"its entry point is '{point.value}', and has to be MODULE or MODULE:NAME")
    return PluginModule(point.name, point.load(), distribution_of(point), point=point)


def installed(points: Iterable[EntryPoint] | None = None) -> tuple[list[PluginModule], list[BrokenPlugin]]:
    """Import every installed plugin of the entry-point group ``emobench``; those that fail are told with the reason."""
    working: list[PluginModule] = []
    broken: list[BrokenPlugin] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda p: (p.name, p.value)):
        found = attempted(loaded, point)
        if isinstance(found, Failed):
            broken.append(BrokenPlugin(point.name, distribution_of(point), not_imported(found.problem, point)))
        else:
            working.append(found)
    return working, broken


def from_file(path: Path) -> PluginModule:
    """Import a plugin that is a single Python file; only ever called for a path the user named.

    Raises:
        UsageError: no such file, or a file that fails to import.
    """
    if not path.is_file():
        raise UsageError(f"no plugin file at '{path}'.", remedy="`--plugin` takes the path of a Python file.")
    if path.suffix not in SOURCE_SUFFIXES:
        raise UsageError(f"'{path}' is not a Python file.", remedy="`--plugin` takes the path of a Python file.")
    source = path.read_bytes()
    digest = hashlib.sha256(source).hexdigest()
    name = f"emobench_plugin_{digest[:12]}"
    loader = _AsRead(name, path, source)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None  # there is a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    failed = attempted(loader.exec_module, module)
    if failed is not None:
        sys.modules.pop(spec.name, None)
        raise UsageError(f"the plugin '{path}' cannot be imported.", found=said(failed.problem)) from failed.problem
    return PluginModule(path.name, module, f"file:{digest[:12]}", digest)


def discover(files: Sequence[Path] = ()) -> tuple[list[PluginModule], list[BrokenPlugin]]:
    """All installed plugins and the given files.

    Raises:
        UsageError: a given file that cannot be imported.
    """
    working, broken = installed()
    return working + [from_file(path) for path in files], broken
