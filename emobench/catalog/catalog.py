"""What can be run? The catalog holds everything that plugins offer, by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pluggy

from emobench.catalog import hookspecs
from emobench.catalog.contracts import Backbone, Dataset, PeftMethod
from emobench.catalog.discovery import BrokenPlugin, PluginModule, remedy_of
from emobench.catalog.families import HUB, RANDOM, Family, hub_backbone
from emobench.catalog.plugin_faults import said
from emobench.domain.attempt import Failed, attempted
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import UsageError
from emobench.domain.names import on_one_line
from emobench.domain.options import SCOPES
from emobench.domain.own_names import as_table, is_own
from emobench.domain.suggestion import near_miss, unknown

T = TypeVar("T", Dataset, Backbone, PeftMethod, Family)
KINDS: Mapping[str, type] = {
    "emobench_datasets": Dataset,
    "emobench_backbones": Backbone,
    "emobench_families": Family,
    "emobench_peft_methods": PeftMethod,
}
HUB_OWNER = PluginModule("hub", hookspecs, "emobench")  # until the files say whose family it is
RULER = ("tasks", "probes", "heads", "metrics", "splits", "folds", "conditions", "courses", "seeds")
LISTS = {"dataset": "datasets", "backbone": "backbones", "family": "families", "peft method": "peft"}


@dataclass(frozen=True)
class Offer(Generic[T]):
    """Something a plugin offers, and the plugin."""

    what: T
    owner: PluginModule


@dataclass(frozen=True)
class Twins:
    """A name that two plugins claim; neither gets it. Of an entry point's name (kind ``entry point``) both are told."""

    kind: str
    name: str
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Catalog:
    """Everything that is offered, sorted by name, and everything that could not be."""

    datasets: Mapping[str, Offer[Dataset]]
    backbones: Mapping[str, Offer[Backbone]]
    families: Mapping[str, Offer[Family]]
    peft_methods: Mapping[str, Offer[PeftMethod]]
    plugins: tuple[PluginModule, ...]
    broken: tuple[BrokenPlugin, ...]
    twins: tuple[Twins, ...]

    def dataset(self, name: str) -> Offer[Dataset]:
        """The dataset called ``name``. Raises UsageError with a near miss, and for own data, which no plugin offers."""
        if is_own(name):
            raise UsageError(
                f"'{on_one_line(name)}' is somebody's own data: what it holds is known when it is read.",
                remedy=f"See it with `emobench plan --dataset {on_one_line(name)}`; `emobench describe table` tells "
                "the options.",
            )  # fmt: skip
        if name not in self.datasets and (hint := as_table(name)):
            raise UsageError(f"no dataset named '{on_one_line(name)}'.", remedy=hint)
        return self._find("dataset", self.datasets, name)

    def backbone(self, name: str) -> Offer[Backbone]:
        """The backbone called ``name``; ``NAME@random`` is its random control, ``hf:ORG/REPO`` a repository of the Hub.

        Raises:
            UsageError: no such name, with a near miss.
        """
        if name.startswith(HUB):
            families = {family: offer.what for family, offer in self.families.items()}
            return Offer(hub_backbone(name, families), HUB_OWNER)
        if name.endswith(RANDOM) and name not in self.backbones:
            return random_control(self._find("backbone", self.backbones, name.removesuffix(RANDOM)))
        return self._find("backbone", self.backbones, name)

    def owner_of(self, offer: Offer[Backbone], card: BackboneCard) -> PluginModule:
        """Whose code a described backbone runs: its plugin's, or that of the family its files named."""
        known = self.families.get(card.family or "")
        return known.owner if offer.owner is HUB_OWNER and known is not None else offer.owner

    def peft_method(self, name: str) -> Offer[PeftMethod]:
        """The PEFT method called ``name``. Raises UsageError with a near miss."""
        return self._find("peft method", self.peft_methods, name)

    def _find(self, kind: str, offers: Mapping[str, Offer[T]], name: str) -> Offer[T]:
        for twins in self.twins:
            if (twins.kind, twins.name) == (kind, name):
                raise UsageError(
                    f"two plugins offer a {kind} named '{name}'.",
                    found=f"owners: {' and '.join(twins.owners)}",
                    remedy="Uninstall one of them, or ask its author to rename it.",
                )
        if name in offers:
            return offers[name]
        raise self.beside_broken(unknown(kind, name, offers, see=f"emobench list {LISTS[kind]}"))

    def beside_broken(self, problem: UsageError) -> UsageError:
        """The error of a name that nobody offers, with the broken plugins, which might, and how to see more of them."""
        found = [f"plugin '{on_one_line(plugin.name)}' is broken: {plugin.reason}" for plugin in self.broken]
        remedy = f"{problem.remedy} {remedy_of(self.broken)}".strip()
        return UsageError(problem.what, found="\n".join(found), remedy=remedy)


def random_control(offer: Offer[Backbone]) -> Offer[Backbone]:
    """The same architecture with seeded random weights, as a backbone of its own.

    Raises:
        UsageError: when the plugin gives no ``load_random``, or the backbone is random already.
    """
    backbone = offer.what
    build = backbone.load_random
    if build is None or backbone.card.random:
        raise UsageError(f"'{backbone.card.name}' has no random control.", remedy="Its plugin would have to offer one.")
    changes = {
        "name": backbone.card.name + RANDOM,
        "random": True,
        "weights": None,
        "pretrained_on": "nothing",
        "corpora": (),
    }
    card = backbone.card.model_copy(update=changes)
    return Offer(Backbone(card, load=lambda its_card, _files: build(its_card)), offer.owner)


def offered(plugin: PluginModule) -> dict[str, list[Any]]:
    """What one plugin yields, by hook. Raises whatever the plugin raises, and TypeError or ValueError for misuse."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin.module, plugin.name)
    callers = manager.get_hookcallers(plugin.module) or []
    for caller in callers:
        if caller.name not in KINDS:
            raise ValueError(_no_hook(caller.name))
    manager.check_pending()
    if not callers:
        raise ValueError("it offers nothing: no function is marked with @hookimpl")
    found: dict[str, list[Any]] = {}
    for caller in callers:
        items = [item for result in caller() for item in result]
        for item in items:
            if not isinstance(item, KINDS[caller.name]):
                raise TypeError(f"{caller.name} yields {type(item).__name__}, not {KINDS[caller.name].__name__}")
            if isinstance(item, Dataset) and is_own(item.card.name):
                raise ValueError(f"'{item.card.name}' is the name of somebody's own data, and of no plugin's dataset")
            if isinstance(item, PeftMethod) and item.card.name in SCOPES:
                raise ValueError(f"'{item.card.name}' is the name of an option scope, and of no PEFT method")
        found[caller.name] = items
    return found


def _no_hook(name: str) -> str:
    """Why there is no such hook: what is measured may be extended, the ruler may not."""
    several = f"{name.removeprefix('emobench_').rstrip('s')}s"
    if several in RULER:
        return f"there is no hook '{name}': {several} are the ruler, the same for everybody, and cannot be replaced"
    return f"there is no hook '{name}'. {near_miss(name, KINDS)}".rstrip()


def _sorted_without_twins(kind: str, offers: Iterable[Offer[T]]) -> tuple[Mapping[str, Offer[T]], list[Twins]]:
    by_name: dict[str, list[Offer[T]]] = {}
    for offer in offers:
        by_name.setdefault(offer.what.card.name, []).append(offer)
    twins = [
        Twins(kind, name, tuple(f"{same.owner.distribution} ({same.owner.name})" for same in several))
        for name, several in sorted(by_name.items())
        if len(several) > 1
    ]
    return {name: several[0] for name, several in sorted(by_name.items()) if len(several) == 1}, twins


def _same_entry_points(plugins: Sequence[PluginModule]) -> list[Twins]:
    """Entry points of one name in several packages. What they offer is used: a name of theirs stands in no command."""
    owners: dict[str, set[str]] = {}
    for plugin in plugins:
        if plugin.digest is None:
            owners.setdefault(plugin.name, set()).add(plugin.distribution)
    return [
        Twins("entry point", name, tuple(f"{owner} ({name})" for owner in sorted(several)))
        for name, several in sorted(owners.items())
        if len(several) > 1
    ]


def build_catalog(plugins: Sequence[PluginModule], broken: Sequence[BrokenPlugin] = ()) -> Catalog:
    """Ask every plugin what it offers. One that raises is set aside with its reason and hurts nobody else."""
    offers: dict[str, list[Offer[Any]]] = {hook: [] for hook in KINDS}
    told = list(broken)
    for plugin in plugins:
        found = attempted(offered, plugin)
        if isinstance(found, Failed):
            told.append(BrokenPlugin(plugin.name, plugin.distribution, said(found.problem)))
            continue
        for hook, items in found.items():
            offers[hook].extend(Offer(item, plugin) for item in items)
    datasets, dataset_twins = _sorted_without_twins("dataset", offers["emobench_datasets"])
    backbones, backbone_twins = _sorted_without_twins("backbone", offers["emobench_backbones"])
    families, family_twins = _sorted_without_twins("family", offers["emobench_families"])
    peft_methods, peft_twins = _sorted_without_twins("peft method", offers["emobench_peft_methods"])
    twins = (*dataset_twins, *backbone_twins, *family_twins, *peft_twins, *_same_entry_points(plugins))
    return Catalog(datasets, backbones, families, peft_methods, tuple(plugins), tuple(told), twins)
