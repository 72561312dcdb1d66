"""Do the verbs that only show things stay light?"""

import subprocess
import sys

import pytest

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
        ["data", "where"],
    ],
    ids=" ".join,
)
def test_showing_imports_nothing_heavy(arguments, tmp_path):
    """`list`, `describe`, `data where` and every `--help` work without importing torch or its company."""
    code = PROBE.format(arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.rstrip().endswith("HEAVY []"), done.stdout[-500:]


def test_the_authors_vocabulary_is_lazy():
    """`import emobench` imports neither torch nor the package's floors; every exported name resolves."""
    code = "import sys, emobench; assert not any(m.startswith(('torch', 'emobench.')) for m in sys.modules); "
    code += "[getattr(emobench, name) for name in emobench.__all__]"
    subprocess.run([sys.executable, "-c", code], check=True)
