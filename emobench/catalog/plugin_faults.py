"""What is wrong with a plugin that could not be used? Its error on one line, as every command tells it."""

from importlib.metadata import EntryPoint

from pydantic import ValidationError

from emobench.domain.frozen import explain
from emobench.domain.names import on_one_line

LONGEST = 400  # characters of what a stranger's code says


def said(problem: BaseException) -> str:
    """A stranger's error on one line: its class, and what it says; of a card, the fields that are wrong."""
    text = explain(problem).replace("\n", "; ") if isinstance(problem, ValidationError) else str(problem)
    words = on_one_line(" ".join(text.split()))
    return f"{type(problem).__name__}: {words[:LONGEST]}" if words else type(problem).__name__


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
