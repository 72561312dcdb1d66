"""How long does it take from `emobench new` to a plugin that keeps all laws, for each kind, wall and CPU?

The package is installed editable into an environment of its own, without a network; the aim is a minute each.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("backbone", "dataset", "peft")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from fresh_environment import FreshEnvironment  # noqa: E402 - it lies with the tests, which are no package


def cpu() -> float:
    """CPU seconds (user and system) of all processes started so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Print a line a step and kind."""
    with tempfile.TemporaryDirectory() as folder:
        stranger = FreshEnvironment(Path(folder))
        for kind in KINDS:
            steps = (f"emobench new {kind} x-{kind}", f"pip install -e ./emobench-x-{kind}", f"emobench check x-{kind}")
            began, spent = time.perf_counter(), cpu()
            for step in steps:
                before, cpu_before = time.perf_counter(), cpu()
                stranger.do(step)
                print(f"  {step:40} {time.perf_counter() - before:6.1f} s, CPU {cpu() - cpu_before:5.1f} s")
            print(f"{kind}: {time.perf_counter() - began:.1f} s, CPU {cpu() - spent:.1f} s")


if __name__ == "__main__":
    main()
