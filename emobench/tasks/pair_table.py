"""What was predicted for a pair, as the table beside a record, and read back from it.

One row a prediction. A development row names the test fold that it helps to choose for; its clip lies in the next fold.
A clip that nobody predicted, because neither its fold nor the one before was run, stands once, without a method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.tasks.pair_columns import SPLITS, judged, named, numbers, repeated
from emobench.tasks.pair_predictions import CONDITIONS, Course, PairPredictions, Side
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
# What tells courses apart, in the order in which they stand.
COURSE = ("method", "layer", "target", "condition", "fraction", "seed", "source")


def in_order(
    courses: Sequence[Course], methods: Sequence[str], datasets: tuple[str, str], layers: Sequence[str]
) -> tuple[Course, ...]:
    """Courses as `PairPredictions` holds them.

    By method as asked, layer, direction (the first leads to the second dataset), condition, the largest fraction first,
    and seed.
    """
    layer_of: dict[str | None, int] = {None: -1} | {name: place for place, name in enumerate(layers)}

    def key(course: Course) -> tuple[float, ...]:
        return (
            methods.index(course.method),
            layer_of[course.layer],
            -datasets.index(course.target),
            CONDITIONS.index(course.condition),
            -course.fraction,
            -1 if course.seed is None else course.seed,
        )

    return tuple(sorted(courses, key=key))


def to_table(predictions: PairPredictions) -> pa.Table:
    """Test rows at the chosen strengths and development rows at every strength, of every course."""
    first, second = predictions.sides
    layers = list(dict.fromkeys(course.layer for course in predictions.courses if course.layer is not None))
    convex = convex_methods(predictions)
    blocks = [
        _block(predictions, course, layers, trained=course.method not in convex) for course in predictions.courses
    ]
    clips = len(first.clips) + len(second.clips)
    told = np.concatenate([np.empty(0, np.int64), *(block["clip"] for block in blocks)])
    blocks.append(_unpredicted(predictions, np.setdiff1d(np.arange(clips), told)))
    column = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    clip, datasets = column["clip"], [first.dataset, second.dataset]
    strengths = np.append(np.array(predictions.strengths, dtype=np.float64), np.nan)[column["strength"]]
    return pa.table(
        {
            "clip": repeated([*first.clips, *second.clips], clip),
            "group": repeated([*first.groups, *second.groups], clip),
            "dataset": named(datasets, column["target"]),
            "attribute": named([predictions.attribute.name], np.zeros(len(clip), np.int64)),
            "source": named(datasets, column["source"]),
            "target": named(datasets, column["target"]),
            "condition": named(CONDITIONS, column["condition"]),
            "method": named(list(predictions.methods), column["method"]),
            "layer": named(layers, column["layer"]),
            "strength": pa.array(strengths, pa.float64(), mask=column["strength"] < 0),
            "fraction": pa.array(column["fraction"], pa.float64(), mask=column["method"] < 0),
            "split": named(SPLITS, column["split"]),
            "fold": pa.array(column["fold"], pa.int32()),
            "seed": pa.array(column["seed"], pa.int32(), mask=column["seed"] < 0),
            "truth": judged(predictions.attribute, np.concatenate([first.truth, second.truth])[clip]),
            "prediction": judged(predictions.attribute, column["prediction"]),
        }
    )


def convex_methods(predictions: PairPredictions) -> set[str]:
    """Methods whose heads have a strength. With a single strength the arrays are the same either way."""
    many = {course.method for course in predictions.courses if len(course.development) > 1}
    return many | {FROZEN, WEIGHTED_SUM}


def _block(predictions: PairPredictions, course: Course, layers: list[str], *, trained: bool) -> dict[str, Array]:
    """Rows of one course as numbers: places in lists of names, -1 for null."""
    side, present = predictions.side(course.target), ruler_for(predictions.attribute).present
    datasets = [each.dataset for each in predictions.sides]
    target = datasets.index(course.target)
    test = np.flatnonzero(present(course.test))
    strength, dev = np.nonzero(present(course.development))
    size = len(test) + len(dev)
    constants = {
        "method": list(predictions.methods).index(course.method),
        "layer": -1 if course.layer is None else layers.index(course.layer),
        "condition": CONDITIONS.index(course.condition),
        "source": -1 if course.source is None else datasets.index(course.source),
        "target": target,
        "seed": -1 if course.seed is None else course.seed,
        "fraction": course.fraction,
    }
    strengths = np.concatenate([course.strength[side.fold[test]], strength])
    return {name: np.full(size, value) for name, value in constants.items()} | {
        "clip": np.concatenate([test, dev]) + target * len(predictions.sides[0].clips),
        "strength": np.full(size, -1) if trained else strengths,
        "split": np.repeat([SPLITS.index("test"), SPLITS.index("dev")], [len(test), len(dev)]),
        "fold": np.concatenate([side.fold[test], (side.fold[dev] - 1) % predictions.folds]),
        "prediction": np.concatenate([course.test[test], course.development[strength, dev]]),
    }


def _unpredicted(predictions: PairPredictions, clips: Array) -> dict[str, Array]:
    """Rows of clips in folds that were not run: they are part of what was there to learn from."""
    first, second = predictions.sides
    nothing = np.full(len(clips), -1)
    names = ("method", "layer", "condition", "source", "seed", "strength", "split")
    return dict.fromkeys(names, nothing) | {
        "clip": clips,
        "target": (clips >= len(first.clips)).astype(np.int64),
        "fraction": nothing.astype(np.float64),
        "fold": np.concatenate([first.fold, second.fold])[clips],
        "prediction": np.full(len(clips), ruler_for(predictions.attribute).absent, dtype=first.truth.dtype),
    }


def from_table(
    table: pa.Table,
    attribute: Attribute,
    folds: int,
    fold_of: Mapping[str, Mapping[str, int]],
    sides: tuple[str, str],
    methods: Mapping[str, int],
    layers: Sequence[str],
) -> PairPredictions:
    """Read the table beside a record back; the rows may stand in any order.

    Args:
        table: as `to_table` made it.
        attribute: the shared label space.
        folds: how many there are.
        fold_of: dataset -> group -> fold.
        sides: the names of the datasets, first and second.
        methods: name -> weights that learn, in the order asked.
        layers: names of the backbone's layers, in order.

    Raises:
        DataError: the table names something that these do not.
    """
    table = table.unify_dictionaries()
    column = numbers(table, attribute, sides, list(methods), layers)
    strengths = tuple(sorted(set(column["strength"][~np.isnan(column["strength"])].tolist())))
    first, second = (_side(table, column, place, name, fold_of) for place, name in enumerate(sides))
    shell = PairPredictions(attribute, (first, second), folds, strengths, dict(methods), courses=())
    said = {name: values[column["method"] >= 0] for name, values in column.items()}
    for place in (0, 1):  # clips count from 0 on either side
        mine = said["target"] == place
        said["clip"][mine] = np.searchsorted(np.unique(column["clip"][column["target"] == place]), said["clip"][mine])
    courses = [_course(shell, said, layers, rows) for rows in _by_course(said)]
    return replace(shell, courses=in_order(courses, list(methods), sides, layers))


def _by_course(column: Mapping[str, Array]) -> list[Array]:
    """The rows of every course."""
    codes = [np.unique(column[name], return_inverse=True)[1] for name in COURSE]
    course_of = np.ravel_multi_index(codes, [int(code.max(initial=0)) + 1 for code in codes])
    order = np.argsort(course_of, kind="stable")
    return [rows for rows in np.split(order, np.flatnonzero(np.diff(course_of[order])) + 1) if len(rows)]


def _side(
    table: pa.Table, column: Mapping[str, Array], place: int, name: str, fold_of: Mapping[str, Mapping[str, int]]
) -> Side:
    """One dataset, from what stands in each of its rows."""
    rows = np.flatnonzero(column["target"] == place)
    rows = rows[np.unique(column["clip"][rows], return_index=True)[1]]
    groups = table["group"].take(pa.array(rows)).to_pylist()
    strange = sorted(set(groups) - set(fold_of[name]))
    if strange:
        raise DataError("the table does not fit its record.", found=f"people of {name} without a fold: {strange}")
    return Side(
        dataset=name,
        clips=tuple(table["clip"].take(pa.array(rows)).to_pylist()),
        groups=tuple(groups),
        fold=np.array([fold_of[name][group] for group in groups], dtype=np.int64),
        truth=column["truth"][rows],
    )


def _course(shell: PairPredictions, column: Mapping[str, Array], layers: Sequence[str], rows: Array) -> Course:
    """The course whose rows these are."""
    row = {name: column[name][rows] for name in column}
    key = {name: row[name][0] for name in COURSE}
    datasets, side = [side.dataset for side in shell.sides], shell.sides[int(key["target"])]
    absent, clips = ruler_for(shell.attribute).absent, len(side.clips)
    trained = bool(np.isnan(row["strength"]).all())
    place = np.zeros(len(rows), np.int64) if trained else np.searchsorted(shell.strengths, row["strength"])
    test, dev = row["split"] == SPLITS.index("test"), row["split"] == SPLITS.index("dev")
    heads = (1 if trained else len(shell.strengths)) if dev.any() else 0
    said = np.full(clips, absent, dtype=side.truth.dtype)
    said[row["clip"][test]] = row["prediction"][test]
    development = np.full((heads, clips), absent, dtype=side.truth.dtype)
    development[place[dev], row["clip"][dev]] = row["prediction"][dev]
    strength = np.full(shell.folds, -1, dtype=np.int64)
    strength[row["fold"][test]] = place[test]
    return Course(
        method=list(shell.methods)[int(key["method"])],
        layer=None if key["layer"] < 0 else layers[int(key["layer"])],
        condition=CONDITIONS[int(key["condition"])],
        source=None if key["source"] < 0 else datasets[int(key["source"])],
        target=side.dataset,
        seed=None if key["seed"] < 0 else int(key["seed"]),
        fraction=float(key["fraction"]),
        test=said,
        development=development,
        strength=strength,
    )
