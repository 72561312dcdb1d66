"""How long do `leaderboard build` and `leaderboard validate` take over many records, and how much memory?

    python benchmarks/boards.py --records 1000

Wall and CPU seconds of each as a process of its own, with the largest memory of any one process. Records are made first
(`synthetic_records.py`) unless ``--folder`` names boards that are there.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synthetic_records import make


def timed(title: str, *arguments: str) -> None:
    """Run a verb of the program and print what it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "emobench", *arguments], check=False, capture_output=True, text=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{title:16} exit {done.returncode}  wall {wall:6.1f} s  CPU {cpu:6.1f} s  peak {after.ru_maxrss / 1e3:6.0f} MB"
    )
    if done.returncode:
        print(done.stdout[-500:], done.stderr[-500:])


def main() -> None:
    """Make records where none are, and time the verbs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="boards that are there already")
    parser.add_argument("--validate", action="store_true", help="time `leaderboard validate`, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        boards = given.folder or Path(folder) / "boards"
        if given.folder is None:
            print(make(boards, given.records), "records made")
        timed("build", "leaderboard", "build", str(boards))
        timed("build --site", "leaderboard", "build", str(boards), "--site", str(Path(folder) / "site"))
        if given.validate:
            timed("validate", "leaderboard", "validate", str(boards))


if __name__ == "__main__":
    main()
