"""What exactly is each unit of a plan asked, as arrays?"""

from emobench.domain.plan import Plan, Unit
from emobench.runs.keys import fold_array, labels_of
from emobench.tasks.layerwise import Question, check_question, sentence_halves
from emobench.tasks.predictions import WEIGHTED_SUM
from emobench.tasks.ruler import truths


def layer_name(plan: Plan, unit: Unit) -> str | None:
    """The card's name of the unit's layer; None for the weighted sum."""
    if unit.part == WEIGHTED_SUM:
        return None
    return plan.backbones[unit.backbone].card.layers[unit.layers[0]].name


def question_of(plan: Plan, unit: Unit) -> Question:
    """What a unit is asked; arrays in the order of the dataset plan."""
    dataset, split = plan.datasets[unit.dataset], plan.splits[unit.dataset]
    clips = [planned.clip for planned in dataset.clips]
    half = sentence_halves([clip.transcript for clip in clips], [clip.group for clip in clips])
    return Question(
        attribute=unit.attribute,
        truth=truths(unit.attribute, labels_of(dataset, unit.attribute.name)),
        fold=fold_array(dataset, split),
        folds=split.count,
        test_folds=tuple(range(split.count)) if plan.spec.folds is None else plan.spec.folds,
        strengths=plan.probe.c,
        half=half if plan.layerwise.statements and unit.part != WEIGHTED_SUM else None,
    )


def check_questions(plan: Plan) -> None:
    """Refuse what no probe could learn, before any audio is heard.

    Raises:
        DataError: a class missing from a training part.
    """
    checked: set[tuple[str, str]] = set()
    for unit in plan.units:
        if (unit.dataset, unit.attribute.name) not in checked:
            checked.add((unit.dataset, unit.attribute.name))
            check_question(question_of(plan, unit))
