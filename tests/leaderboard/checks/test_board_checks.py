"""Are whole boards checked: every record, what lies between them, and what only all of them tell?"""

import json
import os
import shutil
import signal

import pytest
from record_mutations import BOARDS, SMALLEST, copied, sealed, written
from typer.testing import CliRunner

from emobench.cli.app import app
from emobench.domain.errors import CheckError, DataError
from emobench.leaderboard.checks import board_checks
from emobench.leaderboard.checks.board_checks import checked_boards
from emobench.leaderboard.checks.findings import Finding
from emobench.leaderboard.checks.stray_files import stray_findings


@pytest.fixture
def path(tmp_path):
    """The smallest record on its board, with nothing else."""
    return copied(tmp_path, *SMALLEST[0])


def test_a_board_and_its_parts_are_found(path):
    """All boards below a folder, one board, a folder of records and one record lead to the same check."""
    board = path.parents[3]
    for place in (board.parent, board, path.parent, path):
        checked = checked_boards(place, processes=1)
        assert (checked.records, checked.boards, checked.findings) == (1, 1, ())
    assert {"spent", "where", "pictures"} <= set(checked.not_recomputed)


def test_nothing_to_check_is_told(tmp_path):
    """No board and no record is an error of data."""
    with pytest.raises(DataError, match="nothing to check"):
        checked_boards(tmp_path)


def test_what_does_not_belong_is_found(path):
    """Other files, links, folders and pictures without their record are refused."""
    (path.parent / "notes.txt").write_text("x")
    (path.parent / "000000000000.svg").write_text("<svg/>")
    (path.parent / "adapters").mkdir()
    (path.parent / "link.json").symlink_to(path)
    (path.parents[2] / "README.md").write_text("x")
    found = {one.path.name: one.what for one in stray_findings(path.parents[3])}
    assert set(found) == {"notes.txt", "000000000000.svg", "adapters", "link.json", "README.md"}
    assert checked_boards(path.parents[3], processes=1).findings


@pytest.mark.parametrize("ending", [".parquet", ".svg"])
def test_every_file_is_there(path, ending):
    """A record without its table, or without its picture, is found."""
    path.with_suffix(ending).unlink()
    (finding,) = checked_boards(path, processes=1).findings
    assert finding.rule == "files"
    assert ending in finding.what


def test_a_record_stands_in_its_place_once(path):
    """Under another name it is out of its place, and it stands twice."""
    other = path.parent / "000000000000.json"
    for ending in (".json", ".parquet", ".svg"):
        shutil.copy(path.with_suffix(ending), other.with_suffix(ending))
    rules = {(one.path.name, one.rule) for one in checked_boards(path.parents[3], processes=1).findings}
    assert (other.name, "place") in rules
    assert "doubles" in {rule for _, rule in rules}


def test_a_result_stands_once(path):
    """The same question about the same weights and data by the same versions is no second row, whatever prose says."""
    data = json.loads(path.read_text())
    data["used"]["backbone"]["card"]["paper"] = "https://doi.org/10.0000/other"
    data = sealed(data)
    other = path.parent / f"{data['key'][:12]}.json"
    other.write_bytes(written(data))
    for ending in (".parquet", ".svg"):
        shutil.copy(path.with_suffix(ending), other.with_suffix(ending))
    (finding,) = checked_boards(path.parents[3], processes=1).findings
    assert finding.rule == "doubles"


def test_reproductions_need_no_place_and_no_picture(path):
    """Below `reproductions` all is checked but place and pictures, and a changed score is found."""
    board = path.parents[3]
    again = board / "reproductions" / "layerwise" / path.parent.name / path.stem / "abcdef012345.json"
    again.parent.mkdir(parents=True)
    shutil.copy(path, again)
    shutil.copy(path.with_suffix(".parquet"), again.with_suffix(".parquet"))
    checked = checked_boards(board, processes=1)
    assert (checked.records, checked.findings) == (2, ())
    data = json.loads(again.read_text())
    data["found"]["headline"]["value"] = 0.9
    again.write_bytes(written(sealed(data)))
    assert {(one.path, one.rule) for one in checked_boards(board, processes=1).findings} == {(again, "scores")}


def test_a_first_look_gets_a_clear_word(path):
    """A record of --limit is refused by name."""
    data = json.loads(path.read_text())
    data["asked"]["limit"] = 10
    path.write_bytes(written(sealed(data)))
    assert any(
        one.rule == "admission" and "a first look" in one.what for one in checked_boards(path, processes=1).findings
    )


def test_a_board_knows_its_data(path):
    """A consistent forgery of labels has another identity than the board lists."""
    board = path.parents[3] / "board.toml"
    text = board.read_text()
    identity = json.loads(path.read_text())["used"]["dataset"]["identity"]
    assert identity in text
    board.write_text(text.replace(identity, "0" * 64))
    (finding,) = checked_boards(path, processes=1).findings
    assert finding.rule == "identity"
    assert "the board takes 000000000000" in finding.what


def _dies(_given):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_check_that_dies_is_a_finding(path, monkeypatch):
    """A record that ends the process that reads it is refused, and the program goes on."""
    monkeypatch.setattr(board_checks, "_checked", _dies)
    (finding,) = checked_boards(path, processes=1).findings
    assert (finding.rule, finding.path) == ("table", path)
    assert "has ended" in finding.what


def test_the_verb_ends_with_four(path):
    """Findings are lines on stdout and exit code 4; --json says the same to machines."""
    assert CliRunner().invoke(app, ["leaderboard", "validate", str(path)]).exit_code == 0
    data = json.loads(path.read_text())
    data["found"]["headline"]["value"] = 0.9
    path.write_bytes(written(sealed(data)))
    result = CliRunner().invoke(app, ["leaderboard", "validate", str(path)])
    assert isinstance(result.exception, CheckError)
    assert result.exception.exit_code == 4
    assert f"{path}: scores: headline: value is 0.9, recomputed" in result.stdout
    assert "Not recomputed, as told: spent" in result.stdout
    told = json.loads(CliRunner().invoke(app, ["leaderboard", "validate", "--json", str(path)]).stdout)
    assert [finding["rule"] for finding in told["findings"]] == ["scores"]
    assert told["records"] == 1


def test_the_schema_is_printed():
    """`--schema` prints what is published."""
    result = CliRunner().invoke(app, ["leaderboard", "validate", "--schema"])
    published = (BOARDS.parent / "docs" / "record.schema.json").read_text("utf-8")
    assert result.stdout == published


def test_a_finding_names_its_file(path):
    """A line begins with the file, then the rule."""
    assert Finding("scores", path, "x").line() == f"{path}: scores: x"
