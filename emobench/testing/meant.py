"""What does a name after `emobench check` mean? What plugins offer, a plugin, a distribution, or a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any

from emobench.catalog.catalog import Catalog, build_catalog
from emobench.catalog.discovery import GROUP, PluginModule, distribution_of, from_file, installed
from emobench.catalog.families import HUB, RANDOM
from emobench.catalog.known import known_plugins
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line
from emobench.domain.own_names import TABLE, is_own, settled
from emobench.domain.suggestion import unknown
from emobench.testing.cases import (
    Case,
    Places,
    backbone_case,
    dataset_case,
    family_cases,
    own_data_case,
    peft_case,
    plugin_case,
)
from emobench.testing.plugin.subject import PluginSubject

OFFERED = ("backbones", "families", "datasets", "peft_methods")


def cases_of(names: Sequence[str], plugins: Sequence[Path], places: Places) -> list[Case]:
    """What is held against its laws, each thing once: for something that is offered, its plugin and itself.

    Args:
        names: of backbones (``NAME@random``, ``hf:ORG/REPO``), datasets, families and PEFT methods; of installed
            plugins and distributions, and paths of Python files, for all that they offer.
        plugins: files that are known beside what is installed.
        places: where weights and data lie; every name in them is known.

    Raises:
        UsageError: a name that nobody knows, with a near miss; a file that is not there; a plugin among ``plugins``
            that cannot be used. One among ``names`` is a case whose laws are broken.
    """
    names = [_file(name) if _is_file(name) else name for name in names]
    known = _known(names, plugins)
    tables = [name for name in names if name.startswith(TABLE)]
    called, lying = settled(tables, places.data)
    named = dict(zip(tables, called or (), strict=True))
    places = replace(places, data={name: Path(path) for name, path in lying.items()})
    for name in places.data:
        if not is_own(name):
            known.catalog.dataset(name)
    for name in places.weights:
        known.catalog.backbone(name)
    found: dict[tuple[str, str, str], Case] = {}
    for name in names:
        for case in _meant(named.get(name, name), known, places):
            found.setdefault((case.kind, case.name, case.owner), case)
    return list(found.values())


@dataclass(frozen=True)
class _Known:
    """All that can be named: the catalog, installed plugins, files, and of these the modules of those that work."""

    catalog: Catalog
    points: tuple[PluginSubject, ...]
    files: Mapping[Path, PluginSubject]
    modules: Mapping[Path, PluginModule]

    def of_module(self, module: PluginModule) -> Iterator[Case]:
        """The case of a plugin; none of what has no source of its own, as the Hub."""
        for path, known in self.modules.items():
            if known.digest == module.digest and known.name == module.name:
                yield self.of_file(path, module)
        for subject in self.points:
            if (subject.source.name, subject.owner) == (module.name, module.distribution):
                yield self.of_point(subject)

    def of_point(self, subject: PluginSubject) -> Case:
        """The case of an installed plugin, working or broken."""
        return plugin_case(subject, subject.source.name, subject.owner)

    def of_file(self, path: Path, module: PluginModule | None) -> Case:
        """The case of a file; without a module where it cannot be imported."""
        owner = "a file" if module is None else module.distribution
        return plugin_case(self.files[path], path.name, owner)


def _known(names: Sequence[str], plugins: Sequence[Path]) -> _Known:
    """The catalog of what is installed and of all files that work; plugins that are checked need not.

    What is named is imported in a process of its own before it is in this one, which it could end.
    """
    given = {path.resolve(): path.absolute() for path in plugins}
    if given:
        known_plugins(tuple(given.values()))  # those must work
    points = tuple(sorted(entry_points(group=GROUP), key=lambda point: (point.name, distribution_of(point))))
    subjects = tuple(PluginSubject(point, points) for point in points)
    named = {path.resolve(): path for path in (Path(name) for name in names if _is_file(name))}
    files = {path: PluginSubject(path, points) for path in {**given, **named}.values()}
    called = {_plain(name) for name in names}
    modules, broken = installed(
        point for point, subject in zip(points, subjects, strict=True)
        if not (called & _called(point) and subject.apart.fatal)
    )  # fmt: skip
    found = {path: _imported(path, subject) for path, subject in files.items()}
    working = {path: module for path, module in found.items() if module is not None}
    return _Known(build_catalog([*modules, *working.values()], broken), subjects, files, working)


def _imported(path: Path, subject: PluginSubject) -> PluginModule | None:
    """A file as a plugin; None where it cannot be imported: the laws about plugins say why."""
    try:
        return None if subject.apart.fatal else from_file(path)
    except UsageError:
        return None


def _called(source: EntryPoint | Path) -> set[str]:
    """The names that mean an installed plugin: its own, and its distribution's."""
    if isinstance(source, Path) or source.dist is None:
        return {_plain(source.name)}
    return {_plain(source.name), _plain(source.dist.name)}


def _meant(name: str, known: _Known, places: Places) -> Iterator[Case]:
    catalog = known.catalog
    if _is_file(name):
        path = next(path for path in known.files if path.resolve() == Path(name).resolve())
        module = known.modules.get(path)
        yield known.of_file(path, module)
        if module is not None:
            yield from _offered(build_catalog([module]), catalog, places)
    elif name.startswith(TABLE) or (name.startswith(HUB) and name in places.data):
        yield own_data_case(name, places)
    elif name.startswith(HUB):
        yield backbone_case(catalog.backbone(name), catalog, places)
    else:
        cases = [*_named(name, known, places)] or [*_of_plugins(name, known, places)]
        if not cases:
            raise _unknown(name, known)
        yield from cases


def _named(name: str, known: _Known, places: Places) -> Iterator[Case]:
    """What is offered under a name, each behind its plugin; of twins the plugins alone."""
    catalog, base = known.catalog, name.removesuffix(RANDOM)
    for twins in catalog.twins:
        if twins.name != base or twins.kind == "entry point":
            continue
        owners = [plugin for plugin in catalog.plugins if f"{plugin.distribution} ({plugin.name})" in twins.owners]
        if all(plugin.digest is not None for plugin in owners):
            raise UsageError(
                f"two files offer a {twins.kind} named '{base}'.",
                found=f"owners: {' and '.join(twins.owners)}",
                remedy="Give one of them.",
            )
        for plugin in owners:
            yield from known.of_module(plugin)
    kept: dict[str, Any] = {kind: _only(getattr(catalog, kind), name) for kind in OFFERED}
    if base in catalog.backbones:
        kept["backbones"] = {name: catalog.backbone(name)}
    for offers in kept.values():
        for offer in offers.values():
            yield from known.of_module(offer.owner)
    yield from _offered(replace(catalog, **kept), catalog, places)


def _only(offers: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {name: offers[name]} if name in offers else {}


def _of_plugins(name: str, known: _Known, places: Places) -> Iterator[Case]:
    """The installed plugins of an entry point's or a distribution's name, with all that they offer."""
    for subject in known.points:
        if _plain(name) not in _called(subject.source):
            continue
        yield known.of_point(subject)
        for module in known.catalog.plugins:
            if (module.name, module.distribution) == (subject.source.name, subject.owner):
                yield from _offered(build_catalog([module]), known.catalog, places)


def _offered(own: Catalog, catalog: Catalog, places: Places) -> Iterator[Case]:
    """All that stands in ``own``, which may be a part of the catalog."""
    for backbone in own.backbones.values():
        yield backbone_case(backbone, catalog, places)
    for family in own.families.values():
        yield from family_cases(family, catalog, places)
    for dataset in own.datasets.values():
        yield dataset_case(dataset, places)
    for method in own.peft_methods.values():
        yield peft_case(method)


def _unknown(name: str, known: _Known) -> UsageError:
    if (silent := _offers_nothing(name)) is not None:
        return silent
    catalog = known.catalog
    names = [name for kind in OFFERED for name in getattr(catalog, kind)]
    plugins = {subject.source.name for subject in known.points} | {
        subject.owner.split(" ")[0] for subject in known.points
    }
    problem = unknown("backbone, dataset, PEFT method or plugin", on_one_line(name), [*names, *plugins])
    remedy = "See `emobench list`, or give the path of a Python file."
    return catalog.beside_broken(UsageError(problem.what, remedy=remedy))


def _offers_nothing(name: str) -> UsageError | None:
    """The error for a package that is installed and forgot its entry point; None where there is no such package."""
    for called in (_plain(name), f"{GROUP}-{_plain(name)}"):
        try:
            package = distribution(called)
        except (PackageNotFoundError, ValueError):  # an empty name
            continue
        if all(point.group != GROUP for point in package.entry_points):
            return UsageError(
                f"{on_one_line(called)} is installed and has no entry point in the group '{GROUP}'.",
                remedy=f"[project.entry-points.{GROUP}] in its pyproject.toml has to name its module; then install it "
                "again.",
            )  # fmt: skip
    return None


def _file(name: str) -> str:
    """Where a file lies, whatever folder is the current one later. Raises UsageError where there is none."""
    if not Path(name).is_file():
        raise UsageError(f"no plugin file at '{name}'.", remedy="Write `emobench check NAME`, or the path of a file.")
    return str(Path(name).absolute())


def _is_file(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(TABLE)


def _plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
