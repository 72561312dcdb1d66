"""How much CPU do the verbs that only show things take, and do they import torch?"""

import os
import resource
import statistics
import subprocess
import sys

RUNS = 7
VERBS = (["--help"], ["list"], ["list", "backbones"], ["describe", "hubert-tiny-random"], ["run", "--help"])
PROBE = (
    "import sys, emobench.cli.app as app\n"
    "try:\n    app.main({arguments!r})\nexcept SystemExit:\n    print('torch' in sys.modules, file=sys.stderr)"
)


def cpu_seconds(arguments: list[str]) -> tuple[float, bool]:
    """CPU seconds (user and system) of one process, and whether it imported torch."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "True" in done.stderr


def main() -> None:
    """Print the median CPU time of each verb."""
    for arguments in VERBS:
        runs = [cpu_seconds(arguments) for _ in range(RUNS)]
        median = statistics.median(seconds for seconds, _ in runs)
        torch = "imports torch" if any(imported for _, imported in runs) else "torch not imported"
        print(f"emobench {' '.join(arguments):32} {median:.2f} s CPU (median of {RUNS}), {torch}")


if __name__ == "__main__":
    main()
