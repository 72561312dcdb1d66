"""Do the laws run in pytest as tests among others, and cost nothing where nobody asks for them?"""

import os
import subprocess
import sys

import pytest
from plugin_toys import BAD, GOOD, written

PROBE = """
import sys
import pytest
code = pytest.main(["-q", "-p", "no:cacheprovider"])
print("CODE", int(code))
print("OURS", sorted(name for name in sys.modules if name.split(".")[0] == "emobench"))
print("HEAVY", sorted({"torch", "numpy", "pydantic", "pluggy_emobench", "transformers"} & set(sys.modules)))
"""
ORDINARY = "def test_ordinary():\n    assert True\n"


@pytest.fixture
def run(tmp_path):
    """Runs pytest in an empty folder of its own; gives (exit code, what it printed)."""
    written(tmp_path, "good.py")

    def pytest_with(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments], cwd=tmp_path, capture_output=True,
            text=True, check=False, env={**os.environ, "EMOBENCH_HOME": str(tmp_path / "home"), "COLUMNS": "200"},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return pytest_with


def test_laws_are_tests_in_a_folder_without_any(run):
    """Alone in an empty folder: an item a law, those that do not apply skipped with their reason, exit code 0."""
    code, out = run("--emobench=good.py", "-k", "plugin or batch_mates or resumes", "-v", "-rs")
    assert code == 0, out
    assert "emobench::my-level::batch_mates PASSED" in out
    assert "emobench::plugin:good.py::own_name PASSED" in out
    assert "emobench::my-level::resumes SKIPPED" in out
    assert "it has no enter and resume" in out
    assert "-" not in out.partition("collected ")[2].partition("selected")[0].replace("deselected", "")


def test_a_broken_law_is_a_failed_test_without_our_insides(run, tmp_path):
    """What was expected and what was found is all that a failure says, escaped; beside it ordinary tests pass."""
    written(tmp_path, "test_own.py", ORDINARY)
    written(tmp_path, "raises.py", BAD["raises.py"][0])
    written(tmp_path, "shadow.py", BAD["shadow.py"][0])
    code, out = run("--emobench", "raises.py", "--emobench", "shadow.py", "-k", "ordinary or imports or own_name")
    assert code == 1
    assert "2 failed, 2 passed, 1 skipped" in out
    assert "expected: It can be imported" in out
    assert "found:    RuntimeError: boom \\x1b[31m in red" in out
    assert "'logmel' is offered by emobench" in out
    assert "Traceback" not in out
    assert "pytest_plugin.py" not in out.partition("= FAILURES")[2].partition("short test summary")[0]


def test_workers_share_the_laws(run, tmp_path):
    """With pytest-xdist every law is told once, whichever worker asks it."""
    written(tmp_path, "test_own.py", ORDINARY)
    code, out = run("--emobench=good.py", "-n", "2", "-k", "ordinary or plugin or licence_named")
    assert code == 0, out
    assert "8 passed" in out


def test_places_and_plugins_are_options(run, tmp_path):
    """Weights, data and plugin files are handed on; what is not at hand fails and says how to get it."""
    needs = GOOD.replace(
        "sample_rate=16_000,", f'sample_rate=16_000, weights=Weights(url="https://x.org/w", sha256="{"0" * 64}"),'
    )
    written(tmp_path, "needs.py", needs.replace("BackboneCard,", "BackboneCard, Weights,", 1))
    written(tmp_path, "weights.pt", "mine")
    code, out = run("--emobench=my-level", "--emobench-plugin=needs.py", "--emobench-weights=my-level=weights.pt",
                    "-k", "loads or own_name")  # fmt: skip
    assert code == 0, out
    code, out = run("--emobench=ravdess-song", "--emobench-data=ravdess-song=absent", "-k", "lists_clips or people")
    assert code == 1
    assert "1 failed, 1 passed" in out
    assert "the folder given for the dataset 'ravdess-song' cannot be used" in out


def test_wrong_usage_is_told_as_pytest_tells_it(run):
    """A typo ends with pytest's own code for wrong usage and its words, before workers start, and no traceback."""
    code, out = run("--emobench=logmle", "-n", "2")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "Did you mean 'logmel'?" in out
    assert "Traceback" not in out


def test_without_the_option_nothing_is_imported(tmp_path):
    """Pytest loads one small file of ours in every run, and neither torch nor the package behind it."""
    written(tmp_path, "test_own.py", ORDINARY)
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.split(" ")[0].isupper())
    assert lines["CODE"] == "0"
    assert lines["OURS"] == "['emobench', 'emobench.testing', 'emobench.testing.pytest_plugin']"
    assert lines["HEAVY"] == "[]"


def test_the_plugin_can_be_left_out(run, tmp_path):
    """`-p no:emobench` leaves a run as if there were no such plugin."""
    written(tmp_path, "test_own.py", ORDINARY)
    assert run("-p", "no:emobench")[0] == 0
    assert run("-p", "no:emobench", "--emobench=good.py")[0] == pytest.ExitCode.USAGE_ERROR
