"""Does what happens stand in the log file, a line an event, and does stderr show what was wished?"""

import json
import logging
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.cli.app import main
from emobench.cli.bars import Logged
from emobench.cli.logs import InFile, OnStderr, Wishes, logs, tell, wishes_of
from emobench.domain.errors import UsageError
from emobench.domain.progress import Silent

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d (DEBUG|INFO|WARNING|ERROR) \d+ [\w.]+: .+")
OWN, OTHER = logging.getLogger("emobench.runs.some"), logging.getLogger("some.library")
WORDS = st.text(st.characters(exclude_characters="-", exclude_categories=("Cs",)), min_size=1)


@pytest.fixture
def emobench(capsys, monkeypatch):
    """Runs a command as if from a shell; gives (exit code, stdout, stderr)."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["emobench", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return command


def lines(path):
    """The events of a file, each of which is one line as it is promised."""
    found = path.read_text("utf-8").splitlines()
    assert [line for line in found if not LINE.fullmatch(line)] == []
    return found


@given(st.lists(WORDS), WORDS, st.data())
def test_the_flags_work_wherever_they_stand(words, file, data):
    """`--log-file FILE`, `-v` and `--debug` are found at any place of a line, and the rest keeps its order."""
    line = list(words)
    flags = [["--log-file", file], ["-v"], ["--debug"]]
    places = sorted((data.draw(st.integers(0, len(words))) for _ in flags), reverse=True)
    for place, flag in zip(places, data.draw(st.permutations(flags)), strict=True):
        line[place:place] = flag
    assert wishes_of(line) == (Wishes(Path(file).expanduser(), verbose=True, debug=True), words)
    assert wishes_of([f"--log-file={file}", *words]) == (Wishes(Path(file).expanduser()), words)
    assert wishes_of([*words, "--", *line]) == (Wishes(), [*words, "--", *line])


@pytest.mark.parametrize("line", [["run", "--log-file"], ["--log-file", "--json"], ["--log-file="]])
def test_a_log_file_needs_a_name(line):
    """`--log-file` without a file is an error of usage, not the next flag lost."""
    with pytest.raises(UsageError, match="takes a FILE"):
        wishes_of(line)


@pytest.mark.parametrize("verbose", [False, True])
def test_stderr_shows_what_was_wished(capsys, verbose):
    """Warnings of everybody are shown as they are; with -v also what this package does, and nothing of others."""
    with logs(Wishes(verbose=verbose)):
        for logger in (OWN, OTHER):
            logger.debug("%s debug", logger.name)
            logger.info("%s info", logger.name)
            logger.warning("%s warning", logger.name)
    shown = ["emobench.runs.some info"] if verbose else []
    assert capsys.readouterr().err.splitlines() == [*shown, "emobench.runs.some warning", "some.library warning"]


def test_the_file_has_everything_in_lines(tmp_path, capsys):
    """Own events from DEBUG and others from INFO, with tracebacks, are one line each, below what stood there."""
    file = tmp_path / "deep" / "a.log"
    for _ in range(2):
        with logs(Wishes(file), ["run", "--x"]):
            OWN.debug("a name with\na new line, \x1b and \udcff")
            OTHER.debug("not this")
            OTHER.info("but this")
            OWN.error("it broke", exc_info=ZeroDivisionError("by\nzero"))
    once = len(lines(file)) // 2
    events = lines(file)[once:]
    assert once == 4
    assert events[0].endswith("begins: run --x")
    assert events[1].endswith(r"emobench.runs.some: a name with\na new line, \x1b and \udcff")
    assert events[2].endswith("INFO " + events[2].split(" ")[2] + " some.library: but this")
    assert events[3].endswith(r"it broke\nZeroDivisionError: by\nzero")
    assert capsys.readouterr().err == "it broke\nit broke\n", "a traceback is for the file"
    assert logging.getLogger("emobench").level == logging.NOTSET


def test_a_run_tells_its_log_file_everything_and_its_record_no_path(emobench, tmp_path):
    """Stages with counts and rate, words and the end of a run are in the file; the record's command names no file."""
    file, out = tmp_path / "secret-name.log", tmp_path / "out"
    arguments = ["run", "--backbone", "level-duration", "--dataset", "synthetic-music", "--limit", "12", "--out", out]
    code, printed, err = emobench("--log-file", str(file), *map(str, arguments), "-v")
    assert code == 0
    text = "\n".join(lines(file))
    for told in (
        "level-duration hears synthetic-music: begins, 72 clips",
        r"level-duration hears synthetic-music: ends, 72 clips in [\d.]+ s, \S+ a second",
        "estimated time: a few seconds on",
        "ends with exit code 0",
    ):
        assert re.search(told, text), told
    assert "probes: begins" in err, "-v shows stages where no bars are drawn"
    assert err.count("estimated time") == 1
    record = json.loads(Path(printed.splitlines()[-1]).read_text())
    assert record["where"]["command"].startswith("emobench --log-file <path> run --backbone level-duration")
    assert "secret-name" not in json.dumps(record) + (out / "status.json").read_text()


def test_errors_are_explained_on_stderr_and_traced_in_the_file(emobench, tmp_path):
    """A mistake has its words on stderr as ever, and its traceback in the file only."""
    code, _, err = emobench("describe", "logmle", f"--log-file={tmp_path / 'a.log'}")
    assert code == 2
    assert err.startswith("error: no ")
    assert "Traceback" not in err
    (event,) = [line for line in lines(tmp_path / "a.log") if " ERROR " in line]
    assert "Traceback" in event
    assert "Did you mean 'logmel'?" in event


@pytest.mark.parametrize("place", ["folder", "file/below", "/dev/full"])
def test_a_log_file_that_cannot_be_written_is_told_before_work_begins(emobench, tmp_path, place):
    """A folder, a place below a file, and a full disk end with 1 before anything is done."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    code, out, err = emobench("list", "--log-file", str(tmp_path / place))
    assert (code, out) == (1, "")
    assert "cannot be written" in err
    assert "Let --log-file name a file in a folder that can be written." in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_disk_that_fills_up_ends_nothing(capsys):
    """When the log file cannot grow any more, that is said once, and the work goes on."""
    handler = InFile(Path("/dev/full"))
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "an event"}))
    handler.close()
    (line,) = capsys.readouterr().err.splitlines()
    assert "not everything can be logged" in line


def test_a_message_that_cannot_be_formatted_ends_nothing(tmp_path, capsys):
    """A library that logs with the wrong arguments does not end a run."""
    handlers = [InFile(tmp_path / "a.log"), OnStderr(verbose=True)]
    for handler in handlers:
        for message, values in (("%d", ("no",)), ("later", ())):
            handler.handle(logging.LogRecord("some.library", logging.WARNING, "", 0, message, values, None))
        handler.close()
    assert lines(tmp_path / "a.log")[-1].endswith("later")
    shown = capsys.readouterr().err
    assert shown.endswith("later\n")
    assert "Traceback" not in shown


def test_stages_that_end_early_are_logged(caplog):
    """A stage that did not come to its end says how far it came; an empty one says nothing."""
    with caplog.at_level(logging.INFO, logger="emobench"):
        progress = Logged(Silent())
        progress.start("nothing", 0, "clips")
        progress.start("probes", 9, "units")(4)
        progress.close()
    assert [message.partition(", 4 units in")[0] for message in caplog.messages] == [
        "probes: begins, 9 units",
        "probes: ended early at 4 of 9",
    ]


def test_a_strangers_text_moves_no_cursor(capsys):
    """Control characters of what a plugin or a file says are escaped on stderr; lines and letters stay."""
    tell("first \x1b[2J\x07\nsecond é")
    assert capsys.readouterr().err == "first \\x1b[2J\\x07\nsecond é\n"
