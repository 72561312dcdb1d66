"""Do `emobench data fetch`, `verify` and `where` end as designed?"""

import json
import os
import sys

import pytest
from published_toys import NAME
from synthetic_cli import assert_told

from emobench.cli.app import main


@pytest.fixture
def emobench(capsys, monkeypatch, published, tmp_path):
    """Runs a verb of `data` with the published corpus as a plugin; gives (exit code, stdout, stderr)."""
    monkeypatch.setenv("EMOBENCH_HOME", str(published.home))
    plugin = published.plugin(tmp_path / "plugin.py")

    def command(verb, *arguments):
        with pytest.raises(SystemExit) as end:
            main(["data", verb, *arguments, "--plugin", str(plugin)])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return command


def test_fetch_shows_the_licence_and_prints_the_folder(emobench, published):
    """Title, citation and licence go to stderr; what was fetched and the folder are all of stdout."""
    code, out, err = emobench("fetch", NAME, "--accept-licence")
    assert code == 0
    assert out.splitlines()[-1] == str(published.folder)
    assert "109 files" in out
    assert "licence: CC0-1.0" in err
    assert published.dataset.card.title in err
    code, out, err = emobench("fetch", NAME)
    assert (code, err) == (0, "")
    assert "is there already" in out


def test_fetch_in_json(emobench, published):
    """--json says what is there, under which licence, and from which archives."""
    found = json.loads(emobench("fetch", NAME, "--accept-license", "--json")[1])
    assert (found["state"], found["folder"], found["files"]) == ("fetched", str(published.folder), 109)
    assert found["archives"][0]["sha256"] == published.dataset.card.archives[0].sha256
    assert json.loads(emobench("fetch", NAME, "--json")[1])["state"] == "there"


def test_a_licence_that_nobody_accepted(emobench, site, published):
    """Without a terminal nothing is fetched, and the command that accepts is told."""
    assert_told(emobench("fetch", NAME), 3, f"emobench data fetch {NAME} --accept-licence")
    assert site.asked == []
    assert not published.folder.exists()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 3), ("\n", 3)])
def test_a_terminal_is_asked(answer, code, emobench, monkeypatch, site):
    """In a terminal the licence is a question, whose answer is no unless somebody says yes."""

    class Terminal:
        def isatty(self):
            return True

        def readline(self):
            return answer

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda *_: answer.strip())
    found, _, err = emobench("fetch", NAME)
    assert found == code
    assert "Do you accept" in err or not code
    assert bool(site.asked) == (code == 0)


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["fetch", "published-toi"], 2, f"Did you mean '{NAME}'?"),
        (["fetch", NAME, "--accept-licence", "--offline"], 3, "--archive toy.zip"),
        (["fetch", NAME, "--accept-licence", "--archive", "absent.zip"], 3, "does not exist"),
        (["verify", NAME], 3, f"emobench data fetch {NAME} --accept-licence"),
        (["verify", NAME, "--data", f"{NAME}=/absent"], 3, "does not exist"),
        (["verify", NAME, "--data", "published-toi=."], 2, f"Did you mean '{NAME}'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_told(arguments, code, hint, emobench, site):
    """Typos, missing folders and files, and a missing network end with their code and what to do."""
    assert_told(emobench(*arguments), code, hint)
    assert site.asked == []


def test_a_data_home_of_ones_own(emobench, tmp_path):
    """--data-home is where the dataset goes, and how runs find it is said."""
    code, out, err = emobench("fetch", NAME, "--accept-licence", "--data-home", str(tmp_path / "own"))
    assert (code, out.splitlines()[-1]) == (0, str(tmp_path / "own" / NAME))
    assert f"EMOBENCH_DATA={tmp_path / 'own'}" in err


def test_generated_datasets_need_no_licence(emobench):
    """A generated dataset is made, and its folder printed."""
    code, out, err = emobench("fetch", "synthetic-speech")
    assert (code, err) == (0, "")
    assert "is generated" in out


def test_where_tells_how_to_get_it(emobench, published):
    """What is not at hand can be fetched; what was fetched is there."""
    assert f"`emobench data fetch {NAME}`" in emobench("where", NAME)[1]
    published.fetch()
    found = json.loads(emobench("where", NAME, "--json")[1])
    assert (found[0]["state"], found[0]["folder"]) == ("there", str(published.folder))


def test_verify_reports_and_ends_with_its_verdict(emobench, published):
    """Official: exit 0 and a short report; something wrong: exit 3, the file by name, and what to do on stderr."""
    published.fetch()
    code, out, err = emobench("verify", NAME)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"{NAME}: official"
    for number in range(3):
        (published.folder / f"p0-calm-{number}.wav").unlink()
    code, out, err = emobench("verify", NAME)
    assert code == 3
    assert "missing (3)" in out
    assert "p0-calm-1.wav" in out
    assert "found: 3 missing" in err
    assert "emobench data fetch" in err


def test_verify_cuts_long_lists_and_json_does_not(emobench, published):
    """Twenty lines of each kind are shown; --json has every one."""
    published.fetch()
    for path in published.folder.glob("p[0-3]*.wav"):
        path.unlink()
    _, out, _ = emobench("verify", NAME)
    assert "and 28 more" in out
    assert len(out.splitlines()) < 40
    found = json.loads(emobench("verify", NAME, "--json")[1])
    assert [finding["kind"] for finding in found["findings"]].count("missing") == 48


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_folder_whose_name_is_no_utf_8_is_verified(lost, form, emobench, published, tmp_path):
    """Whatever the bytes of its name, a folder is judged by what it holds, and named with those bytes escaped."""
    published.fetch()
    folder = tmp_path / os.fsdecode(b"x\xff")
    published.folder.rename(folder)
    for number in range(lost):
        (folder / f"p0-calm-{number}.wav").unlink()
    code, out, err = emobench("verify", NAME, "--data", f"{NAME}={folder}", *form)
    assert code == (3 if lost else 0)
    assert "nobody foresaw" not in err
    assert "x\\xff" in (json.loads(out)["folder"] if form else out)
    assert ("x\\xff" in err) == bool(lost)


def test_an_advised_command_has_the_options_of_the_one_before(emobench, tmp_path):
    """Whoever follows the advice fetches the same dataset of the same plugin into the same folder."""
    code, _, err = emobench("fetch", NAME, "--data-home", str(tmp_path / "other home"))
    assert code == 3
    assert f"--accept-licence --data-home '{tmp_path}/other home' --plugin " in err


def test_an_archive_that_is_a_pipe_is_refused(emobench, tmp_path):
    """Whoever read it would wait for ever."""
    os.mkfifo(tmp_path / "pipe.zip")
    assert_told(emobench("fetch", NAME, "--accept-licence", "--archive", str(tmp_path / "pipe.zip")), 3, "as a file")
