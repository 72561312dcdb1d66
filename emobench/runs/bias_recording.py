"""What does a record of `fad_bias` hold? One for every backbone, all layers of its pair, both geometries."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from emobench.domain.errors import EmobenchError
from emobench.domain.plan import Plan, Unit
from emobench.domain.record import Record
from emobench.metrics.correspondence import EXACT
from emobench.runs.bias_stage import scene_for
from emobench.runs.bias_units import view_of
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
from emobench.tasks.bias_layer import PERMUTATIONS
from emobench.tasks.bias_scene import MOST_BLOCKS
from emobench.tasks.bias_table import to_table
from emobench.tasks.emotion_distances import CLIPS, FRAMES, EmotionDistances
from emobench.tasks.fad_bias_scores import score
from emobench.tasks.half_splits import SPLITS
from emobench.views.bias_curve import bias_curve
from emobench.views.heat_map import heat_map

ASSUMED: Mapping[str, Any] = {
    "source": "part 3 of Sun et al. 2024 (arXiv 2409.17899), whose method section could not be read; FAD after fadtk",
    "pooling": "mean over valid frames",
    "raw": "features as they are",
    "aligned": "each dataset standardised by its own mean and scale, every emotion counting the same",
    "fad": "squared Frechet distance of all clips, covariances with n - 1, biased upwards by small samples",
    "fad_excess": f"signal - floor over {SPLITS} half-splits of the people, with as many clips for every emotion; 0 in "
    "the mean where datasets do not differ, too small where they do",
    "mmd": "squared MMD over pairs of different people, each person counting the same; Gaussian kernel, its width the "
    "median distance between clips of the layer; aligned: less the bias of alignment as the jackknife tells it",
    "relative_mmd": "mmd over its mean between different emotions",
    "emotion_bias": "standard deviation of relative_mmd over emotions, its noise taken away",
    "interval": f"jackknife over people (beyond {MOST_BLOCKS} in as many blocks), t quantiles, the alignment estimated "
    "anew; of retrieval a bootstrap over people",
    "null": f"{PERMUTATIONS} permutations of labels inside each person and dataset, features as the true labels align "
    "them: labels mean nothing",
    "correspondence": f"exact over all permutations of up to {EXACT} emotions, beyond by drawn ones",
    "layers": "rows without a layer rest on the mean over layers of distances, relative to the mean between emotions",
}


def asked_of(plan: Plan, backbone: str) -> dict[str, Any]:
    """The part of the spec that one record answers, with its defaults."""
    bias = plan.the_bias
    return {
        "task": plan.spec.task,
        "backbone": backbone,
        "datasets": list(bias.datasets),
        "attribute": bias.attribute.name,
        "folds": None,
        "limit": plan.spec.limit,
        "precision": plan.spec.precision,
        "options": asked_options(plan, bias.datasets, {"fad_bias": bias.options}),
    }


def used_of(plan: Plan, backbone: str) -> dict[str, Any]:
    """What was used: cards, weights, datasets and their audio, labels, protocol, assumptions."""
    bias = plan.the_bias
    return {
        "backbone": backbone_used(plan, backbone),
        "datasets": {name: pair_dataset_used(plan, name, bias.attribute.name) for name in bias.datasets},
        "pair": {**pair_used(bias), "people": bias.options.people, "too_few": dict(bias.too_few)},
        "attribute": bias.attribute.model_dump(mode="json"),
        "protocol": protocol_used(plan),
        "assumed": dict(ASSUMED),
    }


def bias_drafts(plan: Plan, home: Path) -> Iterator[Draft]:
    """The records of a plan, as far as their units are done."""
    store, bias = UnitStore(home / "units"), plan.the_bias
    for backbone in plan.backbones:
        units = [unit for unit in plan.units if unit.backbone == backbone]
        if not all(store.done(unit) for unit in units):
            continue
        asked, used = asked_of(plan, backbone), used_of(plan, backbone)
        find = partial(_findings, plan, units, store, pair_circumstances(asked, used))
        yield Draft(backbone, bias.datasets, asked, used, find, _pictures)


def _findings(plan: Plan, units: Sequence[Unit], store: UnitStore, notes: Sequence[str]) -> Findings:
    distances, spent = _measured(plan, units, store)
    return Findings(score(distances, notes), to_table(distances), {"distances": spent}, trainable=0)


def _measured(plan: Plan, units: Sequence[Unit], store: UnitStore) -> tuple[EmotionDistances, dict[str, float]]:
    """What the units of one record found, and what they cost."""
    bias, card = plan.the_bias, plan.backbones[units[0].backbone].card
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    spent = {"wall_seconds": 0.0, "cpu_seconds": 0.0}
    for unit in units:
        result = store.read(unit)
        if result is None:
            raise EmobenchError(
                "the result of a unit has vanished.", found=unit.part, remedy="Run the same command again."
            )
        found.setdefault(view_of(unit), {})[card.layers[unit.layers[0]].name] = result.arrays
        spent = {name: value + result.spent[name] for name, value in spent.items()}
    scene, people, blocks = scene_for(plan)
    clips_of = np.zeros((2, len(people), scene.emotions), dtype=np.int64)
    np.add.at(clips_of, (scene.domain, scene.person, scene.emotion), 1)
    distances = EmotionDistances(
        datasets=bias.datasets, attribute=bias.attribute,
        layers=tuple(layer.name for layer in card.layers), widths=tuple(layer.width for layer in card.layers),
        people=people, blocks=blocks, block_of=scene.block_of, stratum=scene.stratum, clips_of=clips_of,
        arrays=found[CLIPS], frames=found.get(FRAMES, {}),
    )  # fmt: skip
    return distances, spent


def _pictures(record: Record, controls: Sequence[Record]) -> dict[str, bytes]:
    return {".svg": heat_map(record), ".layers.svg": bias_curve(record, controls)}
