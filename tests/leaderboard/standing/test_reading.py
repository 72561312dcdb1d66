"""Do many records read in processes say the same as a few read here?"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from emobench.domain.canonical import digest
from emobench.domain.errors import CheckError, DataError
from emobench.leaderboard.board import read_board, record_files
from emobench.leaderboard.standing import reading
from emobench.leaderboard.standing.reading import read_entries
from emobench.runs.record_store import read_record

BOARDS = Path(__file__).resolve().parents[3] / "leaderboards"
LAYERWISE = BOARDS / "layerwise"


@pytest.fixture
def board(tmp_path):
    """A copy of a board that a test may harm."""
    return shutil.copytree(LAYERWISE, tmp_path / "layerwise")


def test_processes_change_nothing(monkeypatch):
    """Every entry of every board comes back in the order of its file, with the same rows and the same contender."""
    boards = {path.parent: read_board(path.parent) for path in sorted(BOARDS.glob("*/board.toml"))}
    here = read_entries(boards)
    monkeypatch.setattr(reading, "FEW", 1)
    there = read_entries(boards)
    assert list(there) == list(here)
    for folder, found in there.items():
        assert [one.path for one in found] == record_files(folder)
        for one, other in zip(found, here[folder], strict=True):
            assert one.record == other.record
            assert (one.contender is None) == (other.contender is None)
            if one.contender is not None:
                assert one.contender.score == other.contender.score
                assert np.array_equal(one.contender.drawn, other.contender.drawn)


def test_what_is_kept_is_what_the_file_says():
    """Rows over folds and seeds are those of the record's file, layers keep their headline metric alone."""
    (found,) = read_entries({LAYERWISE: read_board(LAYERWISE)}).values()
    for one in found:
        whole = read_record(one.path)
        metric = whole.found.headline.metric
        kept = [row for row in whole.found.scores if row.fold is None and row.layer is None]
        assert [row for row in one.record.found.scores if row.layer is None] == kept
        curve = [row for row in whole.found.scores if row.fold is None and row.layer and row.metric == metric]
        assert [row for row in one.record.found.scores if row.layer] == curve
        assert one.record.found.headline == whole.found.headline


@pytest.mark.parametrize("few", [64, 1])
def test_a_record_that_may_not_stand_there_is_told(board, monkeypatch, few):
    """A record of another protocol version ends with what was found, whoever read it."""
    monkeypatch.setattr(reading, "FEW", few)
    text = (board / "board.toml").read_text()
    (board / "board.toml").write_text(text.replace("protocol_version = 1", "protocol_version = 2"))
    with pytest.raises(CheckError) as caught:
        read_entries({board: read_board(board)})
    assert "protocol layerwise version 1" in caught.value.found


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("found", "choices", None),
        ("found", "headline", {"metric": "uar", "value": "much", "low": 0, "high": 1, "chance": 0.1}),
        ("found", "scores", "none"),
        ("used", "protocol", None),
        ("used", "backbone", None),
        ("asked", "options", 3),
        ("asked", "dataset", None),
    ],
)
def test_a_sealed_record_without_its_form_is_told(board, part, name, value):
    """A record that lacks a part, or has another thing in its place, is an error of data that names the file."""
    path = record_files(board)[0]
    data = json.loads(path.read_text())
    del data[part][name]
    if value is not None:
        data[part][name] = value
    key = digest({"schema": data["schema"], "asked": data["asked"], "used": data["used"]})
    path.write_text(json.dumps({**data, "key": key, "found_digest": digest(data["found"])}))
    with pytest.raises(DataError, match="is not a record of this version") as caught:
        read_entries({board: read_board(board)})
    assert path.name in str(caught.value)
