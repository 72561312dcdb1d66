"""Does no text of a record say who made it and where, or more than text?"""

import json

import pytest
from record_mutations import BOARDS

from emobench.leaderboard.board import record_files
from emobench.leaderboard.checks.findings import Finding, shown
from emobench.leaderboard.checks.text_checks import text_problems, wrong_with

PATHS = sorted(path for board in BOARDS.glob("*/board.toml") for path in record_files(board.parent))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/data/corpora", "an absolute path"),
        ("--data x=/mnt/corpora", "an absolute path"),
        ("read 'C:\\Users\\me'", "an absolute path"),
        ("D:/corpora", "an absolute path"),
        ("\\\\server\\share", "an absolute path"),
        ("file:///etc/passwd", "an absolute path"),
        ("~/corpora", "an absolute path"),
        ("~joe/corpora", "an absolute path"),
        ("$HOME/corpora", "an absolute path"),
        ("home/joe/corpora", "a home folder"),
        ("joe@host", "a person or machine"),
        ("joe.doe@uni.example.org", "a person or machine"),
        ("node7.local", "a person or machine"),
        ("localhost", "a person or machine"),
        ("--password x", "a person or machine"),
        ("<script>", "markup"),
        ("</td>", "markup"),
        ("<!-- x", "markup"),
        ("&lt;b", "markup"),
        ("&#60;", "markup"),
        ("[x](y)", "markup"),
        ("javascript:alert(1)", "markup"),
        ("data:text/html,x", "markup"),
        ("a\nb", "U+000A"),
        ("a\x00b", "U+0000"),
        ("a\x7fb", "U+007F"),
        ("a\u202eb", "U+202E"),
        ("a\u200bb", "U+200B"),
        ("a\u2066b", "U+2066"),
        ("a\u2028b", "U+2028"),
        ("a\ud800b", "U+D800"),
        ("a\ufeffb", "U+FEFF"),
        ("x" * 4001, "4001 characters"),
    ],
)
def test_what_no_text_may_have(text, kind):
    """Paths, people, hosts, markup, and characters that do not show are found, and their place is told."""
    assert kind in wrong_with(text)
    assert text_problems({"where": {"device": [1, text]}})[0].startswith("where.device[1]: ")
    assert text_problems({"where": {text: 1}})


@pytest.mark.parametrize("address", ["https://joe:secret@host/x", "ssh://node7/x", "ftp://host/x"])
def test_addresses_with_people_in_them(address):
    """Only plain addresses of the web are texts: no user in them, no other scheme."""
    assert wrong_with(address)


@pytest.mark.parametrize(
    "text",
    [
        *("byol-s@random", "hf:org/repo@v1.0@random", "hf:a/b@refs/pr/1", "features with sd < 1e-6 become 0"),
        *("sum of log-losses + |w|^2 / 2C, free intercept", "speech and/or song", "<path>", "Actor_01/03-01.wav"),
        *("https://doi.org/10.1/a, (https://example.org/~x).", "(arXiv 2409.17899)", "1/C", "glücklich", "悲しい"),
        "emobench run --data ravdess-speech=<path> --out <path>",
    ],
)
def test_what_records_do_say_is_clean(text):
    """Names of models, formulas, addresses of papers and other scripts are texts."""
    assert wrong_with(text) == ""


def test_numbers_of_a_version_are_no_address():
    """Four numbers with dots are an address, but in a version."""
    assert text_problems({"where": {"device": "10.0.0.7"}}) == ["where.device: the address of a machine"]
    assert text_problems({"where": {"versions": {"torch": "2.11.0.1"}}}) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_committed_records_are_clean(path):
    """No text of the project's own records is refused."""
    assert text_problems(json.loads(path.read_text())) == []


def test_a_finding_is_one_harmless_line(tmp_path):
    """Whatever stands in a record, its finding is one printable line of bounded length."""
    line = Finding("text", tmp_path / "a\x1b[31m\n\u202e.json", "\x1b]0;title\x07\ud800" + "x" * 10_000).line()
    assert line.isprintable()
    assert len(line) < 1500
    assert shown("é悲") == "é悲"
