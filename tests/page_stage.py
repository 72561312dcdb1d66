"""Where are the commands of a page carried out? In a folder of their own, with small stand-ins for what is large."""

import importlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from page_blocks import ROOT

from emobench.cli.app import main
from emobench.datasets.ravdess import official_files
from emobench.leaderboard.board import record_files
from emobench.testing.tiny_models import write_tiny

SECONDS, RATE = 0.1, 16_000


@dataclass
class Stage:
    """A working folder, the homes of corpora and installed packages, and the variables that a page has set."""

    folder: Path
    corpora: Path
    env: Callable[[str, str], None]
    at: Path = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.folder

    @property
    def packages(self) -> Path:
        """Where `pip install` puts packages: nothing is installed into the environment of the tests."""
        return self.folder / ".packages"

    def corpus(self, name: str) -> Path:
        """The folder of a corpus in its published layout, made when it is first asked for; its audio is tiny."""
        folder = self.corpora / name
        if not folder.is_dir():
            CORPORA[name](folder)
        return folder

    def model(self, name: str) -> Path:
        """The folder of a tiny random model in its published layout."""
        folder = self.corpora / f"model-{name}"
        return folder if folder.is_dir() else write_tiny(folder, name)

    def carried_out(self, line: str) -> tuple[int, str]:
        """Do what a shell would do with a line; its exit code, and all that it printed."""
        printed, code = "", 0
        for part in line.split(" && "):
            words = shlex.split(part)
            while "=" in words[0]:
                self.env(*words.pop(0).split("=", 1))
            code, text = self._done(words[0], [one for word in words[1:] for one in self._meant(word)])
            printed += text
            if code:
                break
        return code, printed

    def _meant(self, word: str) -> list[str]:
        """A word as a shell hands it on: `NAME=DIR` as the folder of that corpus, patterns as the files they match."""
        name, _, value = word.partition("=")
        if value == "DIR":
            return [f"{name}={self.corpus(name)}"]
        if value == "TINY":
            return [f"{name}={self.model(name.removeprefix('hf:tiny/').partition('@')[0])}"]
        if word == "PATH":
            return ["leaderboards/layerwise"]
        if "*" in word and not word.startswith("-"):
            return sorted(str(path.relative_to(self.at)) for path in self.at.glob(word))
        return [word]

    def _done(self, program: str, words: list[str]) -> tuple[int, str]:
        return PROGRAMS[program](self, words)


def _emobench(stage: Stage, words: list[str]) -> tuple[int, str]:
    terminal, before = io.StringIO(), sys.argv
    sys.argv = ["emobench", *words]
    try:
        with chdir(stage.at), redirect_stdout(terminal), redirect_stderr(terminal):
            main(words)
    except SystemExit as end:
        return (end.code if isinstance(end.code, int) else 0), terminal.getvalue()
    finally:
        sys.argv = before
    raise AssertionError


def _cd(stage: Stage, words: list[str]) -> tuple[int, str]:
    stage.at = (stage.at / words[0]).resolve()
    return (0 if stage.at.is_dir() else 1), ""


def _pip(stage: Stage, words: list[str]) -> tuple[int, str]:
    """Installs a folder into a folder, without a network; an entry point there is found as one of the environment."""
    assert words[0] == "install"
    place = next(word for word in words[1:] if not word.startswith("-"))
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(stage.packages))
    code, text = _python(stage, "-m", "pip", "install", *offline, str(stage.at / place))
    if str(stage.packages) not in sys.path:
        sys.path.insert(0, str(stage.packages))
    importlib.invalidate_caches()
    return code, text


def _pytest(stage: Stage, words: list[str]) -> tuple[int, str]:
    return _python(stage, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *words)


def _make(_: Stage, words: list[str]) -> tuple[int, str]:
    """Says what it would do: the targets themselves are what runs these tests."""
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _python(stage: Stage, *words: str) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": str(stage.packages), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *words], cwd=stage.at, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _ravdess(part: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name in official_files(part):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_tone(path, emotion=int(path.stem.split("-")[2]))

    return write


def _my_corpus(folder: Path) -> None:
    for speaker in ("ann", "bob", "cem", "dee", "eve", "fay", "gus", "hal"):
        for emotion, name in enumerate(("angry", "happy")):
            for take in range(4):
                write_tone(folder / f"{speaker}-{name}-{take}.wav", emotion)


def write_tone(path: Path, emotion: int) -> None:
    """A tone whose pitch leans on the emotion, with noise that depends on the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(list(path.stem.encode()))
    time = np.arange(int(SECONDS * RATE)) / RATE
    wave = 0.2 * np.sin(2 * np.pi * (300 + 90 * emotion + draw.normal(0, 40)) * time) + draw.normal(0, 0.05, time.size)
    soundfile.write(path, wave, RATE, subtype="PCM_16")


def arranged(folder: Path, corpora: Path, env: Callable[[str, str], None]) -> Stage:
    """A stage with a small copy of a board, and records and a table of files under the names that pages use."""
    board = folder / "leaderboards" / "layerwise"
    shutil.copytree(ROOT / "leaderboards" / "layerwise", board, ignore=shutil.ignore_patterns("*hubert*", "*@random"))
    kept = [path for path in record_files(board) if path.parent.name in ("byol-s", "logmel")]
    about = {(path.parent.name, json.loads(path.read_text("utf-8"))["asked"]["dataset"]): path for path in kept}
    speech = "ravdess-speech"
    for name, key in {"A": ("logmel", speech), "B": ("byol-s", speech)}.items():
        _copied(about[key], folder / f"{name}.json")
    _copied(about["logmel", "synthetic-speech"], folder / "RECORD.json")
    standing = (about["byol-s", speech], about["logmel", "synthetic-music"])
    for path in record_files(board):
        if path not in standing:
            for beside in path.parent.glob(f"{path.stem}.*"):
                beside.unlink()
    stage = Stage(folder, corpora, env)
    shutil.copytree(stage.corpus("my-corpus"), folder / "recordings")
    names = sorted(path.name for path in (folder / "recordings").iterdir())
    rows = [f"recordings/{name},{name.split('-')[1]},{name.split('-')[0]}" for name in names]
    (folder / "table.csv").write_text("\n".join(["audio,emotion,group", *rows, ""]), "utf-8")
    return stage


def _copied(record: Path, place: Path) -> None:
    for file in record.parent.glob(f"{record.stem}.*"):
        shutil.copy(file, place.with_suffix("".join(file.suffixes)))


PROGRAMS: Mapping[str, Callable[[Stage, list[str]], tuple[int, str]]] = {
    "emobench": _emobench, "cd": _cd, "pip": _pip, "pytest": _pytest, "make": _make,
    "python": lambda stage, words: _python(stage, *words),
}  # fmt: skip
CORPORA: Mapping[str, Callable[[Path], None]] = {
    "ravdess-speech": _ravdess("speech"), "ravdess-song": _ravdess("song"), "my-corpus": _my_corpus,
}  # fmt: skip
