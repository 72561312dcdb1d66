"""What did the probes predict? Development and test predictions as arrays, and as the table beside a record."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from emobench.domain.cards import Attribute
from emobench.tasks.ruler import ruler_for

Array = np.ndarray[Any, Any]
WEIGHTED_SUM = "weighted_sum"
FROZEN = "frozen"
# What tells rows of a table apart; a task leaves out what it has no use for.
KEYS = (
    *("method", "layer", "condition", "source", "target", "seed", "fraction"),
    *("view", "split", "fold", "strength", "clip"),
    *("geometry", "quantity", "left_out", "draw", "dataset", "group", "class", "class_b"),
)


@dataclass(frozen=True)
class PartPredictions:
    """Predictions of one layer, or of the weighted sum (``layer`` None).

    Attributes:
        development: (folds, strengths, clips): for test fold i the prediction of every clip of the other folds by the
            probe that saw neither fold i nor the clip's own; absent elsewhere.
        strength: (folds,) index of the strength chosen for each test fold, -1 where the fold was not run.
        views: view name -> (clips,) test predictions at the chosen strengths: ``all``, and where sentences repeat
            ``statement_seen`` and ``statement_disjoint``; absent where not run.
    """

    layer: str | None
    development: Array
    strength: Array
    views: Mapping[str, Array]

    @property
    def method(self) -> str:
        """``frozen`` for a layer, else ``weighted_sum``."""
        return WEIGHTED_SUM if self.layer is None else FROZEN


@dataclass(frozen=True)
class Predictions:
    """Everything that was predicted for one backbone, dataset and attribute; arrays in the order of ``clips``."""

    dataset: str
    attribute: Attribute
    clips: tuple[str, ...]
    groups: tuple[str, ...]
    fold: Array
    truth: Array
    strengths: tuple[float, ...]
    parts: tuple[PartPredictions, ...]


def _names(attribute: Attribute, values: Array) -> pa.Array:
    if attribute.classes:
        return pa.DictionaryArray.from_arrays(pa.array(values, pa.int32()), pa.array(list(attribute.classes)))
    return pa.array(values, pa.float32())


def _constant(value: str | None, rows: int) -> pa.Array:
    codes = pa.nulls(rows, pa.int32()) if value is None else pa.array(np.zeros(rows, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array([] if value is None else [value], pa.string()))


def _block(
    all_of_it: Predictions, part: PartPredictions, values: Array, strength: Array, fold: Array, *, view: str, split: str
) -> pa.Table:
    """Rows of one (part, view, split[, fold, strength]) from clip-long arrays; clips without a prediction left out."""
    rows = np.flatnonzero(ruler_for(all_of_it.attribute).present(values))
    size = len(rows)
    columns = {
        "clip": pa.DictionaryArray.from_arrays(pa.array(rows.astype(np.int32)), pa.array(list(all_of_it.clips))),
        "group": pa.array(np.array(all_of_it.groups, dtype=object)[rows], pa.string()).dictionary_encode(),
        "dataset": _constant(all_of_it.dataset, size),
        "attribute": _constant(all_of_it.attribute.name, size),
        "method": _constant(part.method, size),
        "layer": _constant(part.layer, size),
        "strength": pa.array(strength[rows], pa.float64()),
        "view": _constant(view, size),
        "split": _constant(split, size),
        "fold": pa.array(fold[rows], pa.int32()),
    }
    judged = {
        "truth": _names(all_of_it.attribute, all_of_it.truth[rows]),
        "prediction": _names(all_of_it.attribute, values[rows]),
    }
    return pa.table({**columns, **judged})


def to_table(predictions: Predictions) -> pa.Table:
    """One row a prediction: test rows of every part and view, development rows of every fold and strength."""
    blocks = []
    clips = len(predictions.clips)
    strengths = np.array(predictions.strengths)
    for part in predictions.parts:
        chosen = strengths[part.strength][predictions.fold]
        for view, values in part.views.items():
            blocks.append(_block(predictions, part, values, chosen, predictions.fold, view=view, split="test"))
        for fold, by_strength in enumerate(part.development):
            for strength, values in zip(strengths, by_strength, strict=True):
                fixed = (np.full(clips, strength), np.full(clips, fold))
                blocks.append(_block(predictions, part, values, *fixed, view="all", split="dev"))
    return pa.concat_tables([block for block in blocks if block.num_rows]).unify_dictionaries().combine_chunks()


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> Array:
    """Position of every value in ``names``."""
    encoded = column.combine_chunks()
    place = {name: index for index, name in enumerate(names)}
    table = np.array([place.get(name, -1) for name in encoded.dictionary.to_pylist()], dtype=np.int64)
    codes: Array = table[encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)]
    return codes


def _values(attribute: Attribute, column: pa.ChunkedArray) -> Array:
    if attribute.classes:
        return _codes(column, attribute.classes)
    return np.asarray(column.to_numpy(), dtype=np.float32)


def _part(predictions: Predictions, table: pa.Table, layer: str | None) -> PartPredictions:
    absent = ruler_for(predictions.attribute).absent
    kind = np.int64 if predictions.attribute.classes else np.float32
    clips, strengths = len(predictions.clips), np.array(predictions.strengths)
    folds = int(predictions.fold.max()) + 1
    clip = _codes(table["clip"], predictions.clips)
    fold = table["fold"].to_numpy()
    strength = np.searchsorted(strengths, table["strength"].to_numpy())
    value = _values(predictions.attribute, table["prediction"])
    split, view = table["split"].to_numpy(), table["view"].to_numpy()
    development = np.full((folds, len(strengths), clips), absent, dtype=kind)
    dev = split == "dev"
    development[fold[dev], strength[dev], clip[dev]] = value[dev]
    chosen = np.full(folds, -1, dtype=np.int64)
    test = split == "test"
    chosen[fold[test]] = strength[test]
    views = {}
    for name in dict.fromkeys(view[test].tolist()):
        rows = test & (view == name)
        views[name] = np.full(clips, absent, dtype=kind)
        views[name][clip[rows]] = value[rows]
    return PartPredictions(layer, development, chosen, views)


def from_table(
    table: pa.Table, attribute: Attribute, layers: tuple[str, ...], fold_of: Mapping[str, int]
) -> Predictions:
    """Read the table beside a record back.

    ``layers`` are the card's layer names in order, ``fold_of`` maps every group to its fold; a record has both.
    """
    ids = table["clip"].combine_chunks().dictionary.to_pylist()
    clips = tuple(sorted(ids))
    strengths = tuple(np.unique(table["strength"].to_numpy()).tolist())
    order = _codes(table["clip"], clips)
    people = table["group"].combine_chunks().dictionary.to_pylist()
    groups = np.empty(len(clips), dtype=object)
    groups[order] = np.array(people, dtype=object)[_codes(table["group"], people)]
    truth_kind = np.int64 if attribute.classes else np.float32
    truth = np.empty(len(clips), dtype=truth_kind)
    truth[order] = _values(attribute, table["truth"])
    fold = np.array([fold_of[name] for name in groups], dtype=np.int64)
    shell = Predictions(
        str(table["dataset"][0]), attribute, clips, tuple(groups.tolist()), fold, truth, strengths, parts=()
    )
    parts = [_part(shell, table.filter(pc.equal(table["layer"], name)), name) for name in layers]
    summed = table.filter(pc.equal(table["method"], WEIGHTED_SUM))
    if summed.num_rows:
        parts.append(_part(shell, summed, None))
    return Predictions(**{**shell.__dict__, "parts": tuple(parts)})


def predictions_digest(table: pa.Table) -> str:
    """SHA-256 over sorted values: neither the order of rows nor the way a file was written changes it.

    Rows are sorted by those of the columns `KEYS` that the table has; together these tell every two rows apart.
    """
    whole = table.unify_dictionaries().combine_chunks()
    keys = [_sortable(whole[name]) for name in KEYS if name in whole.column_names]
    order = np.lexsort(keys[::-1])
    total = hashlib.sha256()
    for name in sorted(whole.column_names):
        total.update(name.encode())
        total.update(_column_bytes(whole[name], order))
    return total.hexdigest()


def _is_text(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_dictionary(column.type) or pa.types.is_string(column.type))


def _texts(column: pa.ChunkedArray) -> tuple[list[str], Array]:
    """The different texts, and the place of every row's among them; null is one beyond the last."""
    encoded = (column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).combine_chunks()
    names = encoded.dictionary.to_pylist()
    return names, encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)


def _sortable(column: pa.ChunkedArray) -> Array:
    """Numbers that order rows as the values do, null last."""
    if not _is_text(column):
        return np.asarray(column.cast(pa.float64()).fill_null(np.inf).to_numpy())
    names, codes = _texts(column)
    place = {name: index for index, name in enumerate(sorted(set(names)))}
    ranks: Array = np.array([*(place[name] for name in names), len(names)], dtype=np.int64)[codes]
    return ranks


def _column_bytes(column: pa.ChunkedArray, order: Array) -> bytes:
    missing = np.asarray(column.is_null().to_numpy()[order]).tobytes()
    if _is_text(column):
        names, codes = _texts(column)
        return missing + "\n".join(np.array([*names, ""], dtype=object)[codes[order]].tolist()).encode()
    return missing + np.asarray(column.fill_null(0).to_numpy()[order]).astype("<f8").tobytes()
