"""How may somebody change a record on a board? Mutations of JSON and of tables, sealed again or not, all drawn."""

import copy
import io
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.domain.canonical import digest, rounded
from emobench.domain.record import record_key
from emobench.tasks.predictions import predictions_digest

BOARDS = Path(__file__).resolve().parents[1] / "leaderboards"
# The smallest records of every task: (board, record), the quickest first.
SMALLEST = (
    ("layerwise", "layerwise/level-duration/e556db8cec95"),
    ("layerwise", "layerwise/logmel/46b539387d96"),
    ("fad_bias", "fad_bias/level-duration/af20cdca8694"),
    ("cross_domain", "cross_domain/level-duration/3908e91ac1a0"),
)
STRANGE = (None, True, -1, 0, 1e300, "", "x" * 5000, "<script>alert(1)</script>", "\u202eabc", [], {}, [[1]], "/tmp/a")
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful")  # of the corpora of these records, in order
NUMBERS = ("value", "low", "high", "p", "n_clips", "n_groups")


def copied(folder, board, record):
    """A board in ``folder`` with one of its records, with all the files beside it; the path of the record."""
    source, target = BOARDS / board, folder / board
    path = target / "records" / f"{record}.json"
    path.parent.mkdir(parents=True)
    shutil.copy(source / "board.toml", target)
    for file in (source / "records" / record).parent.glob(f"{path.stem}.*"):
        shutil.copy(file, path.parent)
    return path


def sealed(data):
    """The same record with its key and the digest of what was found made anew."""
    return {**data, "key": record_key(data["asked"], data["used"]), "found_digest": digest(data["found"])}


def written(data):
    """Bytes of a record, strict or not."""
    return json.dumps(data).encode()


def table_bytes(table):
    """A table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def flipped(drawn, content):
    """Up to three bits of a file changed."""
    changed = bytearray(content)
    for _ in range(int(drawn.integers(1, 4))):
        changed[drawn.integers(len(changed))] ^= 1 << int(drawn.integers(8))
    return bytes(changed)


def truncated(drawn, content):
    """The beginning of a file."""
    return content[: int(drawn.integers(len(content)))]


def _holders(value):
    """Every object and list of JSON data that holds something."""
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, (dict, list)) and one:
            found.append(one)
            left.extend(one.values() if isinstance(one, dict) else one)
    return found


def other_field(drawn, data):
    """A field anywhere in a record dropped, renamed, doubled or given another value."""
    changed = copy.deepcopy(data)
    holders = _holders(changed)
    holder = holders[drawn.integers(len(holders))]
    place = drawn.choice(list(holder)) if isinstance(holder, dict) else int(drawn.integers(len(holder)))
    kind = drawn.integers(4)
    value = holder.pop(place)
    if isinstance(holder, dict):
        if kind == 1:
            holder[f"{place}_"] = value
        elif kind > 1:
            holder[place] = STRANGE[drawn.integers(len(STRANGE))]
    elif kind == 1:
        holder.extend([value, value])
    elif kind > 1:
        holder.insert(place, STRANGE[drawn.integers(len(STRANGE))])
    return changed


def other_score(drawn, data):
    """A number of the headline or of a score changed: by 1e-3 of it up to its sign, or swapped with another row's."""
    changed = copy.deepcopy(data)
    found = changed["found"]
    rows = [found["headline"], *found["scores"]]
    numbered = [(row, name) for row in rows for name in NUMBERS if isinstance(row.get(name), (int, float))]
    row, name = numbered[drawn.integers(len(numbered))]
    value = row[name]
    while row[name] == value:
        kind = drawn.integers(4)
        if kind == 0:
            row[name] = -value
        elif kind == 1:
            row[name] = rounded(float(value * (1 + 10.0 ** drawn.uniform(-3, 0)) + (value == 0) * 1e-3))
        elif kind == 2:
            row[name] = rounded(float(value - 10.0 ** drawn.uniform(-3, 0)))
        else:
            other, what = numbered[drawn.integers(len(numbered))]
            row[name] = other[what]
        if isinstance(value, int) and kind < 3:
            row[name] = round(row[name]) + (round(row[name]) == value)
    return changed


def other_choice(drawn, data):
    """A choice taken back or made, its score changed, or two exchanged."""
    changed = copy.deepcopy(data)
    choices = changed["found"]["choices"]
    row = choices[drawn.integers(len(choices))]
    kind = drawn.integers(3)
    if kind == 0:
        row["chosen"] = not row["chosen"]
    elif kind == 1:
        row["development_score"] = rounded(float(row["development_score"]) + 10.0 ** drawn.uniform(-3, -1))
    else:
        row["fold"] += 1
    return changed


def other_cell(drawn, table, columns=None):
    """One cell with another value of its column; None where a column has only one."""
    names = [name for name in columns or table.column_names if len(table[name].unique()) > 1]
    name = names[drawn.integers(len(names))]
    row, values = int(drawn.integers(len(table))), table[name].to_pylist()
    others = sorted({value for value in values if value != values[row]}, key=repr)
    values[row] = others[drawn.integers(len(others))]
    return replaced(table, name, values)


def replaced(table, name, values):
    """A table with other values in a column, of the same type."""
    kind = table.schema.field(name).type
    column = pa.array(values, kind.value_type).dictionary_encode() if pa.types.is_dictionary(kind) else None
    at = table.column_names.index(name)
    return table.set_column(at, name, pa.array(values, kind) if column is None else column.cast(kind))


def other_rows(drawn, table):
    """Rows dropped, doubled or emptied, a column dropped, renamed or of another type."""
    kind, row = drawn.integers(6), int(drawn.integers(len(table)))
    name = table.column_names[drawn.integers(len(table.column_names))]
    if kind == 0:
        return pa.concat_tables([table.slice(0, row), table.slice(row + 1)])
    if kind == 1:
        return pa.concat_tables([table, table.slice(row, 1 + int(drawn.integers(3)))])
    if kind == 2:
        return table.slice(0, row)
    if kind == 3:
        return table.drop_columns([name])
    if kind == 4:
        return table.rename_columns([f"{one}_" if one == name else one for one in table.column_names])
    values = table[name].to_pylist()
    values[row] = None
    return replaced(table, name, values)


def with_table(data, table):
    """A record sealed for another table, and the table as a file; the old digest where none can be made."""
    try:
        return {**data, "predictions_digest": predictions_digest(table)}, table_bytes(table)
    except (ValueError, TypeError, KeyError, pa.ArrowException):
        return data, table_bytes(table)


def mutated(drawn, content, data, table):
    """One mutation: its kind, the bytes of the record, the bytes of its table (None: as they were)."""
    kinds = ["json bits", "json cut", "field", "field, sealed", "score", "score, sealed", "cell", "cell, sealed",
             "rows, sealed", "table bits", "table cut"]  # fmt: skip
    kinds += ["choice, sealed"] if data["found"]["choices"] else []
    kind = kinds[drawn.integers(len(kinds))]
    if kind in ("json bits", "json cut"):
        return kind, (flipped if kind == "json bits" else truncated)(drawn, content), None
    if kind.startswith("field"):
        changed = other_field(drawn, data)
        return kind, written(_sealed_if_possible(changed) if "sealed" in kind else changed), None
    if kind.startswith(("score", "choice")):
        changed = (other_score if kind.startswith("score") else other_choice)(drawn, data)
        return kind, written(sealed(changed) if "sealed" in kind else changed), None
    if kind.startswith("cell"):
        other = other_cell(drawn, table)
        told, file = with_table(data, other)
        return kind, written(told if "sealed" in kind else data), file
    if kind == "rows, sealed":
        told, file = with_table(data, other_rows(drawn, table))
        return kind, written(told), file
    whole = table_bytes(table)
    return kind, content, (flipped if kind == "table bits" else truncated)(drawn, whole)


def _sealed_if_possible(data):
    try:
        return sealed(data)
    except (KeyError, ValueError, TypeError, AttributeError):
        return data


def says_the_same(table, other):
    """Whether one changed cell is nothing that a score rests on: a wrong answer for another wrong one, and of
    `fad_bias` the width of the kernel, and the ends of what is told without intervals.
    """
    if table.column_names != other.column_names or len(table) != len(other):
        return False
    cells = [
        (name, row)
        for name in table.column_names
        for row, was in enumerate(table[name].to_pylist())
        if was != other[name][row].as_py()
    ]
    if len(cells) != 1:
        return not cells
    name, row = cells[0]
    facts, now = table.slice(row, 1).to_pylist()[0], other[name][row].as_py()
    if name == "prediction":
        return isinstance(now, str) and facts["truth"] not in (facts["prediction"], now)
    if name != "value":
        return False
    own = EMOTIONS.index(facts["class"]) if facts["class"] else None
    told = facts["quantity"] in ("mmd_signal", "mmd_floor") and facts["left_out"] is not None
    wrong = facts["quantity"] == "retrieved" and own not in (now, facts["value"])
    return told or wrong or facts["quantity"] == "bandwidth"


def numbers_of(data):
    """All numbers that a record says it has found, and what they are about; None where it has none."""
    try:
        return digest([data["found"], data["asked"], data["used"]])
    except (KeyError, ValueError, TypeError):
        return None
