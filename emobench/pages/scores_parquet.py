"""How do the scores of many records become one table for machines? A row a score, with the record that it is from."""

import io
from collections.abc import Sequence

from emobench.domain.record import Record, Score

FIELDS = {(field.alias or name): name for name, field in Score.model_fields.items()}
WHOLE = ("fold", "seed", "n_clips", "n_groups")
REAL = ("strength", "fraction", "value", "low", "high", "p")


def scores_parquet(records: Sequence[Record]) -> bytes:
    """Parquet: ``key`` and ``backbone`` of the record, then every field of a score; always the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [(record.key, str(record.asked["backbone"]), score) for record in records for score in record.found.scores]
    columns = {"key": pa.array([key for key, _, _ in rows], pa.string())}
    columns["backbone"] = pa.array([backbone for _, backbone, _ in rows], pa.string())
    for name, attribute in FIELDS.items():
        kind = pa.int64() if name in WHOLE else pa.float64() if name in REAL else pa.string()
        columns[name] = pa.array([getattr(score, attribute) for _, _, score in rows], kind)
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, compression="zstd")
    return held.getvalue()
