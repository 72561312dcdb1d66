"""How is a table of strangers read? Its description is held against its task before a row is touched."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.domain.errors import CheckError
from emobench.tasks.bias_table import TEXTS

LARGEST_PARQUET = 50_000_000  # bytes
MOST_ROWS = 3_000_000  # what a model of 25 layers on 3,000 clips has
MOST_BYTES = 400_000_000  # when unpacked, as the file tells
MOST_PARTS = 1000
ARROW_SCHEMA = b"ARROW:schema"
TEXT, WHOLE = pa.dictionary(pa.int32(), pa.string()), pa.int32()
ABOUT = {"clip": TEXT, "group": TEXT, "dataset": TEXT, "attribute": TEXT}


def columns_of(task: str, *, classes: bool) -> Mapping[str, pa.DataType]:
    """The columns of a task and their types; truth and prediction are names of classes, or numbers."""
    judged = TEXT if classes else pa.float32()
    if task == "layerwise":
        told = {"method": TEXT, "layer": TEXT, "strength": pa.float64(), "view": TEXT, "split": TEXT, "fold": WHOLE}
        return {**ABOUT, **told, "truth": judged, "prediction": judged}
    if task == "cross_domain":
        names = ("source", "target", "condition", "method", "layer")
        told = {**dict.fromkeys(names, TEXT), "strength": pa.float64(), "fraction": pa.float64(), "split": TEXT}
        return {**ABOUT, **told, "fold": WHOLE, "seed": WHOLE, "truth": judged, "prediction": judged}
    return {**dict.fromkeys(TEXTS, TEXT), "draw": WHOLE, "value": pa.float32()}


def read_table(path: Path, task: str, *, classes: bool) -> pa.Table:
    """The table of a file, its dictionaries joined, every column in one piece.

    Raises:
        CheckError: a file, or a description of it, that is not that of the task.
        OSError, pa.ArrowException: what pyarrow says of a damaged file.
    """
    size = path.stat().st_size
    if size > LARGEST_PARQUET:
        raise CheckError(f"{size} bytes, at most {LARGEST_PARQUET}")
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        _check_description(file, columns_of(task, classes=classes))
        table = file.read(use_threads=False)
    return table.unify_dictionaries().combine_chunks()


def _check_description(file: pq.ParquetFile, expected: Mapping[str, pa.DataType]) -> None:
    # How columns are packed is not asked: of a codec that does not exist, pyarrow's own description ends the process.
    told, schema = file.metadata, file.schema_arrow
    if not 0 < told.num_rows <= MOST_ROWS:
        raise CheckError(f"{told.num_rows} rows, expected 1 to {MOST_ROWS}")
    if told.num_row_groups > MOST_PARTS:
        raise CheckError(f"{told.num_row_groups} row groups, at most {MOST_PARTS}")
    found = dict(zip(schema.names, schema.types, strict=True))
    if len(found) != len(schema.names) or list(found) != list(expected):
        raise CheckError(f"columns {', '.join(schema.names)}; expected {', '.join(expected)}")
    for name, kind in expected.items():
        if found[name] != kind:
            raise CheckError(f"column '{name}' is {found[name]}, expected {kind}")
    stray = set(told.metadata or {}) - {ARROW_SCHEMA} | set(schema.metadata or {})
    if stray or any(field.metadata for field in schema if set(field.metadata or {}) - {b"PARQUET:field_id"}):
        raise CheckError(f"metadata beside the schema: {sorted(map(repr, stray))}")
    groups = [told.row_group(index) for index in range(told.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if not 0 <= unpacked <= MOST_BYTES:
        raise CheckError(f"{unpacked} bytes when unpacked, at most {MOST_BYTES}")
