"""What do tests of the Python API share? A tiny corpus and model in a plugin file, and the command line beside it."""

import pytest

from emobench.cli.app import main
from emobench.testing.toys import write_toy_corpus

PLUGIN = """
from emobench import Dataset, hookimpl
from emobench.testing.toys import CORPUS, toy_backbone, toy_clips

@hookimpl
def emobench_datasets():
    yield Dataset(CORPUS, clips=toy_clips)

@hookimpl
def emobench_backbones():
    yield toy_backbone()
"""


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """The folder of the toy corpus; generated once."""
    folder = tmp_path_factory.mktemp("toy-corpus")
    write_toy_corpus(folder)
    return folder


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A home and a working folder of the test's own, with the plugin ``toys.py`` in it."""
    monkeypatch.setenv("EMOBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toys.py").write_text(PLUGIN)
    return tmp_path


@pytest.fixture
def toys(corpus):
    """Keywords of a run that takes a second."""
    return {
        "dataset": "toy-corpus", "plugins": "toys.py", "data": {"toy-corpus": corpus}, "threads": 1,
        "set": {"probe.c": 0.01, "layerwise.statements": False},
    }  # fmt: skip


@pytest.fixture
def toy_flags(corpus):
    """The same as flags."""
    return [
        "--dataset", "toy-corpus", "--plugin", "toys.py", "--data", f"toy-corpus={corpus}", "--threads", "1",
        "--set", "probe.c=0.01", "--set", "layerwise.statements=false",
    ]  # fmt: skip


@pytest.fixture
def command(capsys):
    """Runs the command line in this process; gives (exit code, stdout, stderr)."""

    def ended(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return ended
