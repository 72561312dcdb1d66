"""How does a file become the samples that a model hears? The only place that decodes audio."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from emobench.audio.loudness import SILENCE_RMS
from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import PlannedClip

Samples = np.ndarray[Any, np.dtype[np.float32]]
EQUAL_RMS = 10 ** (-25 / 20)  # -25 dBFS, where 0 dBFS is an RMS of 1
NOT_OPENED = "File does not exist"
OGG_PAGE_SAMPLES = 255 * 4_096  # no page of a Vorbis stream holds more


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Give the open `soundfile.SoundFile` of ``path``.

    Raises:
        DataError: whatever goes wrong while it is open; ``found`` is the cause and names no path.
    """
    try:
        # As bytes where names are bytes: soundfile refuses the letters that Python writes for what is no UTF-8.
        with soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else path) as file:
            _check_header(file)
            yield file
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as problem:
        cause = getattr(problem, "error_string", None) or getattr(problem, "strerror", None) or str(problem)
        if cause.startswith(NOT_OPENED) and path.is_file():  # what libsndfile says when libmpg123 finds no MP3
            cause = "Format not recognised"
        raise _undecodable(path, f"cannot be decoded ({cause.strip().rstrip('.')})") from problem


def read(path: Path, first: int = 0, last: int | None = None) -> tuple[Samples, int]:
    """Samples ``first`` to ``last`` (excluded; None for the end) of a file, and its rate in Hz.

    Returns samples of shape (samples, channels), float32, full scale at -1 and 1.

    Raises:
        DataError: missing, undecodable, shorter than ``last``, or with samples that are not numbers.
    """
    if not path.is_file():
        raise _undecodable(path, "is no regular file" if path.exists() else "does not exist")
    with opened(path) as file:
        # libsndfile 1.2.2 lands elsewhere when it seeks into the last page of a Vorbis stream: come from before it.
        before_last_page = max(0, file.frames - OGG_PAGE_SAMPLES)
        start = min(first, before_last_page) if file.subtype == "VORBIS" else first
        if last is not None and last > file.frames:
            raise _undecodable(path, f"has {file.frames} samples, and samples up to {last} are wanted")
        if file.seekable():
            file.seek(start)
        else:
            start = 0  # GSM in WAV is decoded from its beginning
        samples = file.read(-1 if last is None else last - start, dtype="float32", always_2d=True)[first - start :]
        rate = int(file.samplerate)
    if last is not None and len(samples) < last - first:
        raise _undecodable(path, f"is truncated: decoding stops at sample {first + len(samples)}, {last} are promised")
    if not np.isfinite(samples).all():
        raise _undecodable(path, "has samples that are not numbers (NaN or infinity)")
    return samples, rate


def load_clip(planned: PlannedClip, rate: int, reading: ReadingOptions) -> Samples:
    """A clip as every model gets it: (samples,) float32, mono, at ``rate`` Hz, `length_at(planned, rate)` long.

    Mono is the mean of the channels. Resampling is soxr's HQ (flat to 0.913 of the lower Nyquist frequency). With
    ``reading.level == "equal"`` the RMS becomes -25 dBFS.

    Raises:
        DataError: the file cannot be read, is not the one that was scanned, or the clip is silent (below -100 dBFS).
    """
    wave = mono(planned)
    if is_silent(wave):
        raise DataError(
            f"clip '{on_one_line(planned.clip.id)}' is silent.",
            found=f"from {planned.first / planned.audio.rate:.3f} s on for {planned.seconds:.3f} s: "
            f"{on_one_line(planned.clip.path)}",
            remedy="Correct where it starts and ends, or leave the clip out of the dataset.",
        )
    if rate != planned.audio.rate:
        wave = soxr.resample(wave, planned.audio.rate, rate, quality="HQ")
    wave = _of_length(wave, length_at(planned, rate))
    return at_equal_level(wave) if reading.level == "equal" else wave


def mono(planned: PlannedClip) -> Samples:
    """The mean of a clip's channels, (samples,) float32, at the rate of its file.

    Raises:
        DataError: the file cannot be read, or is not the one that was scanned.
    """
    _check_unchanged(planned)
    samples, found = read(planned.clip.path, planned.first, planned.last)
    _check_unchanged(planned)  # again, for what changed while it was read
    if found != planned.audio.rate:
        raise _undecodable(planned.clip.path, f"has {found} Hz now and had {planned.audio.rate} Hz when it was scanned")
    mixed: Samples = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mixed


def is_silent(wave: Samples) -> bool:
    """Whether the RMS of a waveform (samples,) is below -100 dBFS."""
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) < SILENCE_RMS


def _check_unchanged(planned: PlannedClip) -> None:
    """A file of another size or mtime is not what the plan, and every key in it, is about."""
    if not planned.audio.size:
        return
    path = planned.clip.path
    try:
        seen = path.stat()
    except (OSError, ValueError):
        return  # whoever reads it explains
    if (seen.st_size, seen.st_mtime_ns) != (planned.audio.size, planned.audio.mtime_ns):
        raise DataError(
            f"the audio of '{on_one_line(path)}' changed since it was scanned.",
            found=f"{planned.audio.size} bytes then and {seen.st_size} now"
            if seen.st_size != planned.audio.size
            else "it was written again, with the same size",
            remedy="Run the same command again, when nothing writes to the dataset any more: it scans what changed.",
        )


def length_at(planned: PlannedClip, rate: int) -> int:
    """How many samples a clip has at ``rate`` Hz: the nearest integer, halves upwards, at least one."""
    scaled = 2 * (planned.last - planned.first) * rate + planned.audio.rate
    return max(1, scaled // (2 * planned.audio.rate))


def at_equal_level(wave: Samples) -> Samples:
    """The waveform (samples,) scaled to an RMS of -25 dBFS; unchanged when its RMS is below -100 dBFS."""
    rms = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))
    return wave if rms < SILENCE_RMS else (wave * (EQUAL_RMS / rms)).astype(np.float32)


def _check_header(file: Any) -> None:
    """Refuse what libsndfile takes for raw samples, by the ending of a file whose header it cannot read: noise."""
    if file.format == "RAW":
        raise ValueError("Format not recognised")


def _of_length(wave: Samples, length: int) -> Samples:
    """Cut or zero-pad; soxr gives the nearest integer too, so this only guards against other versions of it."""
    return np.pad(wave[:length], (0, max(0, length - len(wave))))


def _undecodable(path: Path, cause: str) -> DataError:
    return DataError(
        f"the audio of '{on_one_line(path)}' cannot be used.",
        found=f"it {cause}",
        remedy="Replace the file, or go on without it: --set reading.on_bad_audio=exclude.",
    )
