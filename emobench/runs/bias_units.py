"""Which units does the task `fad_bias` have? One a backbone and layer, and as many on frames."""

from typing import Any

from emobench.domain.canonical import digest
from emobench.domain.plan import Plan, Unit
from emobench.domain.stages import STAGES
from emobench.runs.extraction_stage import Kind
from emobench.runs.keys import labels_of, person
from emobench.tasks.emotion_distances import CLIPS, FRAMES

TASK = "fad_bias"


def bias_units(plan: Plan) -> tuple[Unit, ...]:
    """The units of all backbones."""
    views = [CLIPS, FRAMES] if plan.frames else [CLIPS]
    return tuple(
        _unit(plan, backbone, view, layer)
        for backbone, planned in plan.backbones.items()
        for view in views
        for layer in range(len(planned.card.layers))
    )


def view_of(unit: Unit) -> str:
    """What a unit hears: ``clips`` or ``frames``."""
    return unit.part.partition(":")[0]


def kind_of(unit: Unit) -> Kind:
    """What a unit of any task reads of every clip: stored frames, or means over time."""
    return "frames" if unit.task == TASK and view_of(unit) == FRAMES else "features"


def people_of(plan: Plan, dataset: str) -> list[str]:
    """The person of every clip, as both datasets know them."""
    return [person(plan, dataset, planned.clip.group) for planned in plan.datasets[dataset].clips]


def _unit(plan: Plan, backbone: str, view: str, layer: int) -> Unit:
    bias = plan.the_bias
    features = plan.frames if view == FRAMES else plan.features
    asked: dict[str, Any] = {
        "stage": STAGES["distances"],
        "emotions": list(bias.attribute.classes),
        "clips": [list(features[backbone, name].clip_keys) for name in bias.datasets],
        "labels": [labels_of(plan.datasets[name], bias.attribute.name) for name in bias.datasets],
        "people": [people_of(plan, name) for name in bias.datasets],
        "view": view,
        "layer": layer,
    }
    return Unit(digest(asked), TASK, backbone, bias.datasets, bias.attribute, f"{view}:{layer}", layers=(layer,))
