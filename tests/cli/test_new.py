"""Does `emobench new` write what it says, and explain what it does not?"""

import shlex

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("kind", "third"),
    [
        ("backbone", "emobench run --backbone mine"),
        ("dataset", "emobench run --dataset mine"),
        ("peft", "emobench run --task cross_domain --peft mine "),
    ],
)
def test_it_says_what_was_written_and_what_comes_next(emobench, tmp_path, monkeypatch, kind, third):
    """Every file is named, and the next three commands install, check and run the plugin from where one stands."""
    monkeypatch.chdir(tmp_path)
    code, out, err = emobench("new", kind, "mine")
    assert (code, err) == (0, "")
    files, _, following = out.partition("\n\n")
    there = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file())
    assert files.splitlines() == there
    commands = [line.strip() for line in following.splitlines() if line.startswith("  ")]
    assert commands[:2] == ["pip install -e ./emobench-mine", "emobench check mine"]
    assert commands[2].startswith(third)
    assert len(commands) == 3


def test_a_place_with_a_space_is_quoted(emobench, tmp_path):
    """`--into` is made where it is missing, and the command that installs from it can be copied as it stands."""
    code, out, _ = emobench("new", "dataset", "mine", "--into", str(tmp_path / "a b"), "--domain", "music")
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("  pip"))
    assert shlex.split(line)[-1] == str(tmp_path / "a b" / "emobench-mine")


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["backbon", "mine"], 2, "Did you mean 'backbone'?"),
        (["model", "mine"], 2, "Known: backbone, dataset, peft."),
        (["backbone", "Mine"], 2, "'mine' would do"),
        (["backbone", "logmel"], 2, "It is taken: a backbone of emobench"),
        (["peft", "mine", "--domain", "music"], 2, "--domain is for datasets."),
        (["dataset", "mine", "--domain", "musik"], 2, "Did you mean 'music'?"),
        (["dataset", "there"], 2, "is there already, and nothing is overwritten"),
        (["dataset", "mine", "--into", "file"], 1, "Name another place with --into DIR."),
        (["backbone"], 2, "Missing argument 'NAME'"),
    ],
)
def test_mistakes_are_explained_and_leave_nothing(emobench, tmp_path, monkeypatch, arguments, code, hint):
    """A wrong kind, name, domain or place ends with its code and a word about it, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "emobench-there").mkdir()
    (tmp_path / "file").touch()
    found, out, err = emobench("new", *arguments)
    assert found == code
    assert hint in err
    assert "Traceback" not in err
    assert out == ""
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["emobench-there", "file"]


@given(name=st.one_of(st.from_regex(r"[a-z0-9._-]{1,8}", fullmatch=True), st.text(min_size=1, max_size=8)))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(name="../up")
@example(name="\x1b]0;x\x07")
def test_a_refused_name_leaves_nothing_on_disk(emobench, tmp_path, name):
    """Whatever the name, there is a package of that name afterwards, or exit code 2 and nothing at all."""
    place = tmp_path / str(len(list(tmp_path.iterdir())))
    code, _, err = emobench("new", "dataset", "--into", str(place), "--", name)
    assert code in (0, 2)
    if code == 0:
        assert [entry.name for entry in place.iterdir()] == [f"emobench-{name}"]
    else:
        assert "\x1b" not in err
        assert not place.exists()
        place.mkdir()
