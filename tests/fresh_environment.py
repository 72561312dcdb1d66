"""How does a test stand where a stranger stands: a new virtual environment, and commands as a page prints them?"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKED, MISSING = 0, "the page has no such block"


class FreshEnvironment:
    """A virtual environment of its own, in front of the running one's packages, and a folder to work in.

    emobench is installed in it as strangers get it, from a wheel; torch and its company are those at hand. Nothing that
    is installed asks for an index.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
        self.bin = next(path for path in (venv / "bin", venv / "Scripts") if path.is_dir())
        asked = [str(self.bin / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        own = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
        line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        (own / "running_environment.pth").write_text(line, "utf-8")
        (self.bin / "pytest").write_text('#!/bin/sh\nexec python -m pytest "$@"\n', "utf-8")  # that of this environment
        (self.bin / "pytest").chmod(0o755)
        hidden = {"PYTHONPATH", "PYTEST_ADDOPTS", "EMOBENCH_DATA"}
        self.env = {name: value for name, value in os.environ.items() if name not in hidden} | {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "EMOBENCH_HOME": str(folder / "home"),
            "OMP_NUM_THREADS": "1",
            # As `pip install --no-deps --no-build-isolation --no-index`: pages need not print it.
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.do(f"pip install --quiet {ROOT}")

    def do(self, command: str) -> str:
        """Run a line as a shell would, and give its stdout; a line that fails ends the test with all it said."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == WORKED, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout


def section(page: str, heading: str) -> str:
    """What a page of the documentation says below a heading."""
    text = (ROOT / "docs" / page).read_text("utf-8").partition(f"\n## {heading}\n")[2]
    assert text, f"docs/{page} has no section '{heading}'"
    return text.partition("\n## ")[0]


def commands(text: str) -> list[str]:
    """The commands of the console blocks of a text, in order, each on one line."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    assert blocks, MISSING
    lines = re.sub(r"\\\n\s*", "", "".join(blocks)).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def block(text: str, language: str) -> str:
    """The first code block of a language in a text."""
    found = re.search(rf"```{language}[^\n]*\n(.*?)```", text, re.DOTALL)
    assert found, MISSING
    return found[1]
