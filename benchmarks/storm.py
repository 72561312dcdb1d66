"""Does anything differ after hundreds of SIGKILLs, and how much work is done twice?

Real runs (`emobench run ...` in a process of its own) are killed at random moments, while they generate, scan, extract,
fit and write records, and are started again until they end by themselves; then the next campaign begins in an empty
home. Whatever lies in the home and among the records is read after every kill. Records are held against those of a run
that nobody disturbed, by their digests of findings and predictions.

Work done twice is what had begun and was not finished when the kill came, by the times in the log files; its share is
of all seconds in which features, units and records were computed. What a process needs to start is not in it.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from storm_files import corrupt_files, digests, leftovers
from storm_log import Worked, worked

PAIR = ["--dataset", "synthetic-speech,synthetic-music"]
SYNTHETIC = {
    "layerwise, synthetic": ["--backbone", "hubert-tiny-random,logmel"],
    "fad_bias, synthetic": ["--task", "fad_bias", "--backbone", "hubert-tiny-random,logmel", *PAIR],
    "cross_domain, synthetic": [
        *("--task", "cross_domain", "--backbone", "hubert-tiny-random", "--preset", "quick", "--peft", "frozen,lora"),
        *("--limit", "8", "--set", "train.save_adapters=true", *PAIR),
    ],
}
REAL = {
    "layerwise, RAVDESS": ["--backbone", "byol-s,logmel", "--dataset", "ravdess-speech,ravdess-song"],
    "fad_bias, RAVDESS": ["--task", "fad_bias", "--backbone", "logmel"],
}
EARLY, LATE = 0.1, 0.1  # shares of kills before any work has begun, and of those while records are written
POLL_SECONDS = 0.02


@dataclass
class Campaign:
    """What happened to one question: kills, runs that ended, what was found wrong, seconds of work."""

    kills: int = 0
    ended: int = 0
    differences: int = 0
    corrupt: list[str] = field(default_factory=list)
    left: int = 0
    useful: float = 0.0
    twice: float = 0.0
    lost: list[float] = field(default_factory=list)
    in_phase: dict[str, int] = field(default_factory=dict)


def command(arguments: list[str], place: Path) -> list[str]:
    logs = ["--log-file", str(place / "log"), "--out", str(place / "out"), "--yes"]
    return [sys.executable, "-m", "emobench", "run", *arguments, *logs]


def started(arguments: list[str], place: Path, threads: int) -> "subprocess.Popen[bytes]":
    place.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "EMOBENCH_HOME": str(place / "home")}
    with (place / "said").open("ab") as said:
        return subprocess.Popen(
            command([*arguments, "--threads", str(threads)], place), env=env, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip


def ended_well(process: "subprocess.Popen[bytes]", place: Path) -> None:
    if process.returncode != 0:
        raise RuntimeError(f"a run failed with exit code {process.returncode}:\n{(place / 'said').read_text()[-2000:]}")


def killed(process: "subprocess.Popen[bytes]", log: Path, begin: int, chance: random.Random, most: float) -> bool:
    """Kill a run at a random moment; False when it ended before."""
    draw = chance.random()
    words = "" if draw < EARLY else "begin record" if draw > 1 - LATE else "begin "
    delay = chance.uniform(0, 4.0 if not words else 0.5 if "record" in words else most)
    while words and words not in log_from(log, begin):
        if process.poll() is not None:
            return False
        time.sleep(POLL_SECONDS)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return process.returncode == -signal.SIGKILL
    return False


def log_from(log: Path, begin: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def storm(name: str, arguments: list[str], kills: int, place: Path, asked: argparse.Namespace) -> Campaign:
    """Kill one question so many times."""
    reference, found = place / "undisturbed", Campaign()
    process = started(arguments, reference, asked.threads)
    process.wait()
    ended_well(process, reference)
    wanted = digests(reference / "out")
    chance, number = random.Random(f"{asked.seed} {name}"), 0
    while found.kills < kills:
        number += 1
        here = place / f"campaign-{number}"
        _campaign(found, arguments, here, wanted, kills, chance, asked)
        if asked.progress:
            print(f"# {name}: {found.kills} kills, {found.ended} runs ended", file=sys.stderr, flush=True)
        shutil.rmtree(here)
    return found


def _campaign(
    found: Campaign, arguments: list[str], here: Path, wanted: dict[str, str], kills: int, chance: random.Random,
    asked: argparse.Namespace,
) -> None:  # fmt: skip
    """From an empty home to the records, with kills until there have been enough."""
    log = here / "log"
    while True:
        begin = log.stat().st_size if log.exists() else 0
        process = started(arguments, here, asked.threads)
        dead = found.kills < kills and killed(process, log, begin, chance, asked.seconds)
        at = time.time()
        process.wait()
        _count(found, worked(log_from(log, begin), at if dead else None))
        found.corrupt += corrupt_files(here)
        if not dead:
            break
        found.kills += 1
    ended_well(process, here)
    found.ended += 1
    found.left += leftovers(here)
    found.differences += digests(here / "out") != wanted


def _count(found: Campaign, work: Worked) -> None:
    found.useful += work.finished
    found.twice += sum(seconds for _, seconds in work.lost)
    found.lost += [seconds for _, seconds in work.lost]
    for kind in {kind for kind, _ in work.lost} or {"nothing"}:
        found.in_phase[kind] = found.in_phase.get(kind, 0) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="SIGKILLs over all questions")
    parser.add_argument("--seconds", type=float, default=15.0, help="the most that a run may work before it is killed")
    parser.add_argument("--threads", type=int, default=1, help="of a run")
    parser.add_argument("--jobs", type=int, default=2, help="questions at a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="a folder with RAVDESS: its speech and song are used, too")
    parser.add_argument("--weights", type=Path, help="of BYOL-S, for RAVDESS")
    parser.add_argument("--progress", action="store_true")
    asked = parser.parse_args()
    questions = dict(SYNTHETIC)
    if asked.data is not None:
        where = [f"--data=ravdess-{part}={asked.data.absolute()}" for part in ("speech", "song")]
        weights = [] if asked.weights is None else [f"--weights=byol-s={asked.weights.absolute()}"]
        for name, arguments in REAL.items():
            questions[name] = [*arguments, *where, *(weights if "byol-s,logmel" in arguments else [])]
    shares = [asked.kills // len(questions) + (place < asked.kills % len(questions)) for place in range(len(questions))]
    with tempfile.TemporaryDirectory(prefix="storm-") as folder, ThreadPoolExecutor(asked.jobs) as pool:
        storms = {
            name: pool.submit(storm, name, arguments, kills, Path(folder) / str(place), asked)
            for place, ((name, arguments), kills) in enumerate(zip(questions.items(), shares, strict=True))
        }
        total = {name: found.result() for name, found in storms.items()}
    _report(total, asked)


def _report(total: dict[str, Campaign], asked: argparse.Namespace) -> None:
    print(f"{asked.kills} SIGKILLs, at most {asked.seconds:g} s after work had begun, {asked.jobs} questions at a time")
    print("| question | kills | runs to the end | differences | corrupt files | work (s) | done twice (s) | share |")
    print("|---|---|---|---|---|---|---|---|")
    for name, found in [*total.items(), ("all", _sum(list(total.values())))]:
        share = found.twice / (found.useful + found.twice) if found.useful else 0.0
        print(
            f"| {name} | {found.kills} | {found.ended} | {found.differences} | {len(found.corrupt)} | "
            f"{found.useful:.0f} | {found.twice:.1f} | {100 * share:.1f} % |"
        )
    whole = _sum(list(total.values()))
    median = statistics.median(whole.lost) if whole.lost else 0.0
    print(
        f"lost by a kill, where something was under way: median {median:.2f} s, most {max(whole.lost, default=0):.2f} s"
    )
    print(f"what was under way: {json.dumps(whole.in_phase, sort_keys=True)}; temporary files left: {whole.left}")
    for line in whole.corrupt:
        print(f"corrupt: {line}")
    if whole.differences or whole.corrupt:
        sys.exit(1)


def _sum(parts: list[Campaign]) -> Campaign:
    whole = Campaign()
    for part in parts:
        whole.kills, whole.ended = whole.kills + part.kills, whole.ended + part.ended
        whole.differences, whole.left = whole.differences + part.differences, whole.left + part.left
        whole.useful, whole.twice = whole.useful + part.useful, whole.twice + part.twice
        whole.corrupt += part.corrupt
        whole.lost += part.lost
        for kind, count in part.in_phase.items():
            whole.in_phase[kind] = whole.in_phase.get(kind, 0) + count
    return whole


if __name__ == "__main__":
    main()
