"""Do the verbs that only show things stay light?"""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from emobench.runs.status import RunStatus, write_status

PROBE = """
import sys
from emobench.cli.app import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code in (0, None), end.code
heavy = sorted({{"torch", "torchaudio", "transformers", "peft", "scipy", "pyarrow", "matplotlib"}} & set(sys.modules))
print("HEAVY", heavy)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        ["list", "backbones", "--json"],
        ["describe", "hubert-tiny-random"],
        ["describe", "mert-v1"],
        ["run", "--help"],
        ["check", "--help"],
        ["data", "where"],
        ["status"],
    ],
    ids=" ".join,
)
def test_showing_imports_nothing_heavy(arguments, tmp_path):
    """`list`, `describe`, `data where`, `status` and every `--help` work without importing torch or its company."""
    if arguments == ["status"]:
        left = RunStatus(
            id="1", task="layerwise", backbones=("logmel",), datasets=("synthetic-speech",), command="emobench run",
            pid=1, host="here", started=datetime.now(UTC), updated=datetime.now(UTC),
        )  # fmt: skip
        write_status(tmp_path / "runs", left)
    code = PROBE.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.rstrip().endswith("HEAVY []"), done.stdout[-500:]


def test_the_authors_vocabulary_is_lazy():
    """`import emobench` imports neither torch nor the package's floors; every exported name resolves."""
    code = "import sys, emobench; assert not any(m.startswith(('torch', 'emobench.')) for m in sys.modules); "
    code += "[getattr(emobench, name) for name in emobench.__all__]"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_trains_no_adapters_does_without_their_library():
    """What every run imports leaves peft alone, which brings all of transformers and takes seconds."""
    code = "import sys, emobench.runs.running; sys.exit('peft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
