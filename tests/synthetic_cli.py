"""How does a test run the command line in its own process, in a home where the synthetic pair lies?"""

import pytest
from generated_pair import home_of_pair

from emobench.cli.app import main


@pytest.fixture(scope="module")
def home(tmp_path_factory, generated_pair):
    return home_of_pair(generated_pair, tmp_path_factory.mktemp("synthetic-home"))


@pytest.fixture
def emobench(capsys, monkeypatch, home, tmp_path):
    """Runs a command; gives (exit code, stdout, stderr). Records go to a folder of the test."""
    monkeypatch.setenv("EMOBENCH_HOME", str(home))

    def command(*arguments):
        with pytest.raises(SystemExit) as end:
            main([*arguments, *(["--out", str(tmp_path / "out")] if arguments[0] == "run" else [])])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return command


def assert_told(found, code, hint):
    """A command ended with ``code``, printed nothing, and told on stderr what is wrong, without a traceback."""
    ended, out, err = found
    assert (ended, out) == (code, "")
    assert hint in err
    assert "Traceback" not in err
