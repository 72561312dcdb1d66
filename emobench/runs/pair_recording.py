"""What does a record of `cross_domain` hold? One for every backbone, both directions of its pair and all methods."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from emobench.domain.canonical import digest
from emobench.domain.plan import Plan, Unit
from emobench.domain.record import Record
from emobench.runs.adapters_beside import put_beside
from emobench.runs.pair_results import pair_predictions, pair_spent
from emobench.runs.record_parts import (
    Draft,
    Findings,
    asked_options,
    backbone_used,
    pair_circumstances,
    pair_dataset_used,
    pair_used,
    protocol_used,
)
from emobench.runs.unit_store import UnitStore
from emobench.tasks.cross_domain_scores import score
from emobench.tasks.pair_table import to_table
from emobench.views.gain_plot import gain_plot
from emobench.views.label_curve import label_curve

ASSUMED: Mapping[str, Any] = {
    "source": "in the style of Sun et al. 2024 (arXiv 2409.17899), whose method section could not be read",
    "music": "singing is music",
    "pooling": "mean over valid frames",
    "head": "one Linear on the last layer, or on a softmax-weighted sum of layers",
    "standardisation": "statistics of the training clips of stage 1, kept in stage 2; convex heads take the target's",
    "loss": "cross-entropy weighted by class (categories), 1 - CCC (dimensions)",
    "optimiser": "AdamW, linear warm-up, half a cosine, gradients clipped",
    "stopping": "the best epoch of the next fold's people, of the source in stage 1, of the target in stage 2",
    "target_only": "two courses in the target, as long as both stages together; the second counts where it is better",
    "two_stage": "adapters and head go on, optimiser and schedule begin anew",
    "direct_aligned": "the head standardises by the target's training clips, without their labels",
    "frozen, weighted_sum": "convex heads on stored features; strength and layer by the next fold's people; stage 2 is "
    "pulled towards stage 1 by L2",
    "chosen": "each condition takes the method that development people like best, per fold",
    "fraction": "of training and development clips of the target, by class, nested, drawn with the seed",
    "interval": "bootstrap over people, 2000 resamples, 95 % percentiles; seeds are averaged first",
    "gain": "two_stage - target_only, sign-flip test over people, Holm over methods x directions",
}


def asked_of(plan: Plan, backbone: str) -> dict[str, Any]:
    """The part of the spec that one record answers, with its defaults."""
    pair = plan.the_pair
    methods = {name: options for method in pair.methods.values() for name, options in method.options.items()}
    with_fields = {name: options for name, options in methods.items() if type(options).model_fields}
    options = asked_options(plan, pair.datasets, {"cross_domain": pair.options, "train": pair.train, **with_fields})
    del options["train"]["save_adapters"]  # changes no number
    return {
        "task": plan.spec.task,
        "backbone": backbone,
        "datasets": list(pair.datasets),
        "attribute": pair.attribute.name,
        "peft": list(pair.methods),
        "seeds": len(pair.seeds),
        "preset": pair.preset,
        "folds": plan.spec.folds,
        "limit": plan.spec.limit,
        "precision": plan.spec.precision,
        "options": options,
    }


def used_of(plan: Plan, backbone: str) -> dict[str, Any]:
    """What was used: cards, weights, datasets and their audio, labels, methods, split, protocol, assumptions."""
    pair = plan.the_pair
    splits = [plan.splits[name] for name in pair.datasets]
    return {
        "backbone": backbone_used(plan, backbone),
        "datasets": {name: pair_dataset_used(plan, name, pair.attribute.name) for name in pair.datasets},
        "pair": {**pair_used(pair), "people": pair.options.people},
        "attribute": pair.attribute.model_dump(mode="json"),
        "methods": {name: _method_used(plan, backbone, name) for name in methods_of(plan, backbone)},
        "left_out": dict(pair.left_out.get(backbone, {})),
        "split": {
            "digest": digest([split.digest for split in splits]),
            "folds": splits[0].count,
            "group_disjoint": True,
        },
        "protocol": protocol_used(plan),
        "assumed": dict(ASSUMED),
    }


def methods_of(plan: Plan, backbone: str) -> list[str]:
    """The methods that are run with a backbone, in the order asked."""
    pair = plan.the_pair
    return [name for name in pair.methods if (backbone, name) in pair.rehearsals]


def _method_used(plan: Plan, backbone: str, name: str) -> dict[str, Any]:
    pair = plan.the_pair
    method = pair.methods[name]
    used: dict[str, Any] = {
        "title": "; ".join(card.title for card in method.cards),
        "trainable": pair.rehearsals[backbone, name].trainable,
        "options": {part: options.model_dump(mode="json") for part, options in method.options.items()},
        "versions": {card.name: card.version for card in method.cards},
    }
    if method.plugins:
        used["plugins"] = dict(method.plugins)
    if method.trains_backbone:
        used["learning_rate"] = method.train.learning_rate
    return used


def pair_drafts(plan: Plan, home: Path) -> Iterator[Draft]:
    """The records of a plan, as far as their units are done."""
    store, pair = UnitStore(home / "units"), plan.the_pair
    for backbone in plan.backbones:
        units = [unit for unit in plan.units if unit.backbone == backbone]
        if not units or not all(store.done(unit) for unit in units):
            continue
        asked, used = asked_of(plan, backbone), used_of(plan, backbone)
        find = partial(_findings, plan, units, store, pair_circumstances(asked, used))
        beside = partial(put_beside, plan, units, store)
        yield Draft(backbone, pair.datasets, asked, used, find, _pictures, beside)


def _findings(plan: Plan, units: Sequence[Unit], store: UnitStore, notes: Sequence[str]) -> Findings:
    predictions, more = pair_predictions(plan, units, store)
    found = score(predictions, [*notes, *more])
    trainable = dict(predictions.methods)
    return Findings(found, to_table(predictions), pair_spent(units, store), trainable)


def _pictures(record: Record, _others: Sequence[Record]) -> dict[str, bytes]:
    curve = label_curve(record)
    return {".svg": gain_plot(record)} | ({} if curve is None else {".fractions.svg": curve})
