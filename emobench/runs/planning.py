"""What exactly will be done for a spec? Names found, audio scanned, folds, shards, units and keys fixed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch

from emobench.audio.batching import batches_by_length
from emobench.audio.decode import length_at
from emobench.audio.pieces import samples_heard
from emobench.catalog.catalog import Catalog, Offer
from emobench.catalog.contracts import Backbone
from emobench.catalog.families import HUB, RANDOM
from emobench.catalog.scopes import scopes_of
from emobench.corpora.corpus import check_attributes, plan_datasets, root_of
from emobench.corpora.own_data import Places, own_corpora
from emobench.domain.bias import FRAMES, FadBiasOptions
from emobench.domain.canonical import digest
from emobench.domain.cards import BackboneCard, DatasetCard
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.options import (
    ExtractionOptions,
    LayerwiseOptions,
    ProbeOptions,
    ReadingOptions,
    resolve,
    scopes_of_task,
)
from emobench.domain.own_names import is_own
from emobench.domain.plan import BackbonePlan, DatasetPlan, FeaturePlan, Plan, ShardPlan, Split, Unit
from emobench.domain.presets import parts_of_names
from emobench.domain.progress import Progress
from emobench.domain.spec import RunSpec, Whereabouts
from emobench.domain.table import TableOptions
from emobench.learning.pair_splits import pair_splits
from emobench.learning.splits import make_split
from emobench.runs.backbone_plans import plan_backbone
from emobench.runs.bias_planning import bias_plan, check_categories
from emobench.runs.bias_units import bias_units
from emobench.runs.keys import clip_key, feature_set_key
from emobench.runs.layerwise_units import layerwise_units
from emobench.runs.matching import Matching
from emobench.runs.pair_planning import PairInTheMaking, complete

CONTROLS = ("level-duration",)
PAIRED = ("cross_domain", "fad_bias")
# What is stored together, and lost together when a process is killed: so many clips, and so much audio, at the most.
SHARD_CLIPS = 256
SHARD_SECONDS = 240.0
# What goes through a model at once, where --batch-seconds does not say. A processor is busy with one clip a thread; an
# accelerator wants many.
CPU_BATCH_SECONDS = 8.0
GPU_BATCH_SECONDS = 240.0


def _shards(
    dataset: DatasetPlan, card: BackboneCard, clip_keys: Sequence[str], most_samples: int
) -> tuple[ShardPlan, ...]:
    """Clips sorted by length, cut into shards whatever the sample budget is, each cut into batches by it."""
    samples = [length_at(planned, card.sample_rate) for planned in dataset.clips]
    ratio = {"longest_to_shortest": 1.0} if card.batches == "equal_length" else {}
    shards = []
    for positions in _together(samples, int(SHARD_SECONDS * card.sample_rate)):
        heard = [samples_heard(samples[position], card) for position in positions]
        (shard,) = batches_by_length(heard, most_samples, SHARD_CLIPS, **ratio)
        inside = tuple(positions[index] for index in shard.clips)
        shards.append(ShardPlan(digest([clip_keys[position] for position in inside]), inside, shard.batches))
    return tuple(shards)


def _together(samples: Sequence[int], most_samples: int) -> list[list[int]]:
    """Positions of the clips of each shard: the shortest first, equally long ones by position."""
    shards: list[list[int]] = []
    held = 0
    for position in sorted(range(len(samples)), key=lambda position: (samples[position], position)):
        if not shards or len(shards[-1]) == SHARD_CLIPS or held + samples[position] > most_samples:
            shards.append([])
            held = 0
        shards[-1].append(position)
        held += samples[position]
    return shards


def plan_features(
    backbone: BackbonePlan,
    dataset: DatasetPlan,
    reading: ReadingOptions,
    precision: str,
    batch_seconds: float,
    frames: int = 0,
) -> FeaturePlan:
    """Keys and shards of one backbone on one dataset; ``frames`` of every clip instead of their mean, if any."""
    key, card = feature_set_key(backbone, reading, precision, frames), backbone.card
    most_samples = int(batch_seconds * card.sample_rate)
    clip_keys = tuple(clip_key(key, planned) for planned in dataset.clips)
    shards = _shards(dataset, card, clip_keys, most_samples)
    return FeaturePlan(key, card.name, dataset.card.name, clip_keys, shards, most_samples, frames)


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
    """Decide everything and compute nothing but what tells whether a method fits.

    Raises:
        UsageError: unknown names, options or folds, methods that do not fit.
        DataError: missing or damaged data or weights, leaking splits.
    """
    scopes = scopes_of_task(spec.task, spec.options, scopes_of(catalog), parts_of_names(spec.peft), spec.datasets)
    options = resolve(spec.options, scopes)
    known = {name: catalog.dataset(name) for name in spec.datasets if not is_own(name)}
    offers, controls = _named(spec, where, catalog)
    table = cast(TableOptions, options.get("table", TableOptions()))
    own = own_corpora(spec.datasets, table, Places(where.data, home, env, where.offline), progress)
    corpora = {name: own[name].offer if name in own else known[name] for name in spec.datasets}
    if spec.task in PAIRED:  # a pair has no order: speech, or else the first name, stands first in its records
        corpora = dict(sorted(corpora.items(), key=lambda item: (item[1].what.card.domain != "speech", item[0])))
    cards = [offer.what.card for offer in corpora.values()]
    matching = _matching(spec, cards, catalog, options)
    layerwise = cast(LayerwiseOptions, options.get("layerwise", LayerwiseOptions()))
    attributes = layerwise.attributes if matching is None else (matching.maps.attribute.name,)
    check_attributes(cards, attributes)
    roots = {
        name: own[name].root if name in own else root_of(offer.what, where.data, home, env, offer.owner)
        for name, offer in corpora.items()
    }
    asked = cast(ExtractionOptions, options["extraction"])
    backbones = {
        name: plan_backbone(offer, catalog, where, asked, home=home, env=env, progress=progress)
        for name, offer in offers.items()
    }
    _check_layers(asked, backbones.values())
    reading = cast(ReadingOptions, options["reading"])
    datasets = plan_datasets(
        corpora,
        roots,
        attributes=attributes,
        backbones=[backbone.card for backbone in backbones.values()],
        reading=reading,
        limit=spec.limit,
        stamps=home / "scans",
        progress=progress,
        **({} if matching is None else {"prepare": matching.prepare}),
    )
    bias = None
    if matching is not None and spec.task == "fad_bias":
        datasets, bias = bias_plan(matching, datasets, options)
    splits = {} if bias is not None else _splits(datasets, paired=matching is not None)
    _check_folds(spec, splits)
    batch_seconds = where.batch_seconds or (CPU_BATCH_SECONDS if where.device == "cpu" else GPU_BATCH_SECONDS)

    def features(frames: int = 0) -> dict[tuple[str, str], FeaturePlan]:
        return {
            (name, dataset_name): plan_features(backbone, dataset, reading, spec.precision, batch_seconds, frames)
            for dataset_name, dataset in datasets.items()
            for name, backbone in backbones.items()
        }

    probe = cast(ProbeOptions, options.get("probe", ProbeOptions()))
    plan = Plan(
        spec, reading, asked, probe, backbones, datasets, splits, features(), units=(), controls=controls,
        layerwise=layerwise, table=table, bias=bias,
        pair=matching.pair(datasets) if isinstance(matching, PairInTheMaking) else None,
        frames=features(FRAMES) if bias is not None and bias.options.view == "frames" else {},
    )  # fmt: skip
    if plan.pair is not None:
        return complete(plan, catalog, torch.device(where.device), home, progress)
    return replace(plan, units=_layerwise(plan) if plan.bias is None else bias_units(plan))


def _matching(
    spec: RunSpec, cards: Sequence[DatasetCard], catalog: Catalog, options: Mapping[str, Frozen]
) -> Matching | None:
    """The pair on its way, of tasks that take one."""
    if spec.task == "cross_domain":
        return PairInTheMaking(spec, cards, catalog, options)
    if spec.task == "fad_bias":
        matching = Matching(spec.task, cards, cast(FadBiasOptions, options["fad_bias"]))
        check_categories(matching)
        return matching
    return None


def _splits(datasets: Mapping[str, DatasetPlan], *, paired: bool) -> dict[str, Split]:
    clips = {name: [planned.clip for planned in dataset.clips] for name, dataset in datasets.items()}
    if not paired:
        return {name: make_split(dataset.card, clips[name]) for name, dataset in datasets.items()}
    both = pair_splits([dataset.card for dataset in datasets.values()], list(clips.values()))
    return dict(zip(datasets, both, strict=True))


def _layerwise(plan: Plan) -> tuple[Unit, ...]:
    return tuple(
        unit
        for name, dataset in plan.datasets.items()
        for backbone in plan.backbones
        for unit in layerwise_units(plan, backbone, dataset, plan.splits[name], plan.features[backbone, name])
    )


def _check_layers(asked: ExtractionOptions, backbones: Iterable[BackbonePlan]) -> None:
    """Refuse a layer that no backbone has."""
    most = max(len(backbone.whole.layers) for backbone in backbones) - 1
    if asked.up_to_layer is not None and asked.up_to_layer > most:
        raise UsageError(
            f"extraction.up_to_layer={asked.up_to_layer} is more than any backbone of this run has.",
            remedy=f"Their layers end at {most}.",
        )


def _named(spec: RunSpec, where: Whereabouts, catalog: Catalog) -> tuple[dict[str, Offer[Backbone]], tuple[str, ...]]:
    """The backbones that are asked for and the controls beside them; a path for a name that plays no part is refused.

    Raises:
        UsageError: unknown names.
    """
    offers = {name: catalog.backbone(name) for name in spec.backbones}
    for flag, given, used in (("--data", where.data, spec.datasets), ("--weights", where.weights, spec.backbones)):
        for name in given:
            if name not in used and not (name.startswith(HUB) and f"{name}{RANDOM}" in used):
                raise UsageError(
                    f"{flag} {name}=... is given, but '{name}' is not part of this run.",
                    found=f"in this run: {', '.join(used)}",
                    remedy="Correct the name, or leave the flag out.",
                )
    controls = tuple(name for name in CONTROLS if name not in offers and name in catalog.backbones)
    return {**offers, **{name: catalog.backbone(name) for name in controls}}, controls
