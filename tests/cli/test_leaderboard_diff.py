"""Does `emobench leaderboard diff` refuse what is not append-only, and write its summary?"""

import shutil
from pathlib import Path

import pytest

from emobench.cli.app import main
from emobench.leaderboard.board import record_files

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"


@pytest.fixture
def boards(tmp_path):
    """A copy of the project's boards without one record, and that record's name below them."""
    copy = shutil.copytree(BOARDS, tmp_path / "leaderboards")
    record = record_files(copy / "layerwise")[0]
    for file in record.parent.glob(f"{record.stem}.*"):
        file.unlink()
    return copy, record.relative_to(copy).as_posix()


@pytest.fixture
def diff(capsys):
    """Runs the verb; gives (exit code, stdout, stderr)."""

    def command(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["leaderboard", "diff", *map(str, arguments)])
        return (end.value.code or 0, *capsys.readouterr())

    return command


def test_a_record_that_is_new_passes(diff, boards, tmp_path):
    """What the pull request adds is listed on stdout and appended to the summary, with the findings."""
    before, record = boards
    page, findings = tmp_path / "summary.md", tmp_path / "findings.txt"
    page.write_text("# before\n")
    findings.write_bytes(b"x: scores: <b>\xff</b>\n")
    code, out, err = diff(before, BOARDS, "--summary", page, "--findings", findings)
    assert (code, err) == (0, "")
    assert f"added: {record}\n" in out
    written = page.read_text("utf-8")
    assert written.startswith("# before\n## What this changes")
    assert "\\<b\\>" in written
    assert "New: 3" in written


def test_a_record_that_is_gone_fails(diff, boards, tmp_path):
    """Removal ends with 4, names the file, and the summary is written all the same."""
    before, record = boards
    page = tmp_path / "summary.md"
    code, out, err = diff(BOARDS, before, "--summary", page)
    assert code == 4
    assert f"removed: {record}\n" in out
    assert "3 removed" in err
    assert "append-only" in page.read_text("utf-8")


def test_a_missing_folder_or_file_is_told(diff, boards, tmp_path):
    """No boards, or no findings where some were named, end with 3."""
    assert diff(tmp_path / "none", BOARDS)[0] == 3
    code, _, err = diff(boards[0], BOARDS, "--summary", tmp_path / "s", "--findings", tmp_path / "none")
    assert code == 3
    assert "Traceback" not in err


def test_findings_without_a_summary_are_a_mistake(diff, tmp_path):
    """Findings are read for the summary alone: without one they would be passed over in silence."""
    code, _, said = diff(BOARDS, BOARDS, "--findings", tmp_path / "findings.txt")
    assert code == 2
    assert "--summary" in said
