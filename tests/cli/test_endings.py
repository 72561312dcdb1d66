"""Does a command that cannot print say so, and end with 1?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emobench.cli.endings import ended

COMMAND = [sys.executable, "-m", "emobench"]
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")


@full
@pytest.mark.parametrize("arguments", [["list"], ["list", "backbones", "--json"], ["--help"]], ids=" ".join)
def test_a_full_device_is_told(arguments):
    """Where the output does not fit, one error says so: no traceback, no word of the interpreter, exit code 1."""
    with Path("/dev/full").open("w") as device:
        done = subprocess.run([*COMMAND, *arguments], stdout=device, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "error: not everything could be printed.\nfound: stdout: No space left on device\nWhat is finished stays.\n"
    )


@pytest.mark.parametrize("arguments", [["list"], ["list", "backbones", "--json"]], ids=" ".join)
def test_a_reader_that_left_is_told(arguments):
    """Where nobody reads what is printed, one error says so and the exit code is 1."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([*COMMAND, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert done.stderr.startswith("error: not everything could be printed.\nfound: stdout: Broken pipe\n")
    assert "Traceback" not in done.stderr


@full
def test_nobody_hears_stderr(home):
    """A stderr that cannot be written ends nothing: what was asked for is printed all the same."""
    with Path("/dev/full").open("w") as device:
        done = subprocess.run(
            [*COMMAND, "plan", "--limit", "12", "--backbone", "logmel", "-v"], stdout=subprocess.PIPE, stderr=device,
            text=True, check=False, env={**os.environ, "EMOBENCH_HOME": str(home)},
        )  # fmt: skip
    assert done.returncode == 0
    assert "logmel" in done.stdout


def test_any_name_can_be_printed(tmp_path):
    """A name of a file that stdout has no characters for is no reason to print nothing."""
    code = "import sys; sys.argv[1:] = ['data', 'where', 'ravdess-song', '--data', 'ravdess-song=' + {!r}]\n"
    code += "from emobench.cli.app import main; main()"
    folder = tmp_path / "é\udcff"
    folder.mkdir()
    for coding in ("ascii", "utf-8"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(str(folder))], capture_output=True, check=False,
            env={**os.environ, "PYTHONIOENCODING": f"{coding}:strict"},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"test_any_name" in done.stdout


def test_an_exception_of_a_plugin_that_is_no_exception_is_told(capsys):
    """Whatever a plugin raises, a command ends with 1 and words, without a traceback."""

    class Own(BaseException):
        """What only `except BaseException` catches."""

    def raising():
        raise Own("mine")

    assert ended(raising, lambda: "") == 1
    assert "found: Own: mine" in capsys.readouterr().err
