"""How does a committed record look if somebody else measures it again? The same question, other decisions if wanted."""

import io
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.domain.record import make_record, record_bytes
from emobench.leaderboard.comparing.measured import Measured
from emobench.leaderboard.recomputing import found_again
from emobench.runs.record_store import read_predictions, read_record
from emobench.tasks.predictions import predictions_digest

BOARDS = Path(__file__).resolve().parents[1] / "leaderboards"


def committed(board, backbone, key=""):
    """The file of a committed record."""
    return next(iter(sorted((BOARDS / board / "records").glob(f"*/{backbone}/{key}*.json"))))


def measured(path):
    """A record with its table, unchecked."""
    return Measured(read_record(path), read_predictions(path))


def again(
    original: Measured, *, table: pa.Table | None = None, asked=None, used=None, threads=7, seconds=1.5
) -> Measured:
    """The record as another machine makes it: other whereabouts, and what ``table`` adds up to.

    ``asked`` and ``used`` are laid over the original's.
    """
    record, table = original.record, original.table if table is None else table
    laid = record.model_copy(
        update={"asked": {**record.asked, **(asked or {})}, "used": {**record.used, **(used or {})}}
    )
    remade = make_record(
        asked=laid.asked,
        used=laid.used,
        found=found_again(laid, table),
        predictions_digest=predictions_digest(table),
        spent={**record.spent, "probes": {"wall_seconds": seconds, "cpu_seconds": seconds, "not_converged": 0.0}},
        where={**record.where, "threads": threads},
    )
    return Measured(remade, table)


def flipped(table: pa.Table, count: int, *, split="test") -> pa.Table:
    """The table with ``count`` predictions of a split changed to the next class, evenly over its rows."""
    names = sorted(set(table["truth"].to_pylist()))
    said = table["prediction"].to_pylist()
    rows = [row for row, part in enumerate(table["split"].to_pylist()) if part == split]
    for row in rows[:: max(1, len(rows) // count)][:count] if count else []:
        said[row] = names[(names.index(said[row]) + 1) % len(names)]
    place = table.column_names.index("prediction")
    classes = table["prediction"].combine_chunks().dictionary.to_pylist()
    codes = pa.array([classes.index(name) for name in said], pa.int32())
    return table.set_column(place, "prediction", pa.DictionaryArray.from_arrays(codes, pa.array(classes)))


def written(made: Measured, folder: Path, pictures_of: Path | None = None) -> Path:
    """The files of a record in ``folder``, with the pictures of another; the file of the record."""
    path = folder / f"{made.record.key[:12]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    pq.write_table(made.table, buffer)
    path.with_suffix(".parquet").write_bytes(buffer.getvalue())
    for picture in pictures_of.parent.glob(f"{pictures_of.stem}*.svg") if pictures_of else ():
        shutil.copy(picture, folder / picture.name.replace(pictures_of.stem, path.stem))
    path.write_bytes(record_bytes(made.record))
    return path
