"""Is every fenced block of every page true? Commands are carried out, Python is run, TOML and JSON are read."""

import json
import re
import shlex
import sys

import pytest
import typer
from generated_pair import home_of_pair
from page_blocks import ROOT, blocks_of, commands_of, pages
from page_stage import arranged
from page_tables import ELSEWHERE, ENDS, INSTEAD, PARSED, TEXTS

from emobench.cli.app import app
from emobench.cli.logs import wishes_of
from emobench.leaderboard.board import read_board
from emobench.runs.asking import asked_for, read_file

NUMBER = re.compile(r"[-+]?\d*\.?\d+")


@pytest.fixture(scope="session")
def homes(tmp_path_factory, generated_pair):
    """Corpora and what is computed of them, shared by all pages."""
    return tmp_path_factory.mktemp("corpora"), home_of_pair(generated_pair, tmp_path_factory.mktemp("home"))


@pytest.fixture
def stage(homes, tmp_path, monkeypatch):
    """The working folder of a page; what a page changes of the process is put back."""
    corpora, home = homes
    monkeypatch.setenv("EMOBENCH_HOME", str(home))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield arranged(tmp_path, corpora, monkeypatch.setenv)
    for name in set(sys.modules) - known:  # the next page may install another package of the same name
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the library datasets leaves tables open
@pytest.mark.parametrize("page", pages())
def test_the_blocks_of_a_page_hold(page, stage, monkeypatch):
    """In the order of the page, in one folder and one namespace: nothing fails, and what is shown is printed."""
    namespace = {"__name__": "page"}
    for block in blocks_of(page):
        if named_by(block) & set(ELSEWHERE):
            continue
        if block.title:
            file = stage.folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")
        if block.language == "console":
            for command in commands_of(block):
                _try_command(command, stage)
        else:
            READERS[block.language](block, stage, namespace)


def named_by(block):
    """The keys of `ELSEWHERE` that mean a block: its page, its section, and its language there."""
    section = f"{block.page}#{block.heading}"
    return {block.page, section, f"{section}:{block.language}"}


def _try_command(command, stage):
    """Parse a command as it stands; carry out it, or what the tables say instead."""
    meant = INSTEAD.get(command.line, command.line)
    if command.line in INSTEAD or command.line in PARSED:
        parsed(command.line)
    if command.line in PARSED:
        return
    code, printed = stage.carried_out(meant)
    assert code == ENDS.get(command.line, 0), f"{command.place}: {meant}\nended with {code}:\n{printed}"
    assert agree(command.shown, printed), f"{command.place}: {meant}\nprinted:\n{printed}"


def parsed(line):
    """The words of a command by the program's own parser: verbs, flags, options and names have to exist."""
    program, *words = shlex.split(line)
    if program == "pip":
        assert (ROOT / "plugins" / words[-1]).is_dir(), line
        return
    assert program == "emobench", line
    command = typer.main.get_command(app)
    _, words = wishes_of(words)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    given = command.make_context(line, list(words)).params
    if "backbone" in given:
        spec = given.pop("spec")
        assert spec is None or spec.stem.isupper(), line
        asked = asked_for({name.rstrip("_"): value for name, value in given.items() if name != "json"})
        for name in asked.spec.backbones:
            asked.catalog.backbone(name)
        for name in asked.spec.datasets:
            asked.catalog.dataset(name)


def agree(shown, printed):
    """What a page shows is printed: the same words in the same order, numbers near; `...` stands for anything."""
    words = printed.split()
    for part in re.split(r"(?m)^\s*\.\.\.\s*$", shown):
        wanted = part.split()
        starts = range(len(words) - len(wanted) + 1)
        start = next((at for at in starts if all(map(_same, wanted, words[at : at + len(wanted)]))), None)
        if start is None:
            return False
        words = words[start + len(wanted) :]
    return True


def _same(shown, printed):
    if set(shown) == {"-"}:
        return set(printed) == {"-"}
    ours, theirs = NUMBER.findall(shown), NUMBER.findall(printed)
    near = len(ours) == len(theirs) and all(
        abs(float(one) - float(other)) <= 0.02 + 0.02 * abs(float(other))
        for one, other in zip(ours, theirs, strict=True)
    )
    return near and NUMBER.sub("#", shown) == NUMBER.sub("#", printed)


def _run(block, stage, namespace):
    if not block.title:
        exec(compile("\n" * block.line + block.text, ROOT / block.page, "exec"), namespace)


def _read_toml(block, stage, namespace):
    assert block.title, f"{block.place}: a file has a title, by which commands name it"
    file = stage.folder / block.title
    if file.name == "board.toml":
        read_board(file.parent)
    elif file.name != "pyproject.toml":
        read_file(file)


def _told(block, stage, namespace):
    assert block.page in TEXTS, f"{block.place}: no test is named that holds this text"


READERS = {
    "python": _run, "toml": _read_toml, "json": lambda block, *_: json.loads(block.text), "csv": lambda block, *_: None,
    "text": _told,
}  # fmt: skip


def test_no_entry_of_the_tables_is_idle():
    """Every page, section and command of the tables stands on a page, once the blocks tried elsewhere are set aside."""
    lines, places, texts = set(), set(), set()
    for page in pages():
        for block in blocks_of(page):
            places |= named_by(block)
            texts |= {page} if block.language == "text" else set()
            if block.language == "console":
                commands = [*commands_of(block)]
                if f"{page}#{block.heading}:console" in ELSEWHERE:  # carried out there, and no output compared
                    assert not any(command.shown for command in commands), block.place
                if not named_by(block) & set(ELSEWHERE):
                    lines |= {command.line for command in commands}
    assert set(ELSEWHERE) <= places
    assert set(TEXTS) == texts
    assert set(INSTEAD) | set(PARSED) | set(ENDS) <= lines
    assert not set(INSTEAD) & set(PARSED)
    for reason in (*ELSEWHERE.values(), *TEXTS.values()):
        assert (ROOT / reason.split()[0]).exists(), reason
