"""Is a table that has not the form of its task refused before anything reads it?"""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from record_mutations import SMALLEST, copied, replaced, table_bytes, with_table, written

from emobench.leaderboard.checks import table_reading
from emobench.leaderboard.checks.validation import checked_record

RECORDS = {"layerwise": SMALLEST[0], "fad_bias": SMALLEST[2], "cross_domain": SMALLEST[3]}


@pytest.fixture(params=sorted(RECORDS))
def record(request, tmp_path):
    """A copy of a committed record of every task that a test may harm."""
    return copied(tmp_path, *RECORDS[request.param])


def lines(path, table=None, file=None):
    """What is wrong with a record that has another table, its digest made anew."""
    if table is not None:
        told, file = with_table(json.loads(path.read_text()), table)
        path.write_bytes(written(told))
    path.with_suffix(".parquet").write_bytes(file)
    return [one.line() for one in checked_record(None, path, placed=False) if one.rule == "table"]


def table_of(path):
    """The table beside a record."""
    return pq.read_table(path.with_suffix(".parquet"))


def test_every_row_stands_once(record):
    """A row that stands twice is refused, though it changes no mean that is taken of an array."""
    table = table_of(record)
    (line,) = lines(record, pa.concat_tables([table, table.slice(3, 1)]))
    assert "stand" in line or "not whole" in line


def test_no_row_is_missing(record):
    """One row fewer, and somebody was not tested, or some number not measured."""
    table = table_of(record)
    (line,) = lines(record, pa.concat_tables([table.slice(0, 200), table.slice(201)]))
    assert "whole" in line or "are tested" in line


def test_columns_have_names_and_types(record):
    """A column more, fewer, renamed, or of another type is refused by the description of the file."""
    table = table_of(record)
    name = table.column_names[0]
    assert "columns" in lines(record, file=table_bytes(table.drop_columns([name])))[0]
    assert "columns" in lines(record, file=table_bytes(table.append_column("more", pa.nulls(len(table)))))[0]
    assert "columns" in lines(record, file=table_bytes(table.append_column(name, table[name])))[0]
    plain = table.set_column(0, name, table[name].cast(pa.string()))
    assert f"column '{name}' is string" in lines(record, file=table_bytes(plain))[0]


def test_no_metadata_travels_along(record):
    """What pandas and others put beside the schema may hold anything: it is refused."""
    table = table_of(record).replace_schema_metadata({"pandas": "{}"})
    assert "metadata" in lines(record, file=table_bytes(table))[0]


def test_a_bomb_is_not_read(record, monkeypatch):
    """Few bytes that stand for many rows, or for much text, are refused by what the file tells of itself."""
    table = table_of(record)
    monkeypatch.setattr(table_reading, "MOST_ROWS", 10_000)
    many = pa.concat_tables([table.slice(0, 1)] * 10_001).combine_chunks()
    file = table_bytes(many)
    assert len(file) < 20_000
    assert "10001 rows, expected 1 to 10000" in lines(record, file=file)[0]
    monkeypatch.setattr(table_reading, "MOST_BYTES", 1000)
    assert "bytes when unpacked" in lines(record, file=table_bytes(table.slice(0, 5000)))[0]
    monkeypatch.setattr(table_reading, "LARGEST_PARQUET", 100)
    assert "at most 100" in lines(record, file=file)[0]


def test_an_empty_table_is_none(record):
    """No rows are no table."""
    assert "0 rows" in lines(record, file=table_bytes(table_of(record).slice(0, 0)))[0]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"{}"])
def test_what_is_no_parquet(record, content):
    """Other bytes are one finding."""
    assert len(lines(record, file=content)) == 1


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("fold", 99, "outside 0 to"),
        ("fold", -1, "outside 0 to"),
        ("strength", 0.5, "expected one of"),
        ("strength", float("nan"), "expected one of"),
        ("prediction", "bored", "names bored"),
        ("prediction", None, "without a"),
        ("truth", "angry", "several values"),
        ("split", "train", "names train"),
        ("dataset", "other", "names other"),
        ("attribute", "arousal", "names arousal"),
        ("method", "full", "names full"),
        ("layer", "7", "names 7"),
        ("group", "nobody", "names nobody"),
    ],
)
@pytest.mark.parametrize("task", ["layerwise", "cross_domain"])
def test_values_are_from_their_sets(tmp_path, task, column, value, reason):
    """Folds, strengths, splits, labels and names that the record does not have are refused, and named."""
    path = copied(tmp_path, *RECORDS[task])
    table = table_of(path)
    values = table[column].to_pylist()
    row = next(row for row, one in enumerate(values) if one not in (value, None))
    values[row] = value
    assert reason in lines(path, replaced(table, column, values))[0]


@pytest.mark.parametrize("task", ["layerwise", "cross_domain"])
def test_a_clip_with_two_labels_is_named(tmp_path, task):
    """Who changed one label is told at which clip."""
    path = copied(tmp_path, *RECORDS[task])
    table = table_of(path)
    values = table["truth"].to_pylist()
    values[7] = next(one for one in values if one != values[7])
    (line,) = lines(path, replaced(table, "truth", values))
    assert f"clip '{table['clip'][7].as_py()}' has several values of 'truth'" in line


@pytest.mark.parametrize("task", ["layerwise", "cross_domain"])
def test_a_fold_is_tested_at_one_strength(tmp_path, task):
    """One test row at another strength than the rest of its fold is refused: no one head said them all."""
    path = copied(tmp_path, *RECORDS[task])
    table = table_of(path)
    strength = table["strength"].to_pylist()
    row = next(row for row, one in enumerate(table["split"].to_pylist()) if one == "test" and strength[row] is not None)
    strength[row] = next(one for one in strength if one not in (strength[row], None))
    assert "a tested fold has several values of 'strength'" in lines(path, replaced(table, "strength", strength))[0]


@pytest.mark.parametrize(
    ("quantity", "column"),
    [("null", "left_out"), ("mmd", "dataset"), ("retrieved", "class_b"), ("clips", "draw"), ("mmd_signal", "draw")],
)
def test_rows_of_matrices_name_what_they_are_about(tmp_path, quantity, column):
    """A name or a draw where a quantity has none is refused, though nothing reads it."""
    path = copied(tmp_path, *SMALLEST[2])
    table = table_of(path)
    values = table[column].to_pylist()
    values[table["quantity"].to_pylist().index(quantity)] = next(one for one in values if one is not None)
    assert f"rows '{quantity}' with a value of '{column}'" in lines(path, replaced(table, column, values))[0]


def test_who_is_retrieved_has_an_emotion(tmp_path):
    """Between two classes there is none."""
    path = copied(tmp_path, *SMALLEST[2])
    table = table_of(path)
    values = table["value"].to_pylist()
    values[table["quantity"].to_pylist().index("retrieved")] = 1.5
    assert "no class" in lines(path, replaced(table, "value", values))[0]


def test_people_stay_in_their_folds(tmp_path):
    """A clip that is tested in another fold than its person's was learned from."""
    path = copied(tmp_path, *SMALLEST[0])
    table = table_of(path)
    folds = table["fold"].to_pylist()
    row = table["split"].to_pylist().index("test")
    folds[row] = (folds[row] + 1) % 4
    assert "fold not its own" in lines(path, replaced(table, "fold", folds))[0]


@pytest.mark.parametrize(("column", "value"), [("value", float("inf")), ("value", float("nan")), ("draw", -5)])
def test_matrices_are_finite(tmp_path, column, value):
    """No distance is infinite, and what is undefined is null."""
    path = copied(tmp_path, *SMALLEST[2])
    table = table_of(path)
    values = table[column].to_pylist()
    values[-1] = value
    assert lines(path, replaced(table, column, values))


def test_a_strength_that_tested_best_is_no_choice(tmp_path):
    """Test rows at another strength than development people chose are found, whatever they say."""
    path = copied(tmp_path, *SMALLEST[0])
    table, data = table_of(path), json.loads(path.read_text())
    strength, split, fold = (table[name].to_pylist() for name in ("strength", "split", "fold"))
    other = next(one for one in data["asked"]["options"]["probe"]["c"] if one != strength[split.index("test")])
    rows = zip(strength, split, fold, strict=True)
    moved = [other if part == "test" and place == 0 else one for one, part, place in rows]
    told, file = with_table(data, replaced(table, "strength", moved))
    path.with_suffix(".parquet").write_bytes(file)
    path.write_bytes(written(told))
    found = [one.line() for one in checked_record(None, path, placed=False) if one.rule == "choices"]
    assert any("development people chose" in line for line in found)


def test_bytes_of_a_file_are_no_matter(record):
    """The same rows in another order and packing are the same table."""
    table, buffer = table_of(record), io.BytesIO()
    pq.write_table(table.take(pa.array(range(len(table)))[::-1]), buffer, compression="snappy", row_group_size=500)
    assert lines(record, file=buffer.getvalue()) == []
