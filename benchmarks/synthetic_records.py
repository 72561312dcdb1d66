"""How does a board with a thousand records come about? Real records, varied a little, scored again, and sealed again.

A few test predictions (of `fad_bias`: its distances) of a committed record are changed, the real scorers score them,
and the record is sealed under the name of another backbone: `emobench leaderboard validate` has nothing to say against
it.
"""

import argparse
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from emobench.domain.record import Record, make_record
from emobench.leaderboard.recomputing import found_again
from emobench.runs.record_store import RecordStore, read_predictions, read_record
from emobench.tasks.predictions import predictions_digest

BOARDS = Path(__file__).resolve().parents[1] / "leaderboards"
PICTURES = (".svg", ".layers.svg")
KERNEL = ("mmd", "mmd_floor", "mmd_signal")
ORIGINAL = "logmel"


@dataclass(frozen=True)
class Source:
    """A committed record that is varied: its board and its file."""

    board: str
    path: Path


def sources() -> list[list[Source]]:
    """The records to vary for every kind of board: synthetic data, and speech of 24 people for every fifth."""
    wanted = [
        ("layerwise", ("synthetic-speech",)),
        ("layerwise", ("synthetic-music",)),
        ("cross_domain", ("synthetic-speech", "synthetic-music")),
        ("fad_bias", ("synthetic-speech", "synthetic-music")),
    ]
    found = [[_find(board, datasets)] for board, datasets in wanted]
    found[0] = [*found[0] * 4, _find("layerwise", ("ravdess-speech",))]
    return found


def make(folder: Path, records: int) -> int:
    """Fill ``folder`` with boards of about so many records, evenly over the kinds; the number made."""
    kinds = sources()
    for board in {one.board for kind in kinds for one in kind}:
        (folder / board).mkdir(parents=True, exist_ok=True)
        shutil.copy(BOARDS / board / "board.toml", folder / board)
    each = records // len(kinds)
    jobs = [(folder, kind[number % len(kind)], number) for kind in kinds for number in range(each)]
    with ProcessPoolExecutor(2) as pool:
        return sum(pool.map(_one, jobs, chunksize=16))


def _find(board: str, datasets: tuple[str, ...]) -> Source:
    for path in sorted((BOARDS / board / "records" / board / ORIGINAL).glob("*.json")):
        asked = read_record(path).asked
        if tuple(asked.get("datasets", [asked.get("dataset")])) == datasets and asked["attribute"] == "emotion":
            return Source(board, path)
    raise FileNotFoundError(f"no record of {ORIGINAL} on {datasets}")


def _one(job: tuple[Path, Source, int]) -> int:
    folder, source, number = job
    record, table = read_record(source.path), read_predictions(source.path)
    changed = varied(record, table, number)
    pictures = {
        ending: source.path.with_suffix(ending).read_bytes()
        for ending in PICTURES
        if source.path.with_suffix(ending).is_file()
    }
    RecordStore(folder / source.board / "records").add(*changed, pictures)
    return 1


def varied(record: Record, table: pa.Table, number: int) -> tuple[Record, pa.Table]:
    """A record of another backbone whose predictions differ in a few places, and its table."""
    drawn = np.random.default_rng(number)
    changed = _distances(table, drawn) if record.asked["task"] == "fad_bias" else _predictions(table, drawn)
    name = f"synthetic-{number:04d}"
    card = {**record.used["backbone"]["card"], "name": name, "pretrained_on": "speech", "corpora": None}
    used = {**record.used, "backbone": {**record.used["backbone"], "card": card}}
    found = found_again(record, changed)
    sealed = make_record(
        asked={**record.asked, "backbone": name},
        used=used,
        found=found,
        predictions_digest=predictions_digest(changed),
        spent=record.spent,
        where=record.where,
    )
    return sealed, changed


def _predictions(table: pa.Table, drawn: np.random.Generator) -> pa.Table:
    """With a share of test predictions, drawn for every record, exchanged among themselves: all rows of those clips."""
    share = drawn.uniform(0.0, 0.6)
    clips = np.array(table["clip"].to_pylist(), dtype=object)
    names = np.array(sorted(set(clips)), dtype=object)
    hit = np.isin(clips, names[drawn.random(len(names)) < share])
    rows = np.flatnonzero(hit & (np.array(table["split"].to_pylist(), dtype=object) == "test"))
    order = np.arange(table.num_rows)
    order[rows] = drawn.permutation(rows)
    place = table.schema.get_field_index("prediction")
    return table.set_column(place, table.schema.field(place), table["prediction"].take(pa.array(order)))


def _distances(table: pa.Table, drawn: np.random.Generator) -> pa.Table:
    """With the distances of one emotion to itself larger or smaller, by one factor a record."""
    named = {name: np.array(table[name].to_pylist(), dtype=object) for name in ("quantity", "class", "class_b")}
    mine = named["class"] == drawn.choice(sorted({name for name in named["class_b"] if name is not None}))
    mine &= (named["class"] == named["class_b"]) & np.isin(named["quantity"], KERNEL)
    place = table.schema.get_field_index("value")
    values = table["value"].to_numpy() * np.where(mine, drawn.uniform(0.5, 1.5), 1.0)
    column: Any = pa.array(values, table.schema.field(place).type, from_pandas=True)
    return table.set_column(place, table.schema.field(place), column)


def main() -> None:
    """Make them where the caller says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1000)
    given = parser.parse_args()
    print(make(given.folder, given.records), "records")


if __name__ == "__main__":
    main()
