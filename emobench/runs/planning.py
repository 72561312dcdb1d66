"""What exactly will be done for a spec? Names found, audio scanned, folds, shards, units and keys fixed."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from emobench.audio.batching import batches_by_length
from emobench.audio.decode import length_at
from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Backbone
from emobench.domain.canonical import digest
from emobench.domain.cards import Attribute
from emobench.domain.errors import UsageError
from emobench.domain.options import LayerwiseOptions, ProbeOptions, ReadingOptions, resolve
from emobench.domain.plan import BackbonePlan, DatasetPlan, FeaturePlan, Plan, ShardPlan, Split, Unit
from emobench.domain.progress import Progress
from emobench.domain.spec import RunSpec, Whereabouts
from emobench.domain.stages import RANDOM_SEED
from emobench.files.weights import resolve_weights
from emobench.learning.splits import make_split
from emobench.runs.corpus import plan_dataset, root_of
from emobench.runs.keys import clip_key, feature_set_key, unit_key
from emobench.tasks.layerwise import parts_of, summed_layers
from emobench.tasks.predictions import WEIGHTED_SUM

CONTROLS = ("level-duration",)
SHARD_CLIPS = 256
CPU_BATCH_SECONDS = 16.0
GPU_BATCH_SECONDS = 240.0


def plan_backbone(offer: Offer[Backbone], given: Path | None, *, offline: bool, home: Path) -> BackbonePlan:
    """A backbone with its weights found; random ones are identified by recipe, seed and torch version.

    Raises:
        DataError: weights that are missing or not what the card says.
    """
    card = offer.what.card
    weights = resolve_weights(card, given, offline, home)
    named = ("digest", "matches_card")  # file names are the user's own
    identity: dict[str, Any] = {"weights": {key: weights.identity[key] for key in named if key in weights.identity}}
    if card.random:
        identity["random"] = {"seed": RANDOM_SEED, "torch": version("torch")}
    if offer.owner.digest is not None:
        identity["plugin"] = offer.owner.digest
    return BackbonePlan(card, identity, offer.owner.distribution, dict(weights.files))


def _shards(dataset: DatasetPlan, rate: int, clip_keys: Sequence[str], batch_seconds: float) -> tuple[ShardPlan, ...]:
    """Clips sorted by length, cut into shards of a fixed number, each cut into batches by the sample budget."""
    samples = [length_at(planned, rate) for planned in dataset.clips]
    order = sorted(range(len(samples)), key=lambda position: (samples[position], position))
    shards = []
    for first in range(0, len(order), SHARD_CLIPS):
        positions = order[first : first + SHARD_CLIPS]
        (shard,) = batches_by_length([samples[p] for p in positions], int(batch_seconds * rate), SHARD_CLIPS)
        inside = tuple(positions[index] for index in shard.clips)
        shards.append(ShardPlan(digest([clip_keys[position] for position in inside]), inside, shard.batches))
    return tuple(shards)


def plan_features(
    backbone: BackbonePlan, dataset: DatasetPlan, reading: ReadingOptions, precision: str, batch_seconds: float
) -> FeaturePlan:
    """Keys and shards of one backbone on one dataset."""
    key = feature_set_key(backbone, reading, precision)
    clip_keys = tuple(clip_key(key, planned) for planned in dataset.clips)
    shards = _shards(dataset, backbone.card.sample_rate, clip_keys, batch_seconds)
    return FeaturePlan(key, backbone.card.name, dataset.card.name, clip_keys, shards)


def part_layers(backbone: BackbonePlan, part: str) -> tuple[int, ...]:
    """The layers that a unit reads."""
    return summed_layers(backbone.card) if part == WEIGHTED_SUM else (int(part.partition(":")[2]),)


def _units(
    spec: RunSpec, plan_of: Mapping[str, Any], backbone: BackbonePlan, dataset: DatasetPlan, split: Split,
    features: FeaturePlan,
) -> list[Unit]:  # fmt: skip
    layerwise, probe = plan_of["layerwise"], plan_of["probe"]
    asked = {"strengths": list(probe.c), "statements": layerwise.statements, "folds": spec.folds}
    units = []
    for name in layerwise.attributes:
        attribute = cast(Attribute, dataset.card.attribute(name))
        for part in parts_of(backbone.card, weighted_sum=layerwise.weighted_sum):
            key = unit_key(
                features=features,
                dataset=dataset,
                split=split,
                attribute=attribute.model_dump(mode="json"),
                part=part,
                layers=part_layers(backbone, part),
                asked=asked,
            )
            units.append(Unit(key, spec.task, backbone.card.name, dataset.card.name, attribute, part))
    return units


def _check_folds(spec: RunSpec, splits: Mapping[str, Split]) -> None:
    for name, split in splits.items():
        wrong = [fold for fold in spec.folds or () if not 0 <= fold < split.count]
        if wrong:
            raise UsageError(
                f"dataset '{name}' has no fold {wrong[0]}.", remedy=f"Its folds are 0 to {split.count - 1}."
            )


def make_plan(
    spec: RunSpec, where: Whereabouts, catalog: Catalog, *, home: Path, env: Mapping[str, str], progress: Progress
) -> Plan:
    """Decide everything and compute nothing.

    Raises:
        UsageError: unknown names, options or folds.
        DataError: missing or damaged data or weights, leaking splits.
    """
    options = resolve(spec.options)
    reading = cast(ReadingOptions, options["reading"])
    layerwise = cast(LayerwiseOptions, options["layerwise"])
    offers = {name: catalog.backbone(name) for name in spec.backbones}
    datasets_offered = {name: catalog.dataset(name) for name in spec.datasets}
    _check_names(spec, where)
    controls = tuple(name for name in CONTROLS if name not in offers and name in catalog.backbones)
    offers.update({name: catalog.backbone(name) for name in controls})
    backbones = {
        name: plan_backbone(offer, where.weights.get(name), offline=where.offline, home=home)
        for name, offer in offers.items()
    }
    datasets = {
        name: plan_dataset(
            offer,
            root_of(offer.what, where.data, home, env),
            attributes=layerwise.attributes,
            backbones=[backbone.card for backbone in backbones.values()],
            reading=reading,
            limit=spec.limit,
            stamps=home / "scans",
            progress=progress,
        )
        for name, offer in datasets_offered.items()
    }
    splits = {name: make_split(plan.card, [p.clip for p in plan.clips]) for name, plan in datasets.items()}
    _check_folds(spec, splits)
    batch_seconds = CPU_BATCH_SECONDS if where.device == "cpu" else GPU_BATCH_SECONDS
    features, units = {}, []
    for dataset_name, dataset in datasets.items():
        for name, backbone in backbones.items():
            planned = plan_features(backbone, dataset, reading, spec.precision, batch_seconds)
            features[name, dataset_name] = planned
            units += _units(spec, options, backbone, dataset, splits[dataset_name], planned)
    return Plan(
        spec, reading, cast(ProbeOptions, options["probe"]), layerwise, backbones, datasets, splits, features,
        tuple(units), controls,
    )  # fmt: skip


def _check_names(spec: RunSpec, where: Whereabouts) -> None:
    """A path given for a name that plays no part is a typing mistake."""
    for flag, given, used in (("--data", where.data, spec.datasets), ("--weights", where.weights, spec.backbones)):
        for name in given:
            if name not in used:
                raise UsageError(
                    f"{flag} {name}=... is given, but '{name}' is not part of this run.",
                    found=f"in this run: {', '.join(used)}",
                    remedy="Correct the name, or leave the flag out.",
                )
