"""Under which key does each result stand? Keys hold what can change values, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emobench.domain.canonical import digest
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan, DatasetPlan, FeaturePlan, Plan, PlannedClip, Split
from emobench.domain.stages import STAGES


def feature_set_key(backbone: BackbonePlan, reading: ReadingOptions, precision: str, frames: int = 0) -> str:
    """The key that all clips of one backbone, reading and precision share; prose of the card is not in it.

    ``frames``: how many of every clip are kept, at most; 0 for their mean, whose key says nothing of frames.
    """
    stages = ("reading", "extraction", "frames") if frames else ("reading", "extraction")
    return digest(
        {
            "stages": {name: STAGES[name] for name in stages},
            "backbone": {"name": backbone.card.name, "version": backbone.card.version, **_identity(backbone)},
            "numeric": backbone.card.numeric(),
            "reading": {"level": reading.level},
            "precision": precision,
            **({"frames": frames} if frames else {}),
        }
    )


def _identity(backbone: BackbonePlan) -> dict[str, Any]:
    """What tells two backbones of one name apart; whether weights match the card's digest changes no number."""
    weights = {"digest": backbone.identity["weights"].get("digest")}
    return {**backbone.identity, "weights": weights}


def clip_key(feature_set: str, planned: PlannedClip) -> str:
    """The feature key of one clip."""
    return digest([feature_set, planned.audio.digest, planned.first, planned.last])


def labels_of(dataset: DatasetPlan, attribute: str) -> list[Any]:
    """The labels of all clips, in the order of the plan."""
    return [planned.clip.labels[attribute] for planned in dataset.clips]


def unit_key(
    *,
    features: FeaturePlan,
    dataset: DatasetPlan,
    split: Split,
    attribute: Mapping[str, Any],
    part: str,
    layers: Sequence[int],
    asked: Mapping[str, Any],
) -> str:
    """The key of a unit: its features, labels, groups, folds, layers and options.

    ``asked`` holds what else was asked of the unit (strengths, test folds, whether sentences are looked at).
    """
    name = str(attribute["name"])
    groups = [planned.clip.group for planned in dataset.clips]
    return digest(
        {
            "stage": STAGES["probes"],
            "clips": list(features.clip_keys),
            "layers": list(layers),
            "labels": labels_of(dataset, name),
            "attribute": attribute,
            "groups": groups,
            "split": split.digest,
            "part": part,
            "asked": dict(asked),
        }
    )


def identity_of(dataset: DatasetPlan, attribute: str, split: Split | None) -> str:
    """Digest of what decides whether two records may be compared: clip ids, labels, groups, folds where there are."""
    return digest(
        [
            [clip.id, clip.labels[attribute], clip.group, *([] if split is None else [split.fold_of[clip.group]])]
            for clip in (planned.clip for planned in dataset.clips)
        ]
    )


def fold_array(dataset: DatasetPlan, split: Split) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The fold of every clip (clips,)."""
    return np.array([split.fold_of[planned.clip.group] for planned in dataset.clips], dtype=np.int64)


def person(plan: Plan, dataset: str, group: str) -> str:
    """What a person is called in a pair: people of different datasets are different, unless their cards share them."""
    shared = len({data.card.people for data in plan.datasets.values()}) == 1
    return group if shared else f"{dataset}: {group}"
