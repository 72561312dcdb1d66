"""What did the units of a pair find, and what did they spend? Their files as predictions and as sums."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from emobench.domain.errors import EmobenchError
from emobench.domain.pair import Training
from emobench.domain.plan import Plan, Unit
from emobench.runs.keys import fold_array, labels_of, person
from emobench.runs.pair_plan_tables import method_of
from emobench.runs.unit_store import UnitResult, UnitStore
from emobench.tasks.pair_predictions import (
    ALIGNED,
    DIRECT,
    JOINT,
    SHUFFLED,
    TARGET_ONLY,
    TWO_STAGE,
    Course,
    PairPredictions,
    Side,
)  # fmt: skip
from emobench.tasks.pair_table import in_order
from emobench.tasks.ruler import ruler_for, truths

Array = np.ndarray[Any, Any]
Place = tuple[str, str, str | None, str, int, float]  # method, condition, source, target, seed, fraction
SUMMED, PEAK = ("wall_seconds", "cpu_seconds", "epochs"), "peak_memory_bytes"
STAGE_CONDITIONS = {"again": TARGET_ONLY, "two_stage": TWO_STAGE, "joint": JOINT, "after_shuffled": SHUFFLED}


def pair_predictions(plan: Plan, units: Sequence[Unit], store: UnitStore) -> tuple[PairPredictions, list[str]]:
    """The predictions of the units of one record, and notes about what happened in them.

    Raises:
        EmobenchError: the result of a unit has vanished.
    """
    pair, backbone = plan.the_pair, units[0].backbone
    results = {unit.key: _read(store, unit) for unit in units}
    courses = [course for unit in units if unit.training is None for course in _probed(plan, unit, results[unit.key])]
    courses += _trained(plan, units, results)
    methods = {name: found.trainable for (own, name), found in pair.rehearsals.items() if own == backbone}
    first, second = (side_of(plan, name) for name in pair.datasets)
    folds = plan.splits[pair.datasets[0]].count
    layers = [layer.name for layer in plan.backbones[backbone].card.layers]
    convex = any(unit.training is None for unit in units)
    predictions = PairPredictions(
        attribute=pair.attribute,
        sides=(first, second),
        folds=folds,
        strengths=plan.probe.c if convex else (),
        methods=methods,
        courses=in_order(courses, list(methods), pair.datasets, layers),
    )
    return predictions, _notes(units, results)


def side_of(plan: Plan, dataset: str) -> Side:
    """A dataset of the pair, as predictions know it."""
    data, attribute = plan.datasets[dataset], plan.the_pair.attribute
    return Side(
        dataset=dataset,
        clips=tuple(planned.clip.id for planned in data.clips),
        groups=tuple(person(plan, dataset, planned.clip.group) for planned in data.clips),
        fold=fold_array(data, plan.splits[dataset]),
        truth=np.asarray(truths(attribute, labels_of(data, attribute.name))),
    )


def pair_spent(units: Sequence[Unit], store: UnitStore) -> dict[str, Any]:
    """What probes and trainings cost: seconds; for every method its trainings, epochs, and the most memory of one."""
    probes = {"wall_seconds": 0.0, "cpu_seconds": 0.0, "not_converged": 0.0}
    training: dict[str, dict[str, float]] = {}
    for unit in units:
        spent = _read(store, unit).spent
        if unit.training is None:
            probes = {name: value + spent[name] for name, value in probes.items()}
            continue
        mine = training.setdefault(unit.training.method, dict.fromkeys((*SUMMED, "trainings", PEAK), 0.0))
        mine["trainings"] += 1
        mine[PEAK] = max(mine[PEAK], spent[PEAK])
        for name in SUMMED:
            mine[name] += spent[name]
    return {"probes": probes, "training": training}


def _read(store: UnitStore, unit: Unit) -> UnitResult:
    result = store.read(unit)
    if result is None:
        raise EmobenchError("the result of a unit has vanished.", found=unit.part, remedy="Run the same command again.")
    return result


def _probed(plan: Plan, unit: Unit, result: UnitResult) -> Iterator[Course]:
    """The courses of one layer, or of the weighted sum: all conditions, both targets."""
    pair = plan.the_pair
    layers = plan.backbones[unit.backbone].card.layers
    single = len(unit.layers) == 1 and unit.part.startswith("frozen")
    starts = {name.rpartition(".")[0] for name in result.arrays}
    for start in sorted(starts):
        condition, _, place = start.partition(".")
        target, source = pair.datasets[int(place)], pair.datasets[1 - int(place)]
        yield Course(
            method=method_of(unit),
            layer=layers[unit.layers[0]].name if single else None,
            condition=condition,
            source=None if condition == TARGET_ONLY else source,
            target=target,
            seed=unit.seed,
            fraction=unit.fraction,
            test=result.arrays[f"{start}.test"],
            development=result.arrays[f"{start}.development"],
            strength=result.arrays[f"{start}.strength"],
        )


def _trained(plan: Plan, units: Sequence[Unit], results: Mapping[str, UnitResult]) -> list[Course]:
    """The courses of trained methods: one a condition and seed, put together from the trainings of its folds."""
    told: dict[Place, list[tuple[int, Array, Array | None]]] = defaultdict(list)
    for unit in units:
        training = unit.training
        if training is None:
            continue
        arrays = results[unit.key].arrays
        for place, test, development in _conditions(plan, training, arrays):
            told[place].append((training.fold, test, development))
    return [_course(plan, place, folds) for place, folds in told.items()]


def _conditions(
    plan: Plan, training: Training, arrays: Mapping[str, Array]
) -> Iterator[tuple[Place, Array, Array | None]]:
    """What a training says: about its own target, and of a first stage about the other dataset."""
    about = (training.seed, training.fraction)
    if training.stage in STAGE_CONDITIONS:
        condition = STAGE_CONDITIONS[training.stage]
        source = None if condition == TARGET_ONLY else training.first
        place = (training.method, condition, source, training.target, *about)
        yield place, arrays["test"], arrays["development"]
    if "direct" in arrays:
        first, second = plan.the_pair.datasets
        other = second if training.target == first else first
        for condition in (DIRECT, ALIGNED):
            yield (training.method, condition, training.target, other, *about), arrays[condition], None


def _course(plan: Plan, place: Place, folds: Sequence[tuple[int, Array, Array | None]]) -> Course:
    method, condition, source, target, seed, fraction = place
    ruler, first = ruler_for(plan.the_pair.attribute), folds[0][1]
    test = np.full_like(first, ruler.absent)
    chosen_on = folds[0][2] is not None
    development = np.full((1 if chosen_on else 0, len(first)), ruler.absent, dtype=first.dtype)
    strength = np.full(plan.splits[target].count, -1, dtype=np.int64)
    for fold, tested, developed in folds:
        inside = ruler.present(tested)
        test[inside] = tested[inside]
        strength[fold] = 0
        if developed is not None:
            known = ruler.present(developed[0])
            development[0, known] = developed[0, known]
    return Course(method, None, condition, source, target, seed, fraction, test, development, strength)


def _notes(units: Sequence[Unit], results: Mapping[str, UnitResult]) -> list[str]:
    """What a reader has to know: weights that got no gradient."""
    dead: dict[str, int] = {}
    for unit in units:
        if unit.training is not None:
            count = int(results[unit.key].arrays["dead"].item())
            dead[unit.training.method] = max(dead.get(unit.training.method, 0), count)
    return [f"{method}: up to {count} trainable weights got no gradient" for method, count in dead.items() if count]
