"""Which units does a pair have? Probes a layer, both ways at once; trainings a method, seed, fold and stage."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from emobench.domain.canonical import digest
from emobench.domain.cards import BackboneCard
from emobench.domain.pair import MethodPlan, PairPlan, Training
from emobench.domain.plan import Plan, Unit
from emobench.domain.stages import STAGES
from emobench.runs.keys import labels_of
from emobench.tasks.layerwise import summed_layers
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM

TASK = "cross_domain"


def pair_units(plan: Plan) -> tuple[Unit, ...]:
    """The units of all backbones and methods; what a unit needs comes before it."""
    units: list[Unit] = []
    for backbone, method in plan.the_pair.rehearsals:
        planned = plan.the_pair.methods[method]
        base = _about(plan, backbone)
        units += (
            _trainings(plan, backbone, planned, base)
            if planned.trains_backbone
            else _probes(plan, backbone, planned, base)
        )
    return tuple(units)


def layers_of(card: BackboneCard, method: str) -> dict[str, tuple[int, ...]]:
    """The parts of a method without training, and the layers each reads: one a layer, or one for their sum."""
    if method == WEIGHTED_SUM:
        return {WEIGHTED_SUM: summed_layers(card)}
    return {f"{FROZEN}:{index}": (index,) for index in range(len(card.layers))}


def _about(plan: Plan, backbone: str) -> dict[str, Any]:
    """What all units of a backbone depend on: features, labels, people, folds."""
    pair = plan.the_pair
    return {
        "attribute": pair.attribute.model_dump(mode="json"),
        "clips": [list(plan.features[backbone, name].clip_keys) for name in pair.datasets],
        "labels": [labels_of(plan.datasets[name], pair.attribute.name) for name in pair.datasets],
        "groups": [[planned.clip.group for planned in plan.datasets[name].clips] for name in pair.datasets],
        "splits": [plan.splits[name].digest for name in pair.datasets],
    }


def _unit(plan: Plan, backbone: str, part: str, base: dict[str, Any], more: dict[str, Any], **fields: Any) -> Unit:
    pair = plan.the_pair
    return Unit(digest({**base, "part": part, **more}), TASK, backbone, pair.datasets, pair.attribute, part, **fields)


def _probes(plan: Plan, backbone: str, method: MethodPlan, base: dict[str, Any]) -> Iterator[Unit]:
    """Heads on stored features: parts of the target's clips are drawn anew with every seed, all of them once."""
    pair, card = plan.the_pair, plan.backbones[backbone].card
    more = {
        "stages": [STAGES["probes"], STAGES["transfer"]],
        "strengths": list(plan.probe.c),
        "folds": plan.spec.folds,
    }
    draws = [(part, seed) for part in pair.train.fraction for seed in (pair.seeds if part < 1 else (None,))]
    for (fraction, seed), (part, layers) in product(draws, layers_of(card, method.name).items()):
        drawn = {**more, "layers": list(layers), "fraction": fraction, "seed": seed}
        yield _unit(plan, backbone, part, base, drawn, layers=layers, fraction=fraction, seed=seed)


def _trainings(plan: Plan, backbone: str, method: MethodPlan, base: dict[str, Any]) -> Iterator[Unit]:
    pair = plan.the_pair
    folds = plan.spec.folds or range(plan.splits[pair.datasets[0]].count)
    settings = {
        "stage": STAGES["training"],
        "layers": len(plan.backbones[backbone].card.layers),
        "cards": [[card.name, card.version] for card in method.cards],
        "plugins": dict(method.plugins),
        "options": {name: options.model_dump(mode="json") for name, options in method.options.items()},
        "train": method.train.model_dump(mode="json", exclude={"fraction", "save_adapters"}),
    }
    for seed, fold in product(pair.seeds, folds):
        known: dict[Training, str] = {}
        for training, needed in _of_one_fold(pair, method.name, fold, seed):
            needs = None if needed is None else known[needed]
            about = {"stage": training.stage, "first": training.first, "target": training.target, "fold": fold}
            about |= {"seed": seed, "fraction": training.fraction, "needs": needs}
            unit = _unit(
                plan, backbone, f"{method.name}, fold {fold}, seed {seed}: {_spoken(training)}", base,
                {**settings, **about}, fraction=training.fraction, seed=seed, training=training, needs=needs,
            )  # fmt: skip
            known[training] = unit.key
            yield unit


def _of_one_fold(pair: PairPlan, method: str, fold: int, seed: int) -> Iterator[tuple[Training, Training | None]]:
    """The trainings of one fold and seed, each after the one that it goes on from."""
    whole = {name: Training(method, "alone", name, name, fold, seed, 1.0) for name in pair.datasets}
    yield from ((alone, None) for alone in whole.values())
    ways = (pair.datasets, pair.datasets[::-1])
    for fraction in sorted(pair.train.fraction, reverse=True):
        for source, target in ways:
            alone = replace(whole[target], fraction=fraction)
            if fraction < 1:
                yield alone, None
            yield replace(alone, stage="again"), alone
            yield replace(alone, stage="two_stage", first=source), whole[source]
    for source, target in ways:
        if "joint" in pair.options.also:
            yield replace(whole[target], stage="joint", first=source), None
        if "shuffled" in pair.options.also:
            shuffled = replace(whole[source], stage="shuffled")
            yield shuffled, whole[source]
            yield replace(whole[target], stage="after_shuffled", first=source), shuffled


def _spoken(training: Training) -> str:
    part = "" if training.fraction == 1 else f" ({training.fraction:g} of its clips)"
    return {
        "alone": f"{training.target}{part}",
        "again": f"{training.target}{part}, second course",
        "two_stage": f"{training.target}{part} after {training.first}",
        "joint": f"{training.first} and {training.target}",
        "shuffled": f"{training.target} with shuffled labels",
        "after_shuffled": f"{training.target} after {training.first} with shuffled labels",
    }[training.stage]
