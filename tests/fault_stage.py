"""On what stage does a user's mishap play? A corpus, a model, a home, and the command line in this process."""

import re
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from emobench.cli.app import main
from emobench.testing.toys import write_toy_corpus

PLUGIN = '''"""A small corpus of one's own, and a model."""

from emobench import hookimpl
from emobench.catalog.contracts import Backbone, Dataset
from emobench.testing.toys import CORPUS, MODEL, toy_backbone, toy_clips

@hookimpl
def emobench_datasets():
    yield Dataset(CORPUS.model_copy(update={"name": "my-corpus"}), clips=toy_clips)

@hookimpl
def emobench_backbones():
    yield toy_backbone(card=MODEL.model_copy(update={"name": "my-model"}))
'''
MASKS = (
    (r"[0-9a-f]{64}", "<sha256>"),
    (r"127\.0\.0\.1(:\d+)?", "example.org"),
    (r"\b[0-9a-f]{32,63}\b", "<key>"),
    (r"\b[0-9a-f]{24}\b", "<key>"),
    (r"\b[0-9a-f]{12}\b", "<key>"),
    (r"/[0-9a-f]{2}/", "/../"),
    (r"\d+ s ago", "1 s ago"),
    (r"begun [-\d]+ \d\d:\d\d", "begun 2026-11-21 12:00"),
    (r"(estimated time: ).*", r"\1..."),
    (r"[\d.]+ of [\d.]+ GB are free", "... of ... GB are free"),
    (r"\.py, line \d+", ".py, line ..."),
    (r"\.tmp-\d+-[0-9a-f]+", ".tmp-..."),
)


@dataclass
class Stage:
    """A folder with ``corpus``, ``home``, ``out`` and ``my_plugin.py``; scenes may do to it what they like.

    ``patch`` sets attributes for as long as a scene plays (pytest's monkeypatch.setattr); ``env`` is added to the
    environment; ``undo`` is called when the scene is over.
    """

    folder: Path
    patch: Callable[..., None]
    env: dict[str, str] = field(default_factory=dict)
    undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def out(self) -> Path:
        return self.folder / "runs"

    def run(self, *more: str, verb: str = "run") -> list[str]:
        """The arguments of a run of the stage's model on its corpus."""
        return [verb, "--plugin", "my_plugin.py", "--backbone", "my-model", "--dataset", "my-corpus",
                "--data", "my-corpus=corpus", "--device", "cpu", *more]  # fmt: skip

    def before(self) -> None:
        """The same run, before anything goes wrong."""
        with suppress(SystemExit), redirect_stderr(StringIO()), redirect_stdout(StringIO()):
            self.patch(sys, "argv", ["emobench", *self.run()])
            main(self.run())


@dataclass(frozen=True)
class Scene:
    """A mishap: what leads to it (it gives the arguments), how the command ends, and what a user should know.

    ``told`` are words that the message must have, whatever the page says. ``only_told``: what goes to stdout, tables
    and records, is not shown.
    """

    topic: str
    title: str
    arrange: Callable[[Stage], list[str]]
    code: int
    advice: str
    told: tuple[str, ...] = ()
    only_told: bool = False


@dataclass(frozen=True)
class Shown:
    """What a command printed, with paths, digests and times masked."""

    command: str
    text: str
    code: int


def set_stage(folder: Path, patch: Callable[..., None]) -> Stage:
    """Lay out a stage in an empty folder."""
    stage = Stage(folder, patch)
    stage.corpus.mkdir(parents=True)
    write_toy_corpus(stage.corpus)
    (folder / "my_plugin.py").write_text(PLUGIN, "utf-8")
    return stage


def play(scene: Scene, stage: Stage, environment: Callable[[Mapping[str, str]], None]) -> Shown:
    """Arrange a scene and run its command; ``environment`` adds to the environment for as long as the scene plays."""
    environment({"EMOBENCH_HOME": str(stage.home)})
    arguments = scene.arrange(stage)
    environment(stage.env)
    stage.patch(sys, "argv", ["emobench", *arguments])
    terminal = StringIO()
    code = 0
    with redirect_stderr(terminal), redirect_stdout(StringIO() if scene.only_told else terminal):
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            for undo in stage.undo:
                undo()
    return Shown(f"emobench {shlex.join(arguments)}", masked(terminal.getvalue().strip("\n"), stage.folder), code)


def masked(text: str, folder: Path) -> str:
    """A text without what differs from machine to machine."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines())
