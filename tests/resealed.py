"""How is a record of the project told under other names? Every text is changed, in rows and predictions alike."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.domain.record import Record, make_record, record_bytes
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.predictions import predictions_digest

BOARDS = Path(__file__).resolve().parents[1] / "leaderboards"


def committed(task, backbone, *, dataset="ravdess-speech"):
    """The record of a backbone on a board of the project that is about a dataset."""
    for path in sorted((BOARDS / task / "records" / task / backbone).glob("*.json")):
        asked = json.loads(path.read_text("utf-8"))["asked"]
        if dataset in asked.get("datasets", [asked.get("dataset")]):
            return path
    raise LookupError(f"no record of {backbone} for {task} on {dataset}")


def renamed(path, folder, names, *, name="renamed"):
    """A record with its predictions, sealed anew in `folder`, in which every text of `names` is another."""
    record = read_record(path)
    table = _table(read_predictions(path), names)
    found = _told(record.found.model_dump(mode="json", by_alias=True), names)
    sealed = make_record(
        asked=_told(record.asked, names),
        used=_told(record.used, names),
        found=type(record.found).model_validate(found),
        predictions_digest=predictions_digest(table),
        spent=_told(record.spent, names),
        where=_told(record.where, names),
    )
    target = Path(folder) / f"{name}.json"
    target.write_bytes(record_bytes(sealed))
    pq.write_table(table, target.with_suffix(".parquet"))
    return target


def written(record: Record, folder, name="toy"):
    """A toy record as a file without predictions."""
    target = Path(folder) / f"{name}.json"
    target.write_bytes(record_bytes(record))
    return target


def _told(value, names):
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {names.get(key, key): _told(inner, names) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_told(inner, names) for inner in value]
    return value


def _table(table, names):
    columns = {}
    for field in table.schema:
        column = table[field.name]
        text = pa.types.is_dictionary(field.type) or pa.types.is_string(field.type)
        if text:
            told = pa.array([names.get(value, value) for value in column.to_pylist()])
            column = told.dictionary_encode() if pa.types.is_dictionary(field.type) else told
        columns[names.get(field.name, field.name)] = column
    return pa.table(columns)
