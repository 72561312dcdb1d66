"""Does `emobench check` say of every law what was expected and what was found, and end with the right code?"""

import importlib
import json

import pytest
from plugin_toys import BAD, GOOD, installed, written

from emobench.cli.verdict_lines import WIDTH, summary, verdict_text
from emobench.testing.laws import Verdict


@pytest.fixture
def check(emobench, tmp_path, monkeypatch):
    """Checks in an empty folder; gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return lambda *arguments: emobench("check", *arguments)


def test_a_plugin_that_keeps_the_laws(check, tmp_path):
    """A heading for the plugin and each of its offers, a line for every law, a count, and exit code 0."""
    written(tmp_path, "good.py")
    code, out, err = check("good.py", "--law", "own_name", "--law", "batch_mates", "--law", "resumes")
    assert (code, err) == (0, "")
    plugin, own_name, _, backbone, batch_mates, resumes, _, count = out.splitlines()
    assert plugin.startswith("plugin good.py, from file:")
    assert backbone.startswith("backbone my-level, from file:")
    assert own_name.split()[:2] == ["ok", "own_name"]
    assert batch_mates.split()[:2] == ["ok", "batch_mates"]
    assert resumes.split()[:4] == ["-", "resumes", "not", "asked:"]
    assert count == "2 laws hold, 1 not asked."


@pytest.mark.parametrize("file", BAD)
def test_a_bad_plugin_breaks_the_law_that_is_meant(check, tmp_path, file):
    """Whatever is wrong, the law is named with what was expected and found, escaped, and the exit code is 4."""
    text, law, found = BAD[file]
    written(tmp_path, file, text)
    code, out, err = check(file, "--law", law)
    assert code == 4
    first = next(line for line in out.splitlines() if line.split()[:2] == ["BROKEN", law])
    assert "expected: " in first
    assert found in " ".join(out.split())
    assert law in err
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    assert max(map(len, out.splitlines())) <= WIDTH


def test_json_lists_the_verdicts(check, tmp_path):
    """`--json` prints a list of verdicts, whole, each with whose it is; and nothing else."""
    written(tmp_path, "shadow.py", BAD["shadow.py"][0])
    code, out, err = check("shadow.py", "--law", "own_name", "--law", "licence_named", "--json")
    assert code == 4
    assert "own_name" in err
    broken, kept = json.loads(out)
    assert broken.keys() == {"kind", "name", "from", "law", "holds", "expected", "found"}
    assert [broken[key] for key in ("kind", "name", "law", "holds")] == ["plugin", "shadow.py", "own_name", False]
    assert [kept[key] for key in ("kind", "name", "law", "holds")] == ["backbone", "logmel", "licence_named", True]


def test_what_a_plugin_prints_is_not_the_verdict(check, tmp_path):
    """Stdout holds verdicts alone, as JSON or lines; words of a plugin go to stderr."""
    written(tmp_path, "loud.py", f"print('noise')\n{GOOD}")
    code, out, err = check("loud.py", "--law", "imports", "--json")
    assert code == 0
    assert [verdict["law"] for verdict in json.loads(out)] == ["imports"]
    assert "noise" in err
    code, out, err = check("loud.py", "--law", "light_import")
    assert code == 4
    assert "noise" not in out.splitlines()
    assert "it prints 'noise'" in out
    assert "noise" in err.splitlines()


def test_a_plugin_that_leaves_the_folder_is_still_found(check, tmp_path):
    """Relative paths mean what they meant when the command began, wherever a plugin goes while it is imported."""
    written(tmp_path, "leaves.py", f"import os\nos.chdir('/')\n{GOOD}")
    code, out, _ = check("leaves.py", "--law", "imports", "--law", "loads", "--law", "light_import")
    assert code == 4
    assert [line.split()[1] for line in out.splitlines() if line.split()[:1] == ["ok"]] == ["imports", "loads"]
    assert "changes the current folder to /" in out


def test_plugins_of_one_name_are_told_apart(check, tmp_path, monkeypatch):
    """Where two things of one name break a law, the error says of each who brings it."""
    for one in ("first", "second"):
        installed(tmp_path, f"emobench-{one}", {"twin": "same_plugin"})
    written(tmp_path, "same_plugin.py")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    code, _, err = check("twin", "--law", "own_name")
    assert code == 4
    assert "plugin twin, from emobench-first 1.0: own_name\nplugin twin, from emobench-second 1.0: own_name" in err


def test_what_is_not_at_hand_is_told_behind_what_can_be_asked(check, tmp_path):
    """Without weights or data the other laws are told, and the code is 3; a broken law beside it makes it 4."""
    needs = GOOD.replace("sample_rate=16_000,", 'sample_rate=16_000, weights=Weights(repo="no/where"),')
    needs = needs.replace("BackboneCard,", "BackboneCard, Weights,", 1)
    written(tmp_path, "needs.py", needs.replace('pretrained_on="nothing"', 'pretrained_on="unknown"'))
    code, out, err = check("needs.py", "ravdess-song", "--offline")
    assert code == 3
    assert out.count("no further law can be asked") == 2
    assert all(any(line.split()[:2] == ["ok", law] for line in out.splitlines()) for law in ("own_name", "paper_named"))
    assert "--data ravdess-song=DIR" in err
    assert "--weights my-level=" in err
    written(tmp_path, "raises.py", BAD["raises.py"][0])
    code, _, err = check("ravdess-song", "raises.py")
    assert code == 4
    assert "plugin raises.py: imports" in err
    assert "--data ravdess-song=DIR" in err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["logmle"], "Did you mean 'logmel'?"),
        (["absent.py"], "no plugin file at 'absent.py'"),
        (["logmel", "--law", "batch_mate"], "Did you mean 'batch_mates'?"),
        (["logmel", "--weights", "logmel"], "NAME=VALUE"),
        (["logmel", "--weights", "logmel=x"], "takes no weights"),
        (["logmel", "--data", "ravdess-speach=x"], "Did you mean 'ravdess-speech'?"),
        (["logmel", "--plugin", "absent.py"], "no plugin file"),
        (["csv:mine.csv", "--set", "table.adio=x"], "Did you mean 'audio'?"),
        ([], "NAME|FILE.py"),
    ],
)
def test_wrong_usage(check, arguments, hint):
    """A typo anywhere ends with code 2 and what was probably meant, never with a traceback."""
    code, _, err = check(*arguments)
    assert code == 2
    assert hint in err
    assert "Traceback" not in err


def test_an_interrupt_ends_it(check, monkeypatch):
    """Ctrl-C while a law is asked ends with 130; what was told before stays."""
    from emobench.testing import cases

    def interrupted(_):
        yield Verdict("imports", "e", "f", holds=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(cases, "check_plugin", interrupted)
    code, out, err = check("logmel")
    assert code == 130
    assert out.splitlines()[1].split()[:2] == ["ok", "imports"]
    assert "interrupted" in err


def test_lines_are_cut_where_a_law_holds_and_whole_where_it_is_broken():
    """No line is wider than a terminal; of a broken law every word is there, hung under its column."""
    expected, found = "This is what was expected of it, and more. " * 8, "what was found " * 20
    for holds in (True, False, None):
        text = verdict_text(Verdict("law", expected, found, holds), 20)
        assert max(map(len, text.splitlines())) <= WIDTH
        assert (len(text.splitlines()) == 1) is (holds is True)
    broken = verdict_text(Verdict("law", expected, found, holds=False), 20)
    assert " ".join(broken.split()) == " ".join(f"BROKEN law expected: {expected} found: {found}".split())
    short = verdict_text(Verdict("law", "A rule.", "three of them", holds=True), 5)
    assert short == "  ok      law    A rule. | three of them"


def test_the_summary_counts():
    """Every verdict is counted once, under what became of it."""
    of = [Verdict("law", "e", "f", holds) for holds in (True, True, False, None)]
    assert summary(of) == "2 laws hold, 1 is broken, 1 not asked."
    assert summary(of[:1]) == "1 law holds."
