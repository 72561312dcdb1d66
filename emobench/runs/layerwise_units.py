"""Which units does the task `layerwise` have? One a backbone, dataset, attribute and layer, and the weighted sums."""

from typing import cast

from emobench.domain.cards import Attribute
from emobench.domain.plan import DatasetPlan, FeaturePlan, Plan, Split, Unit
from emobench.runs.keys import unit_key
from emobench.tasks.layerwise import parts_of, sentence_halves
from emobench.tasks.predictions import WEIGHTED_SUM


def layerwise_units(plan: Plan, name: str, dataset: DatasetPlan, split: Split, features: FeaturePlan) -> list[Unit]:
    """The units of the backbone called ``name`` on one dataset."""
    spec, layerwise, backbone = plan.spec, plan.layerwise, plan.backbones[name]
    clips = [planned.clip for planned in dataset.clips]
    half = sentence_halves([clip.transcript for clip in clips], [clip.group for clip in clips])
    asked = {"strengths": list(plan.probe.c), "folds": spec.folds}
    units = []
    for asked_for in layerwise.attributes:
        attribute = cast(Attribute, dataset.card.attribute(asked_for))
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
            units.append(Unit(key, spec.task, backbone.card.name, (dataset.card.name,), attribute, part, layers))
    return units
