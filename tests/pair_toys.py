"""What could have been predicted for a pair? Predictions drawn at random, with everything that a pair may have."""

from dataclasses import dataclass

import numpy as np

from emobench.domain.cards import Attribute
from emobench.tasks.pair_predictions import Course, PairPredictions, Side
from emobench.tasks.pair_table import in_order

EMOTION = Attribute(name="emotion", classes=("calm", "angry", "happy"))
AROUSAL = Attribute(name="arousal", low=-1, high=1)
TALK, SONG = DATASETS = ("talk", "song")
CONVEX = ("frozen", "weighted_sum")
FOUR = ("direct", "direct_aligned", "target_only", "two_stage")


@dataclass(frozen=True)
class Toy:
    """What a toy pair has.

    ``shared`` people of both sides bear one name, ``missing`` ones are in the first side only, ``right`` is how often a
    hit is drawn.
    """

    attribute: Attribute = EMOTION
    people: int = 10
    shared: bool = True
    missing: tuple = ()
    clips: int = 6
    folds: int = 4
    tested: tuple = (0, 1, 2, 3)
    layers: tuple = ("0", "1")
    strengths: tuple = (0.01, 0.1, 1.0)
    methods: tuple = (("frozen", 30), ("weighted_sum", 33), ("lora", 500))
    seeds: tuple = (0, 1)
    fractions: tuple = (1.0,)
    also: tuple = ()
    right: tuple = (("direct", 0.4), ("target_only", 0.5), ("two_stage", 0.8))


PAIRS = {
    "categories": Toy(also=("shuffled", "joint")),
    "dimension": Toy(attribute=AROUSAL),
    "one fold": Toy(tested=(2,), shared=False),
    "trained only": Toy(methods=(("lora", 9), ("dora", 8), ("bitfit", 3))),
    "fewer labels": Toy(fractions=(0.25, 0.5, 1.0), methods=(("lora", 9), ("frozen", 3)), people=12),
}


def fold_of(toy):
    """Dataset -> group -> fold."""
    return {
        name: {_person(toy, side, person): person % toy.folds for person in range(toy.people)}
        for side, name in enumerate(DATASETS)
    }


def _person(toy, side, person):
    return f"p{person:02}" if toy.shared else f"{DATASETS[side]}-{person:02}"


def predictions(toy=None, seed=0):
    """A `PairPredictions` of a toy pair, equal for equal seeds."""
    toy, generator = toy or Toy(), np.random.default_rng(seed)
    sides = tuple(_side(toy, side, generator) for side in (0, 1))
    layers = {"frozen": toy.layers}
    courses = []
    for method, _ in toy.methods:
        for layer in layers.get(method, (None,)):
            for condition in (*FOUR, *toy.also):
                for target in (1, 0):
                    courses += _courses(toy, sides, method, layer, condition, target, generator)
    convex = any(name in CONVEX for name, _ in toy.methods)
    return PairPredictions(
        attribute=toy.attribute,
        sides=sides,
        folds=toy.folds,
        strengths=toy.strengths if convex else (),
        methods=dict(toy.methods),
        courses=in_order(courses, [name for name, _ in toy.methods], DATASETS, toy.layers),
    )


def _side(toy, side, generator):
    here = [person for person in range(toy.people) if not (side and person in toy.missing)]
    people = [person for person in here for _ in range(toy.clips + side)]
    clips = tuple(f"{'x' if toy.shared else DATASETS[side]}-{index:04}" for index in range(len(people)))
    if toy.attribute.classes:
        truth = generator.permutation(np.arange(len(people)) % len(toy.attribute.classes))
    else:
        truth = generator.uniform(-1, 1, len(people)).astype(np.float32)
    fold = np.array([person % toy.folds for person in people])
    return Side(DATASETS[side], clips, tuple(_person(toy, side, person) for person in people), fold, truth)


def _courses(toy, sides, method, layer, condition, target, generator):
    """A course for every fraction and seed."""
    alone = condition.startswith("direct")
    found = []
    for fraction in (1.0,) if alone else toy.fractions:
        drawn = toy.seeds if method not in CONVEX or fraction < 1 else (None,)
        for seed in drawn:
            right = dict(toy.right).get(condition, 0.5) * (0.6 + 0.4 * fraction)
            rows = len(toy.strengths) if method in CONVEX else 1
            test, development, strength = _said(toy, sides[target], 0 if alone else rows, right, fraction, generator)
            source = None if condition == "target_only" else DATASETS[1 - target]
            strength = strength if method in CONVEX else np.minimum(strength, 0)
            key = (method, layer, condition, source, DATASETS[target], seed, fraction)
            found.append(Course(*key, test, development, strength))
    return found


def _said(toy, side, rows, right, fraction, generator):
    """Test and development predictions and strengths, absent where folds were not run."""
    absent = -1 if toy.attribute.classes else np.nan
    test, development = _drawn(toy, side, 1, right, generator)[0], _drawn(toy, side, rows, right, generator)
    test[~np.isin(side.fold, toy.tested)] = absent
    chooses = np.isin((side.fold - 1) % toy.folds, toy.tested)
    kept = generator.random(len(chooses)) < fraction
    kept[[np.flatnonzero(side.fold == fold)[0] for fold in np.unique(side.fold)]] = True
    development[:, ~(chooses & kept)] = absent
    strength = np.full(toy.folds, -1)
    strength[list(toy.tested)] = generator.integers(0, len(toy.strengths), len(toy.tested))
    return test, development, strength


def _drawn(toy, side, rows, right, generator):
    shape = (rows, len(side.clips))
    if toy.attribute.classes:
        other = generator.integers(0, len(toy.attribute.classes), shape)
        return np.where(generator.random(shape) < right, side.truth, other)
    return (right * side.truth + (1 - right) * generator.normal(0, 0.5, shape)).astype(np.float32)
