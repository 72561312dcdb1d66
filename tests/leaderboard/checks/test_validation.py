"""Is a changed record found out, whatever was changed and however well it was sealed again?"""

import json
from itertools import product

import numpy as np
import pyarrow.parquet as pq
import pytest
from record_mutations import (
    BOARDS,
    SMALLEST,
    copied,
    mutated,
    numbers_of,
    replaced,
    says_the_same,
    sealed,
    with_table,
    written,
)

from emobench.leaderboard.board import read_board, record_files
from emobench.leaderboard.checks.findings import RULES
from emobench.leaderboard.checks.validation import checked_record, looked_through

PATHS = sorted(path for board in BOARDS.glob("*/board.toml") for path in record_files(board.parent))
RECORDS = {"layerwise": SMALLEST[0], "fad_bias": SMALLEST[2], "cross_domain": SMALLEST[3]}


@pytest.fixture(params=sorted(RECORDS))
def record(request, tmp_path):
    """A copy of a committed record of every task, on its board, that a test may harm."""
    return copied(tmp_path, *RECORDS[request.param])


def told(path):
    """Rules and lines of what is wrong with a record on its board."""
    found = checked_record(path.parents[3], path)
    assert {one.rule for one in found} <= set(RULES)
    return [(one.rule, one.line()) for one in found]


def changed(path, change, *, seal=True):
    """Change a record's data in place."""
    data = json.loads(path.read_text())
    change(data)
    path.write_bytes(written(sealed(data) if seal else data))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parents[1].name}-{path.parent.name}-{path.stem}")
def test_committed_records_hold(path):
    """Nothing is wrong with any record of the project: what is written is what every check expects."""
    assert told(path) == []


def _score(data, place=0):
    row = next(row for row in data["found"]["scores"][place:] if row["value"] is not None)
    row["value"] = round(row["value"] + 0.001, 6)


@pytest.mark.parametrize("seal", [False, True])
def test_a_changed_score_is_named(record, seal):
    """A score changed by 0.001, digests remade or not, is told with its metric, the stored and the recomputed value."""
    before = json.loads(record.read_text())["found"]["scores"]
    changed(record, _score, seal=seal)
    row = next(row for row in before if row["value"] is not None)
    lines = [line for rule, line in told(record) if rule == "scores"]
    assert any(f"metric={row['metric']}" in line and f"recomputed {row['value']}" in line for line in lines)
    assert any(rule == "found_digest" for rule, _ in told(record)) is not seal


# A single dataset has no p: nothing is compared in it.
@pytest.mark.parametrize(
    ("record", "name"),
    [
        *product(["cross_domain", "fad_bias", "layerwise"], ["low", "high", "n_clips"]),
        *product(["cross_domain", "fad_bias"], ["p"]),
    ],
    indirect=["record"],
)
def test_a_changed_end_of_a_row_is_named(record, name):
    """Intervals, p-values and counts are recomputed like scores."""

    def change(data):
        row = next(row for row in data["found"]["scores"] if row[name])
        row[name] = row[name] + 1 if name == "n_clips" else round(row[name] * 0.9, 6)

    changed(record, change)
    assert any(f": {name} is " in line for rule, line in told(record) if rule == "scores")


def test_a_changed_headline_is_named(record):
    """The one number that a board is sorted by is recomputed."""
    changed(record, lambda data: data["found"]["headline"].update(value=0.99))
    assert any("headline: value is 0.99" in line for rule, line in told(record) if rule == "scores")


@pytest.mark.parametrize("record", ["cross_domain", "layerwise"], indirect=True)
def test_a_changed_choice_is_named(record):
    """Another layer or strength cannot be called the chosen one."""
    changed(record, lambda data: data["found"]["choices"][0].update(chosen=not data["found"]["choices"][0]["chosen"]))
    assert any("chosen is" in line for rule, line in told(record) if rule == "choices")


def test_an_added_note_and_a_lost_row_are_named(record):
    """Notes follow from the table, and a row that is left out is missed."""
    changed(record, lambda data: (data["found"]["notes"].append("best of all"), data["found"]["scores"].pop()))
    found = told(record)
    assert any(rule == "notes" and "best of all" in line for rule, line in found)
    assert any(rule == "scores" and "no score" in line for rule, line in found)


@pytest.mark.parametrize("digest", ["key", "found_digest", "predictions_digest"])
def test_a_changed_digest_is_named(record, digest):
    """Each of the three digests is recomputed."""
    changed(record, lambda data: data.update({digest: "0" * 64}), seal=False)
    assert digest in [rule for rule, _ in told(record)]


@pytest.mark.parametrize("seal", [False, True])
def test_one_changed_number_of_the_table_is_named(record, seal):
    """One prediction, or one number of a matrix, changed: the digest does not fit, or else scores do not follow."""
    table, data = pq.read_table(record.with_suffix(".parquet")), json.loads(record.read_text())
    if "prediction" in table.column_names:
        values = table["prediction"].to_pylist()
        values[0] = next(one for one in sorted(set(values)) if one != values[0])
        other = replaced(table, "prediction", values)
    else:
        values, quantity = table["value"].to_pylist(), table["quantity"].to_pylist()
        values[quantity.index("mmd")] *= 1.5
        other = replaced(table, "value", values)
    told_data, file = with_table(data, other)
    record.with_suffix(".parquet").write_bytes(file)
    record.write_bytes(written(told_data if seal else data))
    rules = [rule for rule, _ in told(record)]
    assert ("predictions_digest" in rules) is not seal
    assert "scores" in rules


def test_one_changed_label_is_named(tmp_path):
    """A clip with another label has another identity, even where every digest was made anew."""
    path = copied(tmp_path, *SMALLEST[0])
    table, data = pq.read_table(path.with_suffix(".parquet")), json.loads(path.read_text())
    clip, truth = (table[name].to_pylist() for name in ("clip", "truth"))
    other = next(one for one in sorted(set(truth)) if one != truth[0])
    relabelled = [other if name == clip[0] else label for name, label in zip(clip, truth, strict=True)]
    told_data, file = with_table(data, replaced(table, "truth", relabelled))
    path.with_suffix(".parquet").write_bytes(file)
    path.write_bytes(written(told_data))
    assert "identity" in [rule for rule, _ in told(path)]


def test_two_hundred_mutations(tmp_path):
    """Bits, fields, scores, choices, rows and cells changed at random: never an exception, never another answer."""
    drawn = np.random.default_rng(7)
    path = copied(tmp_path, *SMALLEST[0])
    content, packed, board = path.read_bytes(), path.with_suffix(".parquet").read_bytes(), read_board(path.parents[3])
    table = pq.read_table(path.with_suffix(".parquet"))
    for _ in range(200):
        kind, record, file = mutated(drawn, content, json.loads(content), table)
        path.write_bytes(record)
        path.with_suffix(".parquet").write_bytes(packed if file is None else file)
        found, _ = looked_through(board, path, placed=True)
        assert all("\n" not in one.line() and one.line().isprintable() for one in found)
        assert found or numbers_of(json.loads(record)) == numbers_of(json.loads(content)), kind
        if not found and "cell" in kind:
            assert says_the_same(table, pq.read_table(path.with_suffix(".parquet"))), kind
