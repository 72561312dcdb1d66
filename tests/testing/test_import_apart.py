"""Is whatever a plugin does on import survived, and told?"""

import pytest

from emobench.testing.plugin import import_apart
from emobench.testing.plugin.import_apart import imported_apart

HOOK = "from emobench import hookimpl\n@hookimpl\ndef emobench_datasets():\n"
FATAL = {
    "import os\nos._exit(0)\n": "exit code 0",
    "import os, sys\nsys.stderr.write('first\\n\\x1b[31mlast')\nsys.stderr.flush()\nos._exit(7)\n": "exit code 7",
    f"{HOOK}    import os\n    os._exit(0)\n": "exit code 0",
    "raise KeyboardInterrupt('mine')\n": "it raises KeyboardInterrupt",
}
SURVIVED = {
    "raise SystemExit(0)\n": {"raised": ["UsageError"]},
    "class Own(BaseException): pass\nraise Own\n": {"raised": ["UsageError"]},
    f"print(' \\nwords\\x07')\n{HOOK}    return []\n": {"prints": [r"'words\x07'"]},
    f"import os\nos.chdir('/')\n{HOOK}    return []\n": {"folder": ["/"]},
    f"import emobench.metrics.classification as c\nc.uar = max\n{HOOK}    return []\n": {
        "ruler": ["emobench.metrics.classification.uar"]
    },
    f"{HOOK}    return []\n": {},
}


def apart(folder, text):
    """How the import of a file with this text goes."""
    file = folder / "mine.py"
    file.write_text(text)
    return imported_apart(file)


@pytest.mark.parametrize("text", FATAL)
def test_what_would_end_this_process_is_fatal(tmp_path, text):
    """A plugin that ends its process, on import or in a hook, or interrupts it, must not be imported here."""
    assert FATAL[text] in apart(tmp_path, text).fatal


@pytest.mark.parametrize("text", SURVIVED)
def test_what_it_did_is_told(tmp_path, text):
    """What else it raises or does ends nothing, and is told by its fault; a good import has none."""
    found = apart(tmp_path, text)
    assert not found.fatal
    assert found.seen == SURVIVED[text]


def test_what_hangs_is_given_up(tmp_path, monkeypatch):
    """A plugin whose import never ends is fatal after a while."""
    monkeypatch.setattr(import_apart, "SECONDS", 3)
    assert "has not ended after 3 seconds" in apart(tmp_path, "while True: pass\n").fatal
