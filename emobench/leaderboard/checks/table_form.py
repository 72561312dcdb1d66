"""Does a table have the rows of its task: everybody tested once, everything that was asked, nothing else?"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.errors import CheckError
from emobench.domain.record import Record
from emobench.leaderboard.checks.bias_table_form import check_bias_table
from emobench.leaderboard.checks.pair_table_form import check_pair_table
from emobench.leaderboard.checks.table_columns import (
    Codes,
    Column,
    among,
    check_strengths,
    constant_per,
    each_once,
    finite,
    named,
    whole,
)
from emobench.tasks.predictions import FROZEN, WEIGHTED_SUM

VIEWS = ("all", "statement_disjoint", "statement_seen")


def check_table(record: Record, table: pa.Table) -> None:
    """Raises CheckError where the rows are not those of the record's task.

    Args:
        record: of the form of its task.
        table: as `table_reading.read_table` gave it.
    """
    CHECKS[str(record.asked["task"])](record, table)


def _check_layerwise(record: Record, table: pa.Table) -> None:
    used, asked = record.used, record.asked
    layers = [layer["name"] for layer in used["backbone"]["card"]["layers"]]
    groups, folds = used["dataset"]["groups"], used["split"]["folds"]
    clip, group = named(table, "clip"), named(table, "group", groups)
    named(table, "dataset", [asked["dataset"]])
    named(table, "attribute", [asked["attribute"]])
    method = named(table, "method", [FROZEN, WEIGHTED_SUM])
    layer = named(table, "layer", layers, nulls=True)
    strengths = asked["options"]["probe"]["c"]
    strength = among(table, "strength", strengths)
    view, split = named(table, "view", VIEWS), named(table, "split", ["dev", "test"])
    fold = whole(table, "fold", 0, folds - 1)
    _check_judged(record, table, clip)
    own = constant_per("group", clip, group.codes)
    fold_of = np.array([groups[name]["fold"] for name in group.names], dtype=np.int64)[own]
    if ((layer.codes < 0) != (method.codes == method.place(WEIGHTED_SUM))).any():
        raise CheckError("rows of layers without a layer, or of the weighted sum with one")
    test = split.codes == split.place("test")
    if (test != (fold == fold_of[clip.codes])).any():
        raise CheckError("a clip is tested in a fold not its own, or developed on in its own")
    if (view.codes[~test] != view.place("all")).any():
        raise CheckError("development rows of a view other than 'all'")
    each_once([layer.codes, view.codes, split.codes, fold, np.where(test, 0, strength), clip.codes],
              "part, view, fold, strength and clip")  # fmt: skip
    if asked["folds"] is None:
        parts = _parts(record, layer.names, summed=bool((layer.codes < 0).any()))
        _check_whole(layer.codes, view.codes, np.where(test, -1, strength), fold, fold_of, parts, len(strengths))
    check_strengths([layer.codes[test], fold[test]], strength[test])


def _parts(record: Record, found: tuple[str, ...], *, summed: bool) -> list[int]:
    """The codes of the parts that there must be, -1 for the weighted sum: it takes layers as wide as the last one."""
    layers = record.used["backbone"]["card"]["layers"]
    missing = sorted({layer["name"] for layer in layers} - set(found))
    if missing:
        raise CheckError(f"no rows of layer {missing[0]}")
    alike = sum(layer["width"] == layers[-1]["width"] for layer in layers)
    wished = bool(record.asked["options"]["layerwise"]["weighted_sum"]) and alike > 1
    if summed != wished:
        raise CheckError(f"rows of a weighted sum: {summed}, expected: {wished}")
    return [*range(len(found)), *([-1] if summed else [])]


def _check_whole(
    layer: Codes, view: Codes, strength: Codes, fold: Codes, fold_of: Codes, parts: list[int], strengths: int
) -> None:
    """Every clip is tested once in every part, and developed on at every strength for every other fold.

    ``strength`` is -1 in test rows; rows stand once and clips are in their own folds, so that numbers suffice.
    """
    clips, folds = len(fold_of), int(fold_of.max()) + 1
    inside = np.bincount(fold_of, minlength=folds)
    views = np.unique(view[strength < 0])
    first = views.tolist()[0]  # 'all' sorts first
    for part in parts:
        mine = layer == part
        for one in views.tolist():
            rows = int((mine & (strength < 0) & (view == one)).sum())
            if rows != clips and (part >= 0 or one == first):
                raise CheckError(f"{rows} of {clips} clips are tested in a part and view")
        developed = mine & (strength >= 0)
        counts = np.bincount(fold[developed] * strengths + strength[developed], minlength=folds * strengths)
        if (counts.reshape(folds, strengths) != (clips - inside)[:, None]).any():
            raise CheckError("development predictions of a part are not whole")


def _check_judged(record: Record, table: pa.Table, clip: Column) -> None:
    """Truth and predictions are classes, or finite numbers; every clip has one truth, within its bounds."""
    attribute: Mapping[str, Any] = record.used["attribute"]
    if attribute["classes"]:
        truth = named(table, "truth", attribute["classes"]).codes
        named(table, "prediction", attribute["classes"])
        constant_per("truth", clip, truth)
    else:
        slack = 1e-6 * max(1.0, abs(attribute["low"]), abs(attribute["high"]))
        constant_per("truth", clip, finite(table, "truth", attribute["low"] - slack, attribute["high"] + slack))
        finite(table, "prediction")


CHECKS: Mapping[str, Callable[[Record, pa.Table], None]] = {
    "layerwise": _check_layerwise,
    "cross_domain": check_pair_table,
    "fad_bias": check_bias_table,
}
