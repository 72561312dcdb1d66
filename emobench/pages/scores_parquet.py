"""How do the scores of many records become one table for machines? A row a summary, with the record it is from."""

import io
from collections.abc import Sequence
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
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        (record.key, str(record.asked["backbone"]), score)
        for record in records
        for score in record.found.scores
        if score.fold is None and score.seed is None
    ]
    scores = [score for _, _, score in rows]
    columns = {"key": pa.array([key for key, _, _ in rows], pa.string())}
    columns["backbone"] = pa.array([backbone for _, backbone, _ in rows], pa.string())
    for name, attribute in FIELDS.items():
        kind = pa.int64() if name in WHOLE else pa.float64() if name in REAL else pa.string()
        columns[name] = pa.array(map(attrgetter(attribute), scores), kind)
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, compression="zstd")
    return held.getvalue()
