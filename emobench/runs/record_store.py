"""Where do records lie? ``<root>/<task>/<backbone>/<key12>.json`` with predictions and pictures beside it."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from emobench.domain.canonical import digest_of_json
from emobench.domain.cards import folder_of
from emobench.domain.errors import DataError, EmobenchError
from emobench.domain.frozen import explain
from emobench.domain.record import Record, record_bytes
from emobench.files.atomic import set_aside, write_bytes
from emobench.tasks.predictions import predictions_digest


class ChangedRecordError(DataError):
    """A record that was changed since it was sealed."""


@dataclass(frozen=True)
class RecordStore:
    """Records below ``root``: append-only. A record that exists is never rewritten."""

    root: Path

    def path(self, task: str, backbone: str, key: str) -> Path:
        """The JSON file of a record."""
        return self.root / task / folder_of(backbone) / f"{key[:12]}.json"

    def find(self, task: str, backbone: str, key: str) -> Record | None:
        """The record that stands under a key; None when it or its predictions are missing, or it was damaged.

        Raises:
            EmobenchError: another record stands under the same twelve digits.
        """
        path = self.path(task, backbone, key)
        if not path.is_file():
            return None
        try:
            record = read_record(path)
        except DataError as problem:
            set_aside(path, problem.what.replace(f"'{path}'", "it").rstrip("."), anew=True)
            return None
        if not path.with_suffix(".parquet").is_file():
            return None
        try:
            whole = predictions_digest(read_predictions(path)) == record.predictions_digest
        except DataError:
            whole = False
        if not whole:
            set_aside(path.with_suffix(".parquet"), "it does not hold the record's predictions", anew=True)
            return None
        if record.key != key:
            raise EmobenchError("another record stands in this place.", found=str(path), remedy="Use another --out.")
        return record

    def add(self, record: Record, predictions: pa.Table, pictures: dict[str, bytes]) -> Path:
        """Write predictions and pictures, then the record: the JSON file is there only when all is.

        ``pictures`` maps endings (``.svg``) to bytes.
        """
        path = self.path(str(record.asked["task"]), str(record.asked["backbone"]), record.key)
        buffer = io.BytesIO()
        pq.write_table(predictions, buffer, compression="zstd")
        write_bytes(path.with_suffix(".parquet"), buffer.getvalue())
        for ending, content in pictures.items():
            write_bytes(path.with_suffix(ending), content)
        if not path.is_file():
            write_bytes(path, record_bytes(record))
        return path


def read_record(path: Path) -> Record:
    """A record from its file.

    Raises:
        DataError: no such file, not strict JSON, not a record, or (`ChangedRecordError`) changed since it was sealed.
    """
    try:
        return Record.model_validate(sealed_json(path))
    except ValidationError as problem:
        raise DataError(f"'{path}' is not a record of this version.", found=explain(problem)) from problem
    except UnicodeEncodeError as problem:  # half of a surrogate pair: JSON can say it, UTF-8 cannot
        raise DataError(f"'{path}' is not a record of this version.", found="text that is not Unicode") from problem


def sealed_json(path: Path) -> dict[str, Any]:
    """The content of a record's file as it stands there, whose key and digest of findings fit it.

    Raises:
        DataError: no such file, not strict JSON, not sealed like a record, or (`ChangedRecordError`) changed since.
    """
    try:
        data = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
        sealed = {"schema": data["schema"], "asked": data["asked"], "used": data["used"]}
        told = {"key": digest_of_json(sealed), "found_digest": digest_of_json(data["found"])}
        changed = next((name for name, value in told.items() if data[name] != value), None)
    except (OSError, UnicodeError) as problem:
        raise DataError(
            f"the record '{path}' cannot be read.",
            found=_seen(problem),
            remedy="Name the .json file of a record: <root>/<task>/<backbone>/<key12>.json",
        ) from problem
    except (KeyError, TypeError) as problem:
        raise DataError(
            f"'{path}' is not a record of this version.", found="it lacks parts that a record has"
        ) from problem
    except (ValueError, RecursionError) as problem:
        raise DataError(f"'{path}' is not strict JSON.", found=str(problem)) from problem
    if changed is not None:
        raise ChangedRecordError(
            f"'{path}' was changed: its {changed} does not fit its content.", found=f"{changed} {told[changed][:12]}"
        )
    whole: dict[str, Any] = data
    return whole


def _seen(problem: Exception) -> str:
    """What stands where a record should, in words."""
    kinds: dict[type[Exception], str] = {FileNotFoundError: "no such file", IsADirectoryError: "a folder"}
    told = "text that is not Unicode" if isinstance(problem, UnicodeError) else str(problem)
    return f"found: {kinds.get(type(problem), told)}"


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def read_predictions(record_path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The table beside a record, of these columns where they are named (in one thread, for who reads many).

    Raises:
        DataError: it is not there, or not Parquet.
    """
    path = record_path.with_suffix(".parquet")
    try:
        return pq.read_table(path) if columns is None else _columns(path, columns)
    except (OSError, pa.ArrowInvalid) as problem:
        raise DataError(f"the predictions '{path}' cannot be read.", found=str(problem)) from problem


def _columns(path: Path, columns: Sequence[str]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(columns=list(columns), use_threads=False)
