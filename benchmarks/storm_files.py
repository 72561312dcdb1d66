"""Is every file that a killed run left one that can be read, and do its records say what others say?"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow.parquet as pq
from safetensors import safe_open


def digests(out: Path) -> dict[str, str]:
    """The digests of findings and predictions of all records below ``out``, by key."""
    found = {}
    for path in sorted(out.rglob("*.json")):
        record = json.loads(path.read_text("utf-8"))
        if "found_digest" in record:
            found[record["key"]] = f"{record['found_digest']} {record['predictions_digest']}"
    return found


def leftovers(place: Path) -> int:
    """How many temporary files and folders lie about."""
    return sum(1 for _ in place.rglob(".tmp-*"))


def corrupt_files(place: Path) -> list[str]:
    """What lies below ``place`` under a final name and is damaged, or was set aside as damaged."""
    found = []
    for path in sorted(place.rglob("*")):
        if not path.is_file() or any(part.startswith(".tmp-") or part == ".locks" for part in path.parts):
            continue
        if ".damaged-" in path.name:
            found.append(f"{path.name}: set aside")
        elif (look := LOOKS.get(path.suffix)) is not None:
            try:
                look(path)
            except Exception as problem:  # noqa: BLE001 - whatever a reader raises is what is looked for
                found.append(f"{path.name}: {type(problem).__name__}: {problem}")
    return found


def _tensors(path: Path) -> None:
    with safe_open(path, framework="np") as file:
        header: Mapping[str, str] = file.metadata() or {}
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    if "digests" in header:
        for name, said in json.loads(header["digests"]).items():
            if hashlib.sha256(arrays[name].tobytes()).hexdigest() != said:
                raise ValueError(f"{name} has another digest")
    elif "digest" in header and "part" in header:
        if _of_unit(arrays) != header["digest"]:
            raise ValueError("another digest")
    elif "units" in path.parts and not {"weights", "adapters"} & set(
        path.parent.name.split(".") + path.name.split(".")
    ):
        raise ValueError("a result without a digest")


def _of_unit(arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()


def _table(path: Path) -> None:
    pq.read_table(path)


def _json(path: Path) -> None:
    json.loads(path.read_text("utf-8"))


def _picture(path: Path) -> None:
    ET.parse(path)


LOOKS: Mapping[str, Callable[[Path], None]] = {
    ".safetensors": _tensors, ".parquet": _table, ".json": _json, ".svg": _picture,
}  # fmt: skip
