"""Is the API typed for whoever checks a script of his own under `mypy --strict`?"""

import subprocess
import sys

GOOD = """
from pathlib import Path

import emobench

record: emobench.Record = emobench.run(
    backbone="logmel", dataset=["synthetic-speech"], set={"probe.c": 0.01}, folds=(0, 1), plugins=[Path("mine.py")],
    data={"x": "folder"}, out="runs", progress=True,
)
more: tuple[emobench.Record, ...] = emobench.run_all(emobench.RunSpec(backbones=("logmel",)), device="cpu")
again = emobench.run(Path("spec.toml"))
value: float | None = record.headline.value
rows = record.scores(metric="uar", fold=None)["value"]
text: str = str(emobench.compare(record, "1470fe", boards=Path("leaderboards")))
hours: float = emobench.plan("spec.toml").hours
every: tuple[emobench.Record, ...] = emobench.read_records("runs")
try:
    emobench.read_record("x.json")
except (emobench.DataError, emobench.CheckError, emobench.BrokenEnvironment) as mistake:
    code: int = mistake.exit_code
"""
WRONG = ('emobench.run(datset="x")', 'emobench.run(limit="ten")', "emobench.plan(3)", "record.key()")

# What the API's own types do not need, so that a minute is saved.
HEAVY = (
    "torch",
    "transformers",
    "peft",
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "pyarrow",
    "huggingface_hub",
    "rich",
)


def test_scripts_are_checked(tmp_path):
    """A script that uses everything passes; each wrong call in it is one error on its line."""
    script = tmp_path / "script.py"
    script.write_text(GOOD + "\n".join(WRONG) + "\n")
    settings = tmp_path / "mypy.ini"
    settings.write_text(
        "[mypy]\nstrict = true\n" + "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in HEAVY)
    )
    flags = ["--config-file", str(settings), "--follow-imports=silent", "--no-error-summary"]
    # in a process of its own: what it keeps in memory would slow every test that comes after it down
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *flags, str(script)], capture_output=True, text=True, check=False
    )
    first = len(GOOD.splitlines()) + 1
    assert (done.stderr, done.returncode) == ("", 1)
    assert [line.split(":")[1] for line in done.stdout.splitlines() if ": error: " in line] == [
        str(first + place) for place in range(len(WRONG))
    ], done.stdout
