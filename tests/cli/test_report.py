"""Does `emobench report` write what was asked, and refuse what it should?"""

import subprocess
import sys

import pytest
from resealed import committed, renamed

from emobench.cli.app import main

SMALLEST = committed("layerwise", "logmel", dataset="synthetic-speech")


def report(*arguments):
    """Run the verb in this process; the exit code."""
    with pytest.raises(SystemExit) as end:
        main(["report", *map(str, arguments)])
    return end.value.code or 0


def test_a_page_is_written_and_its_path_is_the_last_line(tmp_path, capsys, monkeypatch):
    """Without -o it is report.html; an older report is written over."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert report(SMALLEST) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "report.html"
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_table_goes_to_stdout_or_to_a_file(tmp_path, capsys):
    """With --latex the table is printed; with -o it is written, and its path printed."""
    assert report("--latex", SMALLEST) == 0
    printed = capsys.readouterr().out
    place = tmp_path / "table.tex"
    assert report("--latex", SMALLEST, "-o", place) == 0
    assert capsys.readouterr().out == f"{place}\n"
    assert place.read_text("utf-8") == printed


def test_records_that_are_missing_broken_or_changed_are_data_errors(tmp_path, capsys):
    """No file, a folder, no JSON, changed scores or predictions: exit code 3, a line that names the file, no page."""
    path = renamed(SMALLEST, tmp_path, {})
    text = path.read_text("utf-8")
    broken, changed = tmp_path / "broken.json", tmp_path / "changed.json"
    broken.write_text("{", "utf-8")
    changed.write_text(text.replace('"metric":"uar"', '"metric":"uax"'), "utf-8")
    other = renamed(committed("layerwise", "byol-s", dataset="synthetic-speech"), tmp_path, {}, name="other")
    path.with_suffix(".parquet").write_bytes(other.with_suffix(".parquet").read_bytes())
    place = tmp_path / "report.html"
    for wrong in (tmp_path / "nowhere.json", tmp_path, broken, changed, path):
        assert report(wrong, "-o", place) == 3
        said = capsys.readouterr().err
        assert wrong.stem in said
        assert "Traceback" not in said
    assert not place.exists()


def test_a_record_without_its_predictions_is_shown_and_said(tmp_path, capsys):
    """The page is written; a line says whose predictions are missing and what the page lacks for it."""
    path = renamed(SMALLEST, tmp_path, {})
    path.with_suffix(".parquet").unlink()
    assert report(path, "-o", tmp_path / "report.html") == 0
    said = capsys.readouterr().err
    assert f"{path}: " in said
    assert "no confusion matrix" in said


def test_text_that_is_no_unicode_is_a_data_error(tmp_path):
    """Half of a surrogate pair, which JSON can say and UTF-8 cannot, ends with 3."""
    path = renamed(SMALLEST, tmp_path, {})
    path.write_text(path.read_text("utf-8").replace('"fp32"', '"\\ud800"'), "utf-8")
    assert report(path, "-o", tmp_path / "report.html") == 3


def test_nothing_else_is_overwritten(tmp_path, capsys):
    """A folder, a record of the report and a stranger's file are refused with 2; --force takes the stranger's."""
    path = renamed(SMALLEST, tmp_path, {})
    before, stranger = path.read_bytes(), tmp_path / "letter.html"
    stranger.write_text("dear", "utf-8")
    for place in (tmp_path, path, stranger):
        assert report(path, "-o", place) == 2
        assert str(place) in capsys.readouterr().err
    assert report(path, "-o", path, "--force") == 2
    assert path.read_bytes() == before
    assert stranger.read_text("utf-8") == "dear"
    assert report(path, "-o", stranger, "--force") == 0


def test_a_report_needs_no_torch():
    """Neither the page nor the table imports torch or its company."""
    code = "import sys, emobench.pages.report, emobench.pages.latex, emobench.cli.report\n"
    code += "print({'torch', 'transformers', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
