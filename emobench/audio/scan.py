"""What audio do these files hold, and which of them cannot be used?"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from emobench.audio.decode import opened
from emobench.audio.loudness import CELL, MOST_PEAK, SHORTEST_SILENCE, Meter
from emobench.audio.mp3 import walk
from emobench.audio.promises import broken_promise
from emobench.domain.errors import DataError
from emobench.domain.plan import AudioFacts
from emobench.files.stamps import Stamps

LAYOUT = 2  # raised when something else would be found in the same audio
BLOCK_SAMPLES = 1 << 18
SAVE_EVERY = 2_000
LOSSY = ("MPEG_", "VORBIS", "OPUS")
PLAUSIBLE_HZ = range(1_000, 1_000_001)
STAMPED = ("digest", "samples", "rate", "channels", "peak", "rms", "clipped", "constant", "format", "silences")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """Why a file or a clip cannot be used: a sentence about it without its subject, and without any path."""

    reason: str


def scan(
    paths: Iterable[Path], stamps: Path, progress: Progress | None = None, workers: int | None = None
) -> Mapping[Path, AudioFacts | Fault]:
    """Decode every file once, from its first to its last sample, and say what it holds or why it cannot be used.

    Facts are stamped in the JSON file ``stamps`` by path, size and mtime, so that a file is not decoded again until
    it changes; faults are looked at again every time. ``progress(done, total)`` counts the files that have to be
    decoded. ``workers`` threads (at most four by default) hold one block each, however long the files are.

    Raises:
        EmobenchError: the stamps cannot be written.
    """
    known = Stamps(stamps, version=f"{LAYOUT}/{soundfile.__libsndfile_version__}")
    found: dict[Path, AudioFacts | Fault] = {}
    fresh: dict[Path, os.stat_result] = {}
    for path in dict.fromkeys(paths):
        seen = _seen(path)
        stamp = None if isinstance(seen, Fault) else known.recall(path, seen)
        if isinstance(seen, Fault):
            found[path] = seen
        elif stamp is None:
            fresh[path], found[path] = seen, Fault("is not decoded yet")
        else:
            found[path] = _recalled(stamp, seen)
    if fresh:
        found.update(_examined(fresh, known, progress, workers or min(4, os.cpu_count() or 1)))
    return found


def examine(path: Path) -> AudioFacts | Fault:
    """Decode one file from beginning to end, in blocks, and verify that it holds what its container promises.

    The digest is SHA-256 over a line with rate and channels, then all samples, interleaved and little-endian:
    integer formats as int32 with the highest bits used (so WAV and FLAC of the same PCM agree, whatever their width),
    other exact formats as float64. Lossy formats are known by the bytes of their file instead, because decoders
    differ in the last bits from machine to machine, and MP3 even from read to read.
    """
    seen = _seen(path)
    if isinstance(seen, Fault):
        return seen  # above all: whoever opens a pipe waits for ever
    try:
        broken = broken_promise(path)
        if broken is not None:
            return Fault(broken)
        with opened(path) as file:
            return _decoded(path, file)
    except DataError as problem:
        return Fault(problem.found.removeprefix("it "))
    except OSError as problem:
        return Fault(f"cannot be read ({problem.strerror})")


def _recalled(stamp: Sequence[Any], seen: os.stat_result) -> AudioFacts:
    """The facts of a stamp, and how the file looked before it was read."""
    facts = dict(zip(STAMPED, stamp, strict=True))
    facts["silences"] = tuple((first, last) for first, last in facts["silences"])
    return AudioFacts(**facts, size=seen.st_size, mtime_ns=seen.st_mtime_ns)


def _seen(path: Path) -> os.stat_result | Fault:
    try:
        seen = os.stat(path)  # noqa: PTH116 - half the time of Path.stat
    except (FileNotFoundError, NotADirectoryError):
        return Fault("does not exist")
    except (OSError, ValueError) as problem:
        return Fault(f"cannot be read ({getattr(problem, 'strerror', None) or problem})")
    if stat.S_ISDIR(seen.st_mode):
        return Fault("is a folder")
    if not stat.S_ISREG(seen.st_mode):
        return Fault("is not a regular file")
    return seen if seen.st_size else Fault("is empty (0 bytes)")


def _examined(
    files: Mapping[Path, os.stat_result], known: Stamps, progress: Progress | None, workers: int
) -> dict[Path, AudioFacts | Fault]:
    found: dict[Path, AudioFacts | Fault] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="scan") as pool:
        jobs = {pool.submit(examine, path): path for path in files}
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                path, facts = jobs[job], job.result()
                found[path] = facts
                if isinstance(facts, AudioFacts):
                    stamp = [getattr(facts, name) for name in STAMPED]
                    known.remember(path, files[path], stamp)
                    found[path] = _recalled(stamp, files[path])
                if done % SAVE_EVERY == 0:
                    known.save()
                if progress is not None:
                    progress(done, len(jobs))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            known.save()
    return found


def _decoded(path: Path, file: Any) -> AudioFacts | Fault:
    if file.samplerate not in PLAUSIBLE_HZ:
        return Fault(f"has an impossible sample rate ({file.samplerate} Hz)")
    lossy, integers = file.subtype.startswith(LOSSY), file.subtype.startswith(("PCM_", "ALAC_"))
    frames = max(1, BLOCK_SAMPLES // file.channels // CELL) * CELL
    block = np.empty((frames, file.channels), np.int32 if integers else np.float64)
    meter = Meter(file.channels, scale=2.0**31 if integers else 1.0)
    hasher = hashlib.sha256(f"{file.samplerate} {file.channels} {block.dtype.name}\n".encode())
    samples = 0
    while len(part := file.read(out=block)):
        if not integers and not np.isfinite(part).all():
            return Fault("has samples that are not numbers (NaN or infinity)")
        if not lossy:
            hasher.update(part.astype(part.dtype.newbyteorder("<"), copy=False).data)
        samples += len(part)
        meter.add(part)
        if meter.highest > MOST_PEAK:
            return Fault(f"has samples far beyond full scale (up to {meter.highest:.1e}, where full scale is 1)")
    if not samples:
        return Fault("holds no samples")
    missing = _missing(path, file, samples)
    if missing is not None:
        return Fault(missing)
    digest = _file_digest(path) if lossy else hasher.hexdigest()
    return AudioFacts(
        digest, samples, int(file.samplerate), int(file.channels), peak=meter.highest, rms=meter.rms,
        clipped=meter.clipped, constant=meter.constant, format=str(file.format),
        silences=tuple(stretch for stretch in meter.silences if stretch[1] - stretch[0] >= SHORTEST_SILENCE),
    )  # fmt: skip


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(path: Path, file: Any, samples: int) -> str | None:
    frames = walk(path) if file.format == "MP3" else None
    if frames is not None:
        return frames.missing(samples)
    if samples == file.frames:
        lost = file.subtype.startswith(LOSSY) and file.seekable() and file.seek(0) != 0
        return "is damaged: it can be decoded once, and its beginning is not found again" if lost else None
    what = "truncated" if samples < file.frames else "damaged"
    return f"is {what}: its header promises {file.frames} samples, {samples} could be decoded"
