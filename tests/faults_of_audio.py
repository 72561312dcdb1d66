"""What can be wrong with audio files, and what is said then?"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from fault_stage import Scene, Stage

from emobench.audio import scan
from emobench.runs import running
from emobench.testing.toys import RATE

FIRST = "p0-calm-0.wav"
TOPIC = "Audio"
WHOLE = np.sin(np.arange(RATE // 5) / 7) * 0.2


def _with(harm: Callable[[Path], object], *more: str, verb: str = "run") -> Callable[[Stage], list[str]]:
    """A run on a corpus whose first file was harmed."""

    def arrange(stage: Stage) -> list[str]:
        harm(stage.corpus / FIRST)
        return stage.run(*more, verb=verb)

    return arrange


def _written(samples: "np.ndarray", rate: int = RATE, subtype: str = "PCM_16") -> Callable[[Path], None]:
    return lambda path: soundfile.write(path, samples, rate, subtype=subtype)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1_000])


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _odd_names(stage: Stage) -> list[str]:
    (stage.corpus / FIRST).write_bytes(b"")
    stage.corpus.rename(stage.folder / 'it\'s "mine"\nü')
    return [argument.replace("=corpus", '=it\'s "mine"\nü') for argument in stage.run()]


def _forbidden(stage: Stage) -> list[str]:
    """A file that this user may not read; root may read everything, so the disk is made to say no."""
    real = scan.broken_promise

    def refused(path: Path) -> str | None:
        if path.name == FIRST:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path)

    stage.patch(scan, "broken_promise", refused)
    return stage.run()


def _as_flac(path: Path) -> None:
    soundfile.write(path, WHOLE, RATE, format="FLAC")


def _two_bad(path: Path) -> None:
    path.write_bytes(b"")
    path.with_name("p1-happy-1.wav").write_text("404 Not Found")


def _between(harm: Callable[[Path], object]) -> Callable[[Stage], list[str]]:
    """A run during which the first file is harmed, after the scan and before a model hears it."""

    def arrange(stage: Stage) -> list[str]:
        real = running.run_units

        def harmed_first(*arguments: object, **named: object) -> object:
            harm(stage.corpus / FIRST)
            return real(*arguments, **named)

        stage.patch(running, "run_units", harmed_first)
        return stage.run()

    return arrange


AGAIN = "Fetch or copy it again: the message names every such file."
NAN = np.where(np.arange(len(WHOLE)) == 100, np.nan, WHOLE)
INFINITE = np.where(np.arange(len(WHOLE)) == 100, np.inf, WHOLE)
SCENES = (
    Scene(TOPIC, "A file is empty", _with(lambda path: path.write_bytes(b"")), 3, AGAIN, ("0 bytes",)),
    Scene(TOPIC, "A file is truncated", _with(_truncate), 3, AGAIN, ("is truncated",)),
    Scene(TOPIC, "A file has a header and no sound", _with(_written(WHOLE[:0])), 3, AGAIN),
    Scene(
        TOPIC, "A file is no audio", _with(lambda path: path.write_text("<html>404</html>")), 3,
        "Often an error page that was saved under the name of the file. " + AGAIN,
    ),
    Scene(
        TOPIC, "Samples are not numbers", _with(_written(NAN, subtype="FLOAT")), 3,
        "NaN and infinity come from a conversion that went wrong: convert the file again.", ("NaN",),
    ),
    Scene(
        TOPIC, "A sample is infinite", _with(_written(INFINITE, subtype="FLOAT")), 3,
        "A division by zero, most often, when a silent recording was scaled. One such sample spoils every feature of a "
        "clip.", ("infinity",),
    ),
    Scene(
        TOPIC, "A file is silent", _with(_written(WHOLE * 0)), 3,
        "Silence has a label and no emotion. Find the true recording, or leave the clip out as the message says.",
    ),
    Scene(
        TOPIC, "A file is constant", _with(_written(WHOLE * 0 + 0.3)), 3,
        "A recording that never moves is a broken one. Find the true recording, or leave the clip out.",
    ),
    Scene(
        TOPIC, "A clip is too short for the model", _with(_written(WHOLE[:60])), 3,
        "A model needs at least half of its shortest input; what is missing up to the whole is padded with zeros.",
    ),
    Scene(
        TOPIC, "A clip is longer than an hour", _with(_written(np.resize(WHOLE, 3_700_000), rate=1_000)), 3,
        "A label for an hour of audio says little. A dataset plugin can cut a long file into clips (`start_seconds` "
        "and `end_seconds` of `Clip`).",
    ),
    Scene(
        TOPIC, "A file may not be read", _forbidden, 3,
        "Change the permissions of the file, or run as a user who may read it.", ("Permission denied",),
    ),
    Scene(TOPIC, "A folder is named like a file", _with(_folder), 3, "Move the folder away, and fetch the file."),
    Scene(TOPIC, "A link leads to itself", _with(_loop), 3, "Put the file where the link should lead."),
    Scene(TOPIC, "A file is a pipe or a device", _with(_pipe), 3, "Nothing is read from it. Replace it with a file."),
    Scene(
        TOPIC, "A name has quotes, newlines or other odd characters", _odd_names, 3,
        "Good files with such names are used. In messages such characters are escaped, so that one file is one line.",
    ),
    Scene(
        TOPIC, "Going on without bad files", _with(_two_bad, "--set", "reading.on_bad_audio=exclude", verb="plan"), 0,
        "`run` takes the same option; the record names every excluded clip, and boards show that there are some.",
    ),
    Scene(
        TOPIC, "A file is used, and something about it is odd", _with(_as_flac, verb="plan"), 0,
        "Remarks are no errors: the content decides, not the ending; clipped or upsampled audio is used as it is.",
    ),
    Scene(
        TOPIC, "A clip is clipped", _with(_written(np.clip(WHOLE * 20, -1, 1)), verb="plan"), 0,
        "It is used as it is. A recording that was too loud sounds distorted, and `emobench data audit` counts such "
        "files.", ("clipped",),
    ),
    Scene(
        TOPIC, "A file vanishes while a run works", _between(Path.unlink), 3,
        "A network folder that went away, most often. What was heard before stays.",
    ),
    Scene(
        TOPIC, "A file changes while a run works", _between(_written(WHOLE)), 3,
        "Features are kept under a digest of the audio that was scanned: audio that changed afterwards is not heard.",
    ),
)  # fmt: skip
