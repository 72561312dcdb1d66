"""What exactly will be done for a spec? Names found, audio scanned, folds, shards, units and keys fixed."""

from collections.abc import Callable, Mapping, Sequence
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
from emobench.runs.corpus import check_attributes, plan_datasets, root_of
from emobench.runs.keys import clip_key, feature_set_key, unit_key
from emobench.tasks.layerwise import parts_of, sentence_halves
from emobench.tasks.predictions import WEIGHTED_SUM

CONTROLS = ("level-duration",)
SHARD_CLIPS = 256
CPU_BATCH_SECONDS = 16.0
GPU_BATCH_SECONDS = 240.0


def plan_backbone(
    offer: Offer[Backbone], given: Path | None, *, offline: bool, home: Path, progress: Progress
) -> BackbonePlan:
    """A backbone with its weights found; random ones are identified by recipe, seed and torch version.

    Raises:
        UsageError: weights for a backbone that has none.
        DataError: weights that are missing or not what the card says.
    """
    card = offer.what.card
    if given is not None and card.weights is None:
        raise UsageError(f"backbone '{card.name}' takes no weights.", remedy=f"Leave --weights {card.name}=... out.")
    weights = resolve_weights(card, given, offline, home, _megabytes(card.name, progress))
    named = ("digest", "matches_card")  # file names are the user's own
    identity: dict[str, Any] = {"weights": {key: weights.identity[key] for key in named if key in weights.identity}}
    if card.random:
        versions = {name: version(name) for name in ("torch", "transformers")}  # whose initialisers draw the weights
        identity["random"] = {"seed": RANDOM_SEED, **versions}
    if offer.owner.digest is not None:
        identity["plugin"] = offer.owner.digest
    return BackbonePlan(card, identity, offer.owner.distribution, dict(weights.files))


def _megabytes(name: str, progress: Progress) -> Callable[[int, int | None], None]:
    """Shows a download in megabytes; the bar appears with its first bytes."""
    bar: list[Callable[[int], None]] = []
    shown = [0]

    def count(done: int, total: int | None) -> None:
        if not bar:
            bar.append(progress.start(f"downloading {name}", (total or done) // 1_000_000, "MB"))
        bar[0](done // 1_000_000 - shown[0])
        shown[0] = done // 1_000_000

    return count


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


def _units(
    spec: RunSpec, plan_of: Mapping[str, Any], backbone: BackbonePlan, dataset: DatasetPlan, split: Split,
    features: FeaturePlan,
) -> list[Unit]:  # fmt: skip
    layerwise, probe = plan_of["layerwise"], plan_of["probe"]
    clips = [planned.clip for planned in dataset.clips]
    half = sentence_halves([clip.transcript for clip in clips], [clip.group for clip in clips])
    asked = {"strengths": list(probe.c), "folds": spec.folds}
    units = []
    for name in layerwise.attributes:
        attribute = cast(Attribute, dataset.card.attribute(name))
        for part, layers in parts_of(backbone.card, weighted_sum=layerwise.weighted_sum).items():
            sentences = half if layerwise.statements and part != WEIGHTED_SUM else None
            key = unit_key(
                features=features,
                dataset=dataset,
                split=split,
                attribute=attribute.model_dump(mode="json"),
                part=part,
                layers=layers,
                asked={**asked, "half": None if sentences is None else sentences.tolist()},
            )
            units.append(Unit(key, spec.task, backbone.card.name, dataset.card.name, attribute, part, layers))
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
    layerwise = cast(LayerwiseOptions, options["layerwise"])
    corpora = {name: catalog.dataset(name) for name in spec.datasets}
    offers, controls = _named(spec, where, catalog)
    check_attributes([offer.what.card for offer in corpora.values()], layerwise.attributes)
    roots = {name: root_of(offer.what, where.data, home, env) for name, offer in corpora.items()}
    backbones = {
        name: plan_backbone(offer, where.weights.get(name), offline=where.offline, home=home, progress=progress)
        for name, offer in offers.items()
    }
    reading = cast(ReadingOptions, options["reading"])
    datasets = plan_datasets(
        corpora,
        roots,
        attributes=layerwise.attributes,
        backbones=[backbone.card for backbone in backbones.values()],
        reading=reading,
        limit=spec.limit,
        stamps=home / "scans",
        progress=progress,
    )
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


def _named(spec: RunSpec, where: Whereabouts, catalog: Catalog) -> tuple[dict[str, Offer[Backbone]], tuple[str, ...]]:
    """The backbones that are asked for and the controls beside them; a path for a name that plays no part is refused.

    Raises:
        UsageError: unknown names.
    """
    offers = {name: catalog.backbone(name) for name in spec.backbones}
    for flag, given, used in (("--data", where.data, spec.datasets), ("--weights", where.weights, spec.backbones)):
        for name in given:
            if name not in used:
                raise UsageError(
                    f"{flag} {name}=... is given, but '{name}' is not part of this run.",
                    found=f"in this run: {', '.join(used)}",
                    remedy="Correct the name, or leave the flag out.",
                )
    controls = tuple(name for name in CONTROLS if name not in offers and name in catalog.backbones)
    return {**offers, **{name: catalog.backbone(name) for name in controls}}, controls
