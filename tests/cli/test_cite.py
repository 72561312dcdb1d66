"""Does `emobench cite` print the BibTeX of a committed record, or say what is wrong?"""

import subprocess
import sys
from pathlib import Path

import pytest
from bibtex import read

from emobench.cli.app import main
from emobench.leaderboard.board import record_files

BOARDS = Path(__file__).resolve().parents[2] / "leaderboards"
RECORDS = [path for board in sorted(BOARDS.glob("*/board.toml")) for path in record_files(board.parent)]


@pytest.fixture
def cite(capsys):
    """Runs the verb; gives (exit code, stdout, stderr)."""

    def command(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["cite", *map(str, arguments)])
        return (end.value.code or 0, *capsys.readouterr())

    return command


def test_all_committed_records_are_cited_from_known_papers(cite):
    """Every committed record gives valid BibTeX in which nothing lacks its paper."""
    code, out, err = cite(*RECORDS)
    assert (code, err) == (0, "")
    found = [key for _, key, _ in read(out)]
    assert {"emobench", "livingstone2018ravdess", "juslin2003", "scheidwasser2021serab", "davis1980"} <= set(found)
    assert not [key for key in found if key.startswith(("model-", "corpus-", "method-"))]


def test_a_file_holds_what_would_be_printed(cite, tmp_path):
    """`-o` writes the same bytes and prints the file's name."""
    _, printed, _ = cite(RECORDS[0])
    assert cite(RECORDS[0], "-o", tmp_path / "refs.bib") == (0, f"{tmp_path / 'refs.bib'}\n", "")
    assert (tmp_path / "refs.bib").read_text("utf-8") == printed


@pytest.mark.parametrize("content", [None, b"\xff", b"{", b"[]", b'{"schema": NaN}'], ids=str)
def test_what_is_no_record_is_an_error_of_data(cite, tmp_path, content):
    """A missing or broken record ends with 3, names the file, and prints nothing."""
    path = tmp_path / "record.json"
    if content is not None:
        path.write_bytes(content)
    code, out, err = cite(path)
    assert (code, out) == (3, "")
    assert str(path) in err
    assert "Traceback" not in err


def test_a_changed_record_is_not_cited(cite, tmp_path):
    """A record whose key no longer fits is refused."""
    path = tmp_path / "record.json"
    path.write_text(RECORDS[0].read_text("utf-8").replace('"emotion"', '"arousal"', 1), "utf-8")
    assert cite(path)[0] == 3


def test_no_torch():
    """Citing costs no import of torch."""
    code = (
        "import sys\nfrom emobench.cli.app import main\ntry:\n"
        f"    main(['cite', {str(RECORDS[0])!r}])\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
