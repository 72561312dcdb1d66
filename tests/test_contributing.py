"""Does the walk-through of docs/add_a_result.md work for a stranger, command by command, with a plugin of their own?"""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from generated_pair import home_of_pair
from page_blocks import blocks_of

from emobench.cli.app import main
from emobench.leaderboard.board import record_files

ROOT = Path(__file__).resolve().parents[1]
SECTION = (ROOT / "docs" / "add_a_result.md").read_text("utf-8").partition("\n## A board of your own")[0]
REAL = "--dataset ravdess-speech,ravdess-song"
FOLDERS = " --data ravdess-speech=DIR --data ravdess-song=DIR"
PLUGIN = next(block.text for block in blocks_of("docs/write_a_backbone.md") if block.title == "mine.py")


def commands():
    """The commands of the page's console blocks, in order, each on one line."""
    blocks = re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
    text = "".join(blocks).replace("\\\n", " ")
    return [" ".join(line.removeprefix("$ ").split()) for line in text.splitlines()]


@pytest.fixture
def desk(tmp_path, monkeypatch, generated_pair):
    """Where a stranger works: a copy of a board (of one corpus, to be quick), a plugin, homes of their own."""
    shutil.copytree(ROOT / "leaderboards" / "layerwise", tmp_path / "leaderboards" / "layerwise")
    for path in record_files(tmp_path / "leaderboards" / "layerwise"):
        if json.loads(path.read_text("utf-8"))["asked"]["dataset"] != "synthetic-speech":
            for file in path.parent.glob(f"{path.stem}.*"):
                file.unlink()
    shutil.copytree(tmp_path / "leaderboards", tmp_path / "before")
    (tmp_path / "mine.py").write_text(PLUGIN)
    for name in ("home", "another-home"):
        home_of_pair(generated_pair, tmp_path / name)
    monkeypatch.setenv("EMOBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def carried_out(command):
    """Runs a command as a shell would, on one synthetic corpus instead of two real ones; gives the exit code."""
    changed = command.replace(REAL, "--dataset synthetic-speech").replace(FOLDERS, "")
    mine = [path for path in record_files(Path("leaderboards/layerwise")) if path.parent.name == "my-model"]
    if "KEY12" in changed:
        changed = changed.replace("KEY12", mine[0].stem)
    words = shlex.split(changed)
    assert words[0] == "emobench"
    globbed = [sorted(map(str, Path().glob(word))) if "*" in word else [word] for word in words[1:]]
    with pytest.raises(SystemExit) as end:
        main([word for some in globbed for word in some])
    return end.value.code or 0


def test_the_walk_through_ends_on_the_board(desk, capsys, monkeypatch):
    """Every command of the page ends with 0; the model stands on the board, first self-reported, then reproduced."""
    given = commands()
    assert [command.split()[1:3] for command in given if "leaderboard" in command.split()] == [
        ["leaderboard", verb] for verb in ("add", "validate", "build", "add", "build")
    ]
    page = desk / "leaderboards" / "layerwise" / "README.md"
    said = []
    for command in given:
        if "--out again" in command:  # somebody else, elsewhere
            monkeypatch.setenv("EMOBENCH_HOME", str(desk / "another-home"))
        assert carried_out(command) == 0, (command, capsys.readouterr())
        if command.endswith("build"):
            row = [line for line in page.read_text("utf-8").splitlines() if "my-model" in line]
            assert row
            said.append("self-reported" if any("self-reported" in line for line in row) else "reproduced")
            assert ("reproduced" in " ".join(row)) == (said[-1] == "reproduced")
    assert said == ["self-reported", "reproduced"]
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["leaderboard", "diff", "before", "leaderboards"])
    assert end.value.code in (0, None)
    out = capsys.readouterr().out
    assert "layerwise/reproductions/layerwise/my-model" in out
    assert not re.search("^(changed|removed)", out, re.MULTILINE)


def test_a_record_of_somebody_else_is_filed_where_it_was(tmp_path, monkeypatch, capsys):
    """A committed record, taken off a copy of its board, is added again in the same place with the same bytes."""
    monkeypatch.chdir(tmp_path)
    copy = shutil.copytree(ROOT / "leaderboards", tmp_path / "leaderboards")
    record = next(path for path in record_files(copy / "layerwise") if path.parent.name == "byol-s")
    content = record.read_bytes()
    (tmp_path / "sent").mkdir()
    for file in record.parent.glob(f"{record.stem}.*"):
        shutil.move(file, tmp_path / "sent" / file.name)
    with pytest.raises(SystemExit) as end:
        main(["leaderboard", "add", f"sent/{record.name}"])
    assert end.value.code in (0, None), capsys.readouterr().err
    assert record.read_bytes() == content
    assert record.with_suffix(".parquet").is_file()


def test_commands_that_are_named_exist():
    """Every verb that the page names in running text is one of the program's."""
    from emobench.cli.leaderboard import app

    verbs = {command.name for command in app.registered_commands}
    named = re.findall(r"emobench leaderboard (\w+)|^\d\. \*\*`(\w+)`\*\*", SECTION, re.MULTILINE)
    assert {"add", "validate", "build", "diff"} <= {one or other for one, other in named} <= verbs
