"""Is the form of records what the published schema says, and is either kept?"""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from record_mutations import BOARDS, SMALLEST, other_field, written

from emobench.leaderboard.board import record_files
from emobench.leaderboard.checks.record_form import form_problems, schema
from emobench.leaderboard.checks.strict_json import LARGEST_JSON, read_strictly

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "record.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
PATHS = sorted(path for board in BOARDS.glob("*/board.toml") for path in record_files(board.parent))


def test_the_published_schema_is_fresh():
    """`emobench leaderboard validate --schema > docs/record.schema.json` was run."""
    jsonschema.Draft202012Validator.check_schema(schema())
    assert json.loads(PUBLISHED.read_text("utf-8")) == schema()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_records_pass_the_schema(path):
    """What the project has published fits what it has published about it."""
    data = json.loads(path.read_text())
    for rows in ("scores", "choices"):  # the library takes a second for a thousand rows that are alike
        data["found"][rows] = data["found"][rows][:40]
    VALIDATOR.validate(data)


def test_what_the_schema_refuses_is_refused():
    """Whatever field is dropped, renamed or retyped: a record that the schema refuses never passes our own form."""
    drawn, refused = np.random.default_rng(3), 0
    for place in range(150):
        board, name = SMALLEST[place % len(SMALLEST)]
        data = json.loads((BOARDS / board / "records" / f"{name}.json").read_text())
        for rows in ("scores", "choices"):
            data["found"][rows] = data["found"][rows][:5]
        changed = other_field(drawn, data)
        if not VALIDATOR.is_valid(changed):
            refused += 1
            assert form_problems(written(changed), changed)
    assert refused > 50


def test_a_wrong_field_is_named():
    """The line says where the field stands, and what was found."""
    data = json.loads(PATHS[0].read_text())
    data["found"]["headline"]["value"] = "high"
    data["spent"]["more"] = 1
    lines = form_problems(written(data), data)
    assert any(line.startswith("found.headline.value:") and "'high'" in line for line in lines)
    assert any(line.startswith("spent.more:") for line in lines)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"p": 1.5}, "found.scores.0.p"),
        ({"low": 2.0, "high": 1.0}, "found.scores.0"),
        ({"n_clips": -1}, "found.scores.0.n_clips"),
        ({"n_clips": 2.5}, "found.scores.0.n_clips"),
        ({"n_clips": True}, "found.scores.0.n_clips"),
    ],
)
def test_numbers_have_bounds(change, where):
    """Probabilities lie in [0, 1], ends are in order, counts are whole and not negative."""
    data = json.loads(PATHS[0].read_text())
    data["found"]["scores"][0].update(change)
    assert form_problems(written(data), data)[0].startswith(where)


@pytest.mark.parametrize("data", [None, 1, [], {}, {"asked": 1}, {"asked": {"task": []}}, {"asked": {"task": "other"}}])
def test_what_is_no_record_is_told(data):
    """JSON that is no record of a known task is one line."""
    assert len(form_problems(written(data), data)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": 1e999}', "beyond what a number can be"),
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a": "\xff"}', "utf-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"a": ' + b"9" * 5000 + b"}", "an integer of 5000 digits"),
        (b"[" * 100_000, "recursion"),
        (b'{"a":' * 100_000, "recursion"),
        (b"", "Expecting value"),
        (b"{} {}", "Extra data"),
        (b'{"a": "\n"}', "control character"),
    ],
)
def test_only_strict_json_is_read(tmp_path, content, reason):
    """Whatever Python's reader would forgive, or break at, is a finding with its reason."""
    path = tmp_path / "record.json"
    path.write_bytes(content)
    _, data, (finding,) = read_strictly(path)
    assert data is None
    assert finding.rule == "json"
    assert reason in finding.what


def test_a_huge_file_is_not_read(tmp_path):
    """A file beyond the limit is refused by its size, and one that is not there is told."""
    path = tmp_path / "record.json"
    path.write_bytes(b" " * (LARGEST_JSON + 1))
    assert read_strictly(path)[2][0].rule == "files"
    assert read_strictly(tmp_path / "other.json")[2][0].what == "cannot be read: FileNotFoundError"
