"""What is held against its laws, one thing at a time? A plugin, or something that it offers, where it lies."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Backbone, Dataset, PeftMethod, WeightFiles
from emobench.catalog.families import Family, hub_backbone
from emobench.catalog.plugin_faults import said
from emobench.corpora import own_data
from emobench.corpora.corpus import root_of
from emobench.domain.errors import DataError, EmobenchError, kind_of
from emobench.domain.names import on_one_line
from emobench.domain.options import ExtractionOptions
from emobench.domain.plan import BackbonePlan
from emobench.domain.progress import Progress, Silent
from emobench.domain.spec import Whereabouts
from emobench.domain.table import TableOptions
from emobench.runs.backbone_plans import plan_backbone
from emobench.testing.backbone.card_laws import CARD_LAWS
from emobench.testing.backbone.laws import BACKBONE_LAWS, check_backbone
from emobench.testing.backbone.subject import BackboneSubject, BackboneTrial
from emobench.testing.dataset.laws import DATASET_LAWS, check_dataset
from emobench.testing.dataset.subject import DatasetSubject
from emobench.testing.laws import Law, T, Verdict, all_judged, name_of, not_asked
from emobench.testing.peft.laws import PEFT_LAWS, check_peft
from emobench.testing.peft.subject import PeftSubject
from emobench.testing.plugin.laws import PLUGIN_LAWS, check_plugin
from emobench.testing.plugin.subject import PluginSubject
from emobench.testing.tiny_models import TINY, write_tiny

DESCRIBES = "describes_itself"  # asked before all others of a backbone whose card its files complete
OF_PLUGINS = ("licence_named", "citation_named", "files_below_root", "fingerprint_stable")  # not of own data
COMPLETED = "The card is completed from the files, and they are of the model that it names."


@dataclass(frozen=True)
class Places:
    """Where weights and data lie, and where things are kept.

    Attributes:
        home: of everything that is computed or fetched again.
        env: the environment: ``EMOBENCH_DATA``, ``HF_HOME``.
        weights: backbone -> file or folder.
        data: dataset -> folder.
        offline: whether the network stays closed.
        progress: is told of downloads and scans.
        table: how tables of somebody's own are read.
    """

    home: Path
    env: Mapping[str, str]
    weights: Mapping[str, Path] = field(default_factory=dict)
    data: Mapping[str, Path] = field(default_factory=dict)
    offline: bool = False
    progress: Progress = field(default_factory=Silent)
    table: TableOptions = field(default_factory=TableOptions)


@dataclass(frozen=True)
class Case:
    """A thing with its laws.

    Attributes:
        kind: plugin, backbone, family, dataset or peft method.
        name: under which it is known.
        owner: the distribution with its version, or a file's digest, that brings it.
        laws: the names of its laws, in the order in which they are asked.
        verdicts: asks them, each when it is its turn. Raises DataError where weights or data are not at hand; laws
            that need neither are told before.
    """

    kind: str
    name: str
    owner: str
    laws: tuple[str, ...]
    verdicts: Callable[[], Iterator[Verdict]]


def plugin_case(subject: PluginSubject, name: str, owner: str) -> Case:
    """A whole plugin, working or broken."""
    return Case("plugin", on_one_line(name), owner, _names(PLUGIN_LAWS), lambda: check_plugin(subject))


def backbone_case(offer: Offer[Backbone], catalog: Catalog, places: Places) -> Case:
    """A backbone with its weights."""
    laws = _names(BACKBONE_LAWS) if offer.what.describe is None else (DESCRIBES, *_names(BACKBONE_LAWS))
    name = offer.what.card.name
    return Case("backbone", name, offer.owner.distribution, laws, lambda: _backbone_verdicts(offer, catalog, places))


def _backbone_verdicts(offer: Offer[Backbone], catalog: Catalog, places: Places) -> Iterator[Verdict]:
    backbone = offer.what
    try:
        plan = _planned(offer, catalog, places)
    except DataError:
        if backbone.describe is None:  # else the card may be provisional
            yield from all_judged(CARD_LAWS, BackboneTrial(BackboneSubject(backbone, backbone.card)))
        raise
    except (Exception, SystemExit) as problem:
        if isinstance(problem, EmobenchError) and kind_of(problem) is not EmobenchError:
            raise
        yield Verdict(DESCRIBES, COMPLETED, said(problem), holds=False)
        yield from not_asked(BACKBONE_LAWS, f"rests on {DESCRIBES}")
        return
    if backbone.describe is not None:
        card = plan.whole
        found = f"{len(card.layers)} layers at {card.sample_rate:,} Hz"
        yield Verdict(DESCRIBES, COMPLETED, f"{found}, family {card.family}" if card.family else found, holds=True)
    yield from check_backbone(BackboneSubject(backbone, plan.whole, WeightFiles(dict(plan.files))))


def _planned(offer: Offer[Backbone], catalog: Catalog, places: Places) -> BackbonePlan:
    card = offer.what.card
    where = Whereabouts(weights=dict(places.weights), offline=places.offline)
    try:
        return plan_backbone(
            offer, catalog, where, ExtractionOptions(), home=places.home, env=places.env, progress=places.progress
        )
    except DataError as problem:
        if offer.what.load_random is None or card.random:
            raise
        remedy = f"{problem.remedy}\nIts architecture alone: emobench check {card.name}@random, without weights."
        raise DataError(problem.what, found=problem.found, remedy=remedy.strip()) from problem


def dataset_case(offer: Offer[Dataset], places: Places) -> Case:
    """A dataset in its folder."""
    laws = _names(DATASET_LAWS)
    return Case(
        "dataset", offer.what.card.name, offer.owner.distribution, laws, lambda: _dataset_verdicts(offer, places)
    )


def _dataset_verdicts(offer: Offer[Dataset], places: Places) -> Iterator[Verdict]:
    try:
        root = root_of(offer.what, places.data, places.home, places.env, offer.owner)
    except DataError:
        yield from (verdict for verdict in _of_corpus(offer, None, places) if verdict.holds is not None)
        raise
    except (Exception, SystemExit) as problem:
        if isinstance(problem, EmobenchError):
            raise
        yield from _of_corpus(offer, None, places)  # its generate raises: the law about it says so
        return
    yield from _of_corpus(offer, root, places)


def own_data_case(name: str, places: Places) -> Case:
    """A table of somebody's own, or a dataset of the Hub; it is read when its laws are asked."""

    def verdicts() -> Iterator[Verdict]:
        lying = own_data.Places(places.data, places.home, places.env, offline=places.offline)
        found = own_data.own_data(name, places.table, lying, places.progress)
        for verdict in _of_corpus(found.offer, found.root, places):
            of_plugins = verdict.law in OF_PLUGINS and not verdict.holds
            yield (
                replace(verdict, found="somebody's own data, which is not handed on", holds=None)
                if of_plugins
                else verdict
            )

    return Case("dataset", name, own_data.OWNER.distribution, _names(DATASET_LAWS), verdicts)


def _of_corpus(offer: Offer[Dataset], root: Path | None, places: Places) -> Iterator[Verdict]:
    return check_dataset(DatasetSubject(offer.what, root, places.home / "scans", places.progress))


def peft_case(offer: Offer[PeftMethod]) -> Case:
    """A PEFT method on the tiny backbones."""
    method, owner = offer.what, offer.owner.distribution
    return Case("peft method", method.card.name, owner, _names(PEFT_LAWS), lambda: check_peft(PeftSubject(method)))


def family_cases(offer: Offer[Family], catalog: Catalog, places: Places) -> list[Case]:
    """A family on its tiny members with random weights; one of which none is known is asked nothing, and says why."""
    family = offer.what
    name, laws = family.card.name, (DESCRIBES, *_names(BACKBONE_LAWS))
    members = [member for member, (model_type, _, _) in TINY.items() if model_type == name]

    def unknown() -> Iterator[Verdict]:
        reason = "a family is held against its laws by a member: emobench check hf:ORG/REPO"
        yield Verdict(DESCRIBES, COMPLETED, reason, holds=None)
        yield from not_asked(BACKBONE_LAWS, reason)

    def of_member(member: str) -> Iterator[Verdict]:
        backbone = hub_backbone(f"hf:tiny/{member}", {name: family})
        with tempfile.TemporaryDirectory() as folder:
            write_tiny(Path(folder) / member, member)
            here = Places(places.home, places.env, {backbone.card.name: Path(folder) / member}, offline=True)
            yield from _backbone_verdicts(Offer(backbone, offer.owner), catalog, here)

    owner = offer.owner.distribution
    if not members:
        return [Case("family", name, owner, laws, unknown)]
    return [Case("family", f"{name}[{member}]", owner, laws, partial(of_member, member)) for member in members]


def _names(laws: Iterable[Law[T]]) -> tuple[str, ...]:
    return tuple(name_of(law) for law in laws)
