"""What becomes of thousands of damaged audio files? Facts or a fault each time: no crash, no hang, no silent zeros."""

import argparse
import multiprocessing
import re
import resource
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from emobench.audio.decode import length_at, load_clip, read
from emobench.audio.loudness import SILENCE_RMS
from emobench.audio.scan import Fault, examine
from emobench.audio.segment import plan_clip
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.options import ReadingOptions
from emobench.testing.damaged_audio import damaged, write_originals

RATE = 16_000
ADDRESS_SPACE = 3 << 30  # bytes: what asks for more gets a MemoryError and is counted, and the machine stays well
BLOW_UP_MB = 200  # above what the process held before, for a file of at most 200 kB
DETAIL = re.compile(r"\([^()]*\)|'[^']*'|\d[\d.,e+-]*")


@dataclass(frozen=True)
class Seen:
    """What became of one file: a word, the reason behind it, and how much the peak of memory grew (MB)."""

    what: str
    reason: str
    grown_mb: float


def look(path: Path) -> tuple[str, str]:
    """Scan a file, and read it whole and as a clip at 16 kHz where the scan has facts."""
    found = examine(path)
    if isinstance(found, Fault):
        return "fault", found.reason
    planned = plan_clip(Clip(id="clip", path=path, group="g", labels={}), found, 0.025)
    if isinstance(planned, Fault):
        return "clip refused", planned.reason
    try:
        samples, rate = read(path, 0, found.samples)
        wave = load_clip(planned, RATE, ReadingOptions())
    except DataError as problem:
        return "facts, but the reader refuses", problem.found
    if (len(samples), rate, len(wave)) != (found.samples, found.rate, length_at(planned, RATE)):
        return "WRONG LENGTH", ""
    loud = np.sqrt(np.mean(np.square(wave, dtype=np.float64)))  # not a number where a sample is none
    return ("facts" if loud >= SILENCE_RMS else "SILENT ZEROS OR NO NUMBERS"), ""


def work(connection: Connection) -> None:
    """Look at every file whose path comes along; whatever is raised is told."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    while True:
        path = connection.recv()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            what, reason = look(Path(path))
        except Exception as problem:  # noqa: BLE001 - what nobody foresaw is what is looked for
            what, reason = "EXCEPTION", f"{type(problem).__name__}: {problem}"
        connection.send(Seen(what, reason, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024))


class Worker:
    """A process that may crash or hang; a new one takes its place."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Start a process."""
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def look(self, path: Path) -> Seen:
        """What became of a file; a process that dies, takes too long or grew is replaced."""
        try:
            self.connection.send(str(path))
            seen = self.connection.recv() if self.connection.poll(self.seconds) else Seen("HANG", "", 0.0)
        except (EOFError, ConnectionError):
            self.process.join()
            seen = Seen("CRASH", f"exit code {self.process.exitcode}", 0.0)
        if seen.what in {"HANG", "CRASH"} or seen.grown_mb > BLOW_UP_MB:
            self.process.kill()
            self.process.join()
            self.begin()
        return seen


def main() -> None:
    """Damage, look, count; keep what must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=4_400)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long one file may take")
    parser.add_argument("--keep", type=Path, help="a folder for the files that must not be")
    asked = parser.parse_args()
    began = time.perf_counter()
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    damages: Counter[str] = Counter()
    most, slowest = 0.0, 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = write_originals(folder)
        worker = Worker(asked.seconds)
        worker.look(folder / "s16.wav")  # libraries are loaded: what grows from now on is the file's
        others = list(originals.values())
        for number in range(asked.files):
            original = list(originals)[number % len(originals)]
            seed = asked.first_seed + number // len(originals)
            damage, data = damaged(original, originals[original], others, seed)
            path = folder / f"damaged.{original.split('.')[1]}"
            path.write_bytes(data)
            started = time.perf_counter()
            seen = worker.look(path)
            slowest, most = max(slowest, time.perf_counter() - started), max(most, seen.grown_mb)
            what = "MEMORY" if seen.grown_mb > BLOW_UP_MB else seen.what
            outcomes[what] += 1
            damages.update(damage.split("+"))
            if seen.reason:
                reasons[f"{what}: {' '.join(DETAIL.sub('#', seen.reason).split())[:100]}"] += 1
            if what.isupper():
                print(f"{what}: {original}, seed {seed}, {damage}: {seen.reason} ({seen.grown_mb:.0f} MB)", flush=True)
                if asked.keep:
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    (asked.keep / f"{what.split()[0]}-{seed}-{original}".lower()).write_bytes(data)
        worker.process.kill()
    print(f"{asked.files} damaged files of {len(originals)} formats in {time.perf_counter() - began:.0f} s")
    for title, counted in (("became", outcomes), ("because", reasons), ("damaged by", damages)):
        print(f"\n{title}")
        print("\n".join(f"  {count:6} {what}" for what, count in counted.most_common(40)))
    print(f"\nslowest file {slowest:.2f} s, memory grew by {most:.0f} MB at most")


if __name__ == "__main__":
    main()
