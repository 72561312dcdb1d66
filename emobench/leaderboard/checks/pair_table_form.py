"""Does a table of `cross_domain` have every course that was asked, each whole and once?"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.errors import CheckError
from emobench.domain.record import Record
from emobench.leaderboard.checks.table_columns import (
    Codes,
    Column,
    among,
    apart,
    check_strengths,
    constant_per,
    different,
    each_once,
    finite,
    named,
    whole,
)
from emobench.tasks.pair_predictions import ALIGNED, CONDITIONS, DIRECT, TARGET_ONLY
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM

CONVEX = (FROZEN, WEIGHTED_SUM)
ALWAYS = CONDITIONS[:4]


def check_pair_table(record: Record, table: pa.Table) -> None:
    """Raises CheckError where the rows are not those of a record of `cross_domain`."""
    asked, used = record.asked, record.used
    groups = {name: data["groups"] for name, data in used["datasets"].items()}
    sides, folds = list(asked["datasets"]), used["split"]["folds"]
    group = named(table, "group", set().union(*groups.values()))
    named(table, "attribute", [asked["attribute"]])
    dataset, target = named(table, "dataset", sides), named(table, "target", sides)
    clip = apart(named(table, "clip"), target)
    source = named(table, "source", sides, nulls=True)
    conditions = [name for name in CONDITIONS if name in (*ALWAYS, *asked["options"]["cross_domain"]["also"])]
    condition = named(table, "condition", conditions, nulls=True)
    method = named(table, "method", [name for name in asked["peft"] if name in used["methods"]], nulls=True)
    layer = named(table, "layer", [each["name"] for each in used["backbone"]["card"]["layers"]], nulls=True)
    strength = among(table, "strength", asked["options"]["probe"]["c"], nulls=True)
    fraction = among(table, "fraction", asked["options"]["train"]["fraction"], nulls=True)
    split, fold = named(table, "split", ["dev", "test"], nulls=True), whole(table, "fold", 0, folds - 1)
    seed = whole(table, "seed", 0, asked["seeds"] - 1, nulls=True)
    if set(dataset.names) != set(sides) or dataset.names != target.names or (dataset.codes != target.codes).any():
        raise CheckError("dataset and target are not the same, or one has no rows")
    said = method.codes >= 0
    _check_nulls(said, {"condition": condition.codes, "fraction": fraction, "split": split.codes})
    if not said.all() and asked["folds"] is None:
        raise CheckError(f"{int((~said).sum())} rows without a method, though all folds were asked")
    fold_of, targets = _people(groups, clip, group, target)
    _check_judged(record, table, clip, said)
    test = split.codes == split.place("test")
    _check_folds(clip.codes[said], fold[said], fold_of, test[said], folds)
    _check_sources(source, target, condition, said)
    convex = np.isin(method.codes, [method.place(name) for name in CONVEX])
    if ((layer.codes >= 0) != (method.codes == method.place(FROZEN))).any() or ((strength >= 0) != convex)[said].any():
        raise CheckError("a layer or a strength where the method has none, or none where it has one")
    course = [method.codes, layer.codes, target.codes, condition.codes, fraction, seed]
    check_strengths([*(codes[test] for codes in course), fold[test]], strength[test])
    each_once(
        [method.codes, layer.codes, target.codes, condition.codes, fraction, seed, split.codes,
         np.where(test, 0, strength), clip.codes],
        "course, strength and clip",
    )  # fmt: skip
    if asked["folds"] is None:
        courses, which = different(course)
        heads = len(asked["options"]["probe"]["c"])
        _check_courses(courses, which, test, (method, condition), np.bincount(targets), heads)
        _check_asked(record, courses, method, condition)


def _check_nulls(said: Any, columns: Mapping[str, Codes]) -> None:
    for name, codes in columns.items():
        if ((codes >= 0) != said).any():
            raise CheckError(f"column '{name}' has a value without a method, or none with one")


def _people(
    groups: Mapping[str, Mapping[str, Any]], clip: Column, group: Column, target: Column
) -> tuple[Codes, Codes]:
    """The fold and the dataset of every clip."""
    own = constant_per("group", clip, group.codes)
    place = constant_per("dataset", clip, target.codes)
    folds = np.full((len(target.names), len(group.names)), -1, dtype=np.int64)
    for side, name in product(target.names, group.names):
        if name in groups[side]:
            folds[target.place(side), group.place(name)] = groups[side][name]["fold"]
    fold_of: Codes = folds[place, own]
    if (fold_of < 0).any():
        raise CheckError("a clip is of somebody whom the record does not name in its dataset")
    return fold_of, place


def _check_judged(record: Record, table: pa.Table, clip: Column, said: Any) -> None:
    classes = record.used["attribute"]["classes"]
    if classes:
        constant_per("truth", clip, named(table, "truth", classes).codes)
        there = named(table, "prediction", classes, nulls=True).codes >= 0
    else:
        low, high = record.used["attribute"]["low"], record.used["attribute"]["high"]
        slack = 1e-6 * max(1.0, abs(low), abs(high))
        constant_per("truth", clip, finite(table, "truth", low - slack, high + slack))
        there = ~np.isnan(finite(table, "prediction", nulls=True))
    if (there != said).any():
        raise CheckError("a prediction without a method, or a method without one")


def _check_folds(clip: Codes, fold: Codes, fold_of: Codes, test: Any, folds: int) -> None:
    expected = np.where(test, fold_of[clip], (fold_of[clip] - 1) % folds)
    if (fold != expected).any():
        raise CheckError("a clip is tested, or developed on, in a fold that is not its own or the one before")


def _check_sources(source: Column, target: Column, condition: Column, said: Any) -> None:
    alone = (condition.codes == condition.place(TARGET_ONLY)) | ~said
    if ((source.codes < 0) != alone).any():
        raise CheckError("a source where there is none, or none where there is one")
    itself = [(source.codes == source.place(name)) & (target.codes == target.place(name)) for name in source.names]
    if any(rows.any() for rows in itself):
        raise CheckError("a source that is the target")


def _check_courses(
    known: Codes, which: Codes, test: Any, names: tuple[Column, Column], sizes: Codes, heads: int
) -> None:
    """Every clip of the target is tested once in every course, and developed on at every strength.

    Rows stand once, so that numbers suffice.
    """
    method, condition = names
    tests = np.bincount(which[test], minlength=len(known))
    developed = np.bincount(which[~test], minlength=len(known))
    applied = np.isin(known[:, 3], [condition.place(DIRECT), condition.place(ALIGNED)])
    many = np.where(np.isin(known[:, 0], [method.place(name) for name in CONVEX]), heads, 1)
    clips = sizes[known[:, 2]]
    if (tests != clips).any() or (developed != np.where(applied, 0, many * clips)).any():
        raise CheckError("a course is not whole: not every clip is tested, or developed on at every strength")


def _check_asked(record: Record, courses: Codes, method: Column, condition: Column) -> None:
    """With all clips there is every method, usual condition and direction, of `frozen` every layer, else every seed.

    Conditions that were asked besides (`joint`, `shuffled`) are not looked for.
    """
    asked, used = record.asked, record.used
    known = {tuple(row) for row in courses.tolist()}
    whole_target = int(courses[:, 4].max())
    layers, seeds = range(len(used["backbone"]["card"]["layers"])), range(asked["seeds"])
    for name in used["methods"]:
        for one, target in product(ALWAYS, range(2)):
            there = (method.place(name), condition.place(one), target)
            wanted = [(layer, -1) for layer in (layers if name == FROZEN else [-1])]
            if name not in CONVEX:
                wanted = [(-1, seed) for seed in seeds]
            for layer, seed in wanted:
                if (there[0], layer, target, there[1], whole_target, seed) not in known:
                    raise CheckError(f"no rows of {name}, {one}, layer {layer}, seed {seed}, in a direction")
