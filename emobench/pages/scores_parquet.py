"""How do the scores of many records become one table for machines? A row a summary, with the record it is from."""

import io
from collections.abc import Sequence
from itertools import repeat
from operator import attrgetter

from emobench.domain.record import Record, Score

FIELDS = {(field.alias or name): name for name, field in Score.model_fields.items()}
WHOLE = ("fold", "seed", "n_clips", "n_groups")
REAL = ("strength", "fraction", "value", "low", "high", "p")


def scores_parquet(records: Sequence[Record]) -> bytes:
    """The score rows over all folds and seeds, as Parquet; always the same bytes.

    Columns are ``key`` and ``backbone`` of the record, then every field of a score. Rows of single folds and seeds
    stand in the records alone.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        (record, score)
        for record in records
        for score in record.found.scores
        if score.fold is None and score.seed is None
    ]
    columns = {"key": pa.array(np.array([record.key for record, _ in rows], dtype=object), pa.string())}
    columns["backbone"] = pa.array(
        np.array([str(record.asked["backbone"]) for record, _ in rows], dtype=object), pa.string()
    )
    fields = zip(*map(attrgetter(*FIELDS.values()), [score for _, score in rows]), strict=True) if rows else repeat(())
    for name, values in zip(FIELDS, fields, strict=False):
        kind = pa.int64() if name in WHOLE else pa.float64() if name in REAL else pa.string()
        columns[name] = pa.array(np.array(values, dtype=object), kind)  # of tuples it would import pandas
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, compression="zstd")
    return held.getvalue()
