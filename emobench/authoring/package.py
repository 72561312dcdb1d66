"""How is the package of a new plugin written: whole, at once, and never over anything?"""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, get_args

from emobench.authoring.names import distribution_of, module_of
from emobench.domain.clip import Domain
from emobench.domain.errors import StorageError, UsageError
from emobench.files.atomic import explained
from emobench.files.leftovers import temporary_beside

Kind = Literal["backbone", "dataset", "peft"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EVERY_KIND = "package"  # the folder of what all kinds have
MODULE = "MODULE"  # in the path of a template: the name of the package's module
TEMPLATE = ".jinja"
ELSEWHERE = "Name another place with --into DIR."
HIDDEN = {"gitignore": ".gitignore"}  # under its own name, git and hatchling would obey it here


@dataclass(frozen=True)
class KindWords:
    """What the templates say of a kind of plugin: what it is called, and what its package needs."""

    noun: str
    dependencies: tuple[str, ...]


WORDS: Mapping[Kind, KindWords] = {
    "backbone": KindWords("backbone", ("emobench", "torch", "torchaudio")),
    "dataset": KindWords("dataset", ("emobench", "numpy", "soundfile")),
    "peft": KindWords("PEFT method", ("emobench", "pydantic", "torch")),
}


def rendered(kind: Kind, name: str, domain: Domain = "speech") -> dict[str, str]:
    """The text of every file of a package, by its path below the package's folder, with ``/``."""
    from jinja2 import Environment, StrictUndefined, select_autoescape

    known = {
        "name": name,
        "distribution": distribution_of(name),
        "module": module_of(name),
        "noun": WORDS[kind].noun,
        "dependencies": WORDS[kind].dependencies,
        "domain": domain,
        "person": "speaker" if domain == "speech" else "song",
        "pair": f"{name},synthetic-music" if domain == "speech" else f"synthetic-speech,{name}",
    }
    # No HTML, and names have no character to escape.
    jinja = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=select_autoescape(enabled_extensions=())
    )
    found = {}
    for path, template in (*_templates(EVERY_KIND), *_templates(kind)):
        *folders, file = path.replace(MODULE, module_of(name)).split("/")
        text = template.read_text("utf-8")
        if file.endswith(TEMPLATE):
            file, text = file.removesuffix(TEMPLATE), jinja.from_string(text).render(known)
        found["/".join([*folders, HIDDEN.get(file, file)])] = text
    return dict(sorted(found.items()))


def write_package(kind: Kind, name: str, folder: Path, domain: Domain = "speech") -> Path:
    """Write the package of a new plugin below ``folder``, and return its own folder, ``emobench-NAME``.

    It is written to a temporary folder beside its place, and moved there: a kill leaves nothing half under its name.

    Args:
        kind: of the plugin.
        name: of the plugin; one that `emobench.authoring.names.check_name` does not refuse.
        folder: where the package goes; made where it is missing.
        domain: of the clips of a dataset.

    Raises:
        UsageError: something of that name is there already.
        StorageError: the disk is full, read-only or forbidden.
    """
    place = folder / distribution_of(name)
    _refuse_existing(place)
    try:
        with explained(place):
            _write(place, rendered(kind, name, domain))
    except StorageError as problem:  # whose remedy is that of a run
        raise StorageError(problem.what, found=problem.found, remedy=ELSEWHERE) from problem
    return place


def _write(place: Path, texts: Mapping[str, str]) -> None:
    temporary = temporary_beside(place)
    try:
        for path, text in texts.items():
            file = temporary / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())  # the same bytes on every system
        _refuse_existing(place)
        temporary.rename(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_existing(place: Path) -> None:
    if os.path.lexists(place):
        raise UsageError(
            f"'{place}' is there already, and nothing is overwritten.",
            remedy=f"Choose another name. {ELSEWHERE}",
        )


def _templates(kind: str) -> Iterator[tuple[str, Traversable]]:
    """The files of a kind with their paths below its folder; they come with the installed package."""

    def below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
        for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if one.is_dir() and one.name != "__pycache__":
                yield from below(one, f"{path}{one.name}/")
            elif one.is_file():
                yield f"{path}{one.name}", one

    yield from below(files("emobench.authoring") / "templates" / kind, "")
