"""What is wrong with a plugin that could not be used? Its error on one line, as every command tells it."""

import sysconfig
import traceback
from importlib.metadata import EntryPoint
from pathlib import Path

from pydantic import ValidationError

from emobench.domain.frozen import explain
from emobench.domain.names import on_one_line

LONGEST = 400  # characters of what a stranger's code says


def said(problem: BaseException) -> str:
    """A stranger's error on one line: its class, what it says, of a card the fields that are wrong, and its line."""
    text = explain(problem).replace("\n", "; ") if isinstance(problem, ValidationError) else str(problem)
    words = on_one_line(" ".join(text.split()))
    told = f"{type(problem).__name__}: {words[:LONGEST]}" if words else type(problem).__name__
    return f"{told}{_place(problem)}"


def _place(problem: BaseException) -> str:
    """The last line of a stranger's code on the way to an error; nothing where only libraries and emobench were."""
    ours = [Path(__file__).parents[1], *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))]
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        file = Path(frame.filename)
        if file.is_absolute() and not any(file.is_relative_to(folder) for folder in ours):
            return f" ({on_one_line(file.name)}, line {frame.lineno})"
    return ""


def not_imported(problem: BaseException, point: EntryPoint | None = None) -> str:
    """Why a plugin cannot be imported: a module of its own or a package that is not there, or what it raised.

    ``point`` is its entry point, where it is installed: what stands there may be misspelt.
    """
    if not isinstance(problem, ModuleNotFoundError) or not problem.name:
        return said(problem)
    missing = on_one_line(problem.name)
    # what is no MODULE:NAME was refused before anything was imported
    module = point.module if point is not None and point.pattern.match(point.value) else ""
    if module == problem.name:
        return f"there is no module '{missing}'; the entry point in pyproject.toml names it"
    if module.startswith(f"{problem.name}."):
        return f"there is no module '{missing}'; the entry point in pyproject.toml names '{on_one_line(module)}'"
    if module and module.partition(".")[0] == problem.name.partition(".")[0]:
        return f"there is no module '{missing}', which the plugin itself imports"
    return f"the package '{missing}' is missing; its author has to name it among the plugin's dependencies"
