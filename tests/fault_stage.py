"""On what stage does a user's mishap play? A corpus, a model, a home, and the command line in this process."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    (r"127\.0\.0\.1:\d+", "example.org"),
    (r"\b[0-9a-f]{32,63}\b", "<key>"),
    (r"\b[0-9a-f]{12}\b", "<key>"),
    (r"(estimated time: ).*", r"\1..."),
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
                "--data", "my-corpus=corpus", *more]  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A mishap: what leads to it (it gives the arguments), how the command ends, and what a user should know.

    ``told`` are words that the message must have, whatever the page says.
    """

    topic: str
    title: str
    arrange: Callable[[Stage], list[str]]
    code: int
    advice: str
    told: tuple[str, ...] = ()


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


def play(
    scene: Scene, stage: Stage, printed: Callable[[], tuple[str, str]], environment: Callable[[Mapping[str, str]], None]
) -> Shown:
    """Arrange a scene and run its command; ``printed`` gives what went to stdout and stderr since it was asked last."""
    arguments = scene.arrange(stage)
    environment({"EMOBENCH_HOME": str(stage.home), **stage.env})
    printed()
    try:
        main(list(arguments))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        for undo in stage.undo:
            undo()
    out, err = printed()
    text = "\n".join(part.strip("\n") for part in (out, err) if part.strip())
    return Shown(f"emobench {' '.join(arguments)}", masked(text, stage.folder), code)


def masked(text: str, folder: Path) -> str:
    """A text without what differs from machine to machine."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def empty(folder: Path) -> None:
    """Delete what lies in a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
