"""Which plugin is held against the laws? An installed entry point, or a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from emobench.catalog.catalog import offered
from emobench.catalog.discovery import PluginModule, distribution_of, from_file, installed, loaded
from emobench.domain.attempt import Failed, attempted
from emobench.domain.errors import UsageError
from emobench.testing.plugin.import_apart import Apart, imported_apart

Offers = Mapping[str, Sequence[Any]]  # hook -> what it yields


@dataclass(frozen=True)
class PluginSubject:
    """A plugin that is held against the laws.

    Attributes:
        source: an entry point of the group ``emobench``, or the path of a Python file.
        beside: the entry points of all installed plugins; the plugin's own may be among them.
    """

    source: EntryPoint | Path
    beside: Sequence[EntryPoint] = ()

    @cached_property
    def apart(self) -> Apart:
        """How importing it goes in a process of its own, which comes before it is imported in this one."""
        return imported_apart(self.source)

    @property
    def owner(self) -> str:
        """Whose it is: distribution and version, or the file."""
        return self.source.name if isinstance(self.source, Path) else distribution_of(self.source)

    @property
    def others(self) -> list[EntryPoint]:
        """The entry points of all plugins but this one."""
        if isinstance(self.source, Path):
            return list(self.beside)
        own = _identity(self.source)
        return [point for point in self.beside if _identity(point) != own]


@dataclass(frozen=True)
class PluginTrial:
    """A plugin on trial: imported when it is first asked for, and once."""

    subject: PluginSubject

    @cached_property
    def _importing(self) -> PluginModule | BaseException:
        source = self.subject.source
        if self.subject.apart.fatal:
            return ImportError(self.subject.apart.fatal)
        found = attempted(from_file, source) if isinstance(source, Path) else attempted(loaded, source)
        if not isinstance(found, Failed):
            return found
        told = isinstance(found.problem, UsageError)  # that a file cannot be imported; what it raised lies behind
        return (found.problem.__cause__ if told else None) or found.problem

    @property
    def problem(self) -> BaseException | None:
        """What importing it raised."""
        return self._importing if isinstance(self._importing, BaseException) else None

    @property
    def plugin(self) -> PluginModule:
        """The imported plugin. Raises what importing it raised."""
        if isinstance(self._importing, BaseException):
            raise self._importing
        return self._importing

    def offers(self) -> Offers:
        """What it offers now, by hook. Raises what its hooks raise, TypeError or ValueError for misuse."""
        return offered(self.plugin)

    def taken(self) -> dict[tuple[str, str], str]:
        """What other plugins offer: (hook, name) -> owner. Those that fail offer nothing."""
        found: dict[tuple[str, str], str] = {}
        working, _ = installed(self.subject.others)
        for plugin in working:
            offers = attempted(offered, plugin)
            for hook, items in ({} if isinstance(offers, Failed) else offers).items():
                found |= {(hook, item.card.name): plugin.distribution for item in items}
        return found


def _identity(point: EntryPoint) -> tuple[str, str, str]:
    return point.name, point.value, distribution_of(point)
