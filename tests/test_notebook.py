"""Does the notebook of the documentation run, and does it say what is committed?"""

import re
from pathlib import Path

import nbformat
import notebook_story
import pytest

WITHIN = 0.02
LARGEST = 300_000  # bytes
NUMBER = re.compile(r"[+-]?\d*\.?\d+")


@pytest.fixture(scope="module")
def committed():
    """The notebook as it lies in docs/."""
    return nbformat.read(notebook_story.NOTEBOOK, as_version=4)


def texts(cell):
    """What a cell told as text, by kind; pictures by their kind alone."""
    told = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            told.append((output.name, output.text))
        else:
            told += [(kind, "" if kind.startswith("image/") else text) for kind, text in sorted(output.data.items())]
    return told


def same(one, other):
    """Whether texts are equal word by word, numbers within two hundredths."""
    words = [text.split() for text in (one, other)]
    return len(words[0]) == len(words[1]) and all(map(close, *words))


def close(one, other):
    numbers = [NUMBER.fullmatch(word) and float(word) for word in (one, other)]
    return one == other or (None not in numbers and abs(numbers[0] - numbers[1]) <= WITHIN)


def test_the_sources_are_those_of_the_story(committed):
    """The committed notebook is what `python tests/notebook_story.py` writes, cell by cell."""
    told = [(cell.cell_type, cell.source) for cell in committed.cells]
    assert told == [(cell.cell_type, cell.source) for cell in notebook_story.story().cells]


def test_it_is_committed_with_outputs_and_small(committed):
    """Every cell of code has been executed in order, nothing went to stderr, and no path or host stands in it."""
    raw = notebook_story.NOTEBOOK.read_text("utf-8")
    code = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert len(raw) < LARGEST
    assert any("image/png" in output.get("data", ()) for cell in code for output in cell.outputs)
    for cell in code:
        for kind, text in texts(cell):
            assert kind not in ("stderr", "error")
            assert not re.search(r"(?<![\w<.])/(?:home|tmp|work|usr|root|Users|var)/|site-packages", text)


def test_it_runs_and_says_the_same(committed, monkeypatch, tmp_path):
    """Executed in docs/ by this Python, nothing raises; texts are those that are committed, numbers within 0.02."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    before = sorted(Path(notebook_story.NOTEBOOK.parent).iterdir())
    found = notebook_story.executed(notebook_story.story(), notebook_story.NOTEBOOK.parent)
    assert sorted(Path(notebook_story.NOTEBOOK.parent).iterdir()) == before
    for had, has in zip(committed.cells, found.cells, strict=True):
        told, tells = (dict(texts(cell)) for cell in (had, has))
        assert told.keys() == tells.keys(), has.source
        for kind in told.keys() - {"text/html"}:
            assert same(told[kind], tells[kind]), tells[kind]
