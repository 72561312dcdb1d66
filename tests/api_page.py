"""What stands on the page of all calls? `python tests/api_page.py` writes it from the package itself."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import emobench
from emobench.api.asking import Flags

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"
HEAD = """# Calls

Everything that `import emobench` offers. The package writes this page (`python tests/api_page.py`), and a test holds it
fresh; `help(emobench.run)` says more. A call does what the verb of the same name does, by the same code: see
[Commands](commands.md), and [a notebook](python.ipynb) that shows them at work. Nothing is printed unless
`progress=True` wishes it, and nothing asks before a long run: `emobench.plan(...).hours` tells it.

Mistakes are raised as `emobench.EmobenchError` and its kinds; `str()` of them is what the command line prints, and
`exit_code` is the one it ends with.
"""
MEASURE = ("run", "run_all", "plan", "compare", "read_record", "read_records")
RESULTS = ("Record", "Comparison", "Plan", "RunSpec")
MODULE = re.compile(r"\b(?:[A-Za-z_]\w*\.)+(?=\w)")


def sections() -> Iterator[tuple[str, list[str]]]:
    """Titles, and the names below them: each exported name once."""
    kinds = [name for name in emobench.__all__ if _is_error(getattr(emobench, name))]
    yield "Measure, read, compare", list(MEASURE)
    yield "What they give", list(RESULTS)
    yield "Mistakes", kinds
    yield "For plugins", [name for name in emobench.__all__ if name not in {*MEASURE, *RESULTS, *kinds}]


def _is_error(what: object) -> bool:
    return isinstance(what, type) and issubclass(what, Exception)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, names in sections():
        parts.append(f"## {title}\n")
        if title == "For plugins":
            parts.append("Cards and contracts, field by field: [Cards and contracts](cards.md).\n")
        parts += [entry(name) for name in names]
        if title == "Measure, read, compare":
            parts.append(_keywords())
    return "\n".join(parts)


def entry(name: str) -> str:
    """A name, its signature, what it is, and what a result offers."""
    what = getattr(emobench, name)
    lines = [f"### `{name}`\n", f"```python\n{signature(name, what)}\n```\n", f"{sentence(what)}\n"]
    if name in RESULTS:
        lines += [*(f"- `{told}`: {about}" for told, about in members(what)), ""]
    return "\n".join(lines)


def signature(name: str, what: object) -> str:
    """How it is called. Functions with their types; classes with the names of their fields."""
    if not callable(what) or name in ("hookimpl", "WeightFiles"):
        return name
    if isinstance(what, type):
        found = [part for part in inspect.signature(what).parameters.values() if part.kind is not part.VAR_KEYWORD]
        told = [part.name if part.default is part.empty else f"{part.name}=..." for part in found]
        return name if not told or (_is_error(what) and told == ["args"]) else f"{name}({', '.join(told)})"
    return f"{name}{called(what)}"


def called(function: Callable[..., object]) -> str:
    """The signature of a function, names without their modules; as it stands in the source where types are texts."""
    found = inspect.signature(function)
    told = [_parameter(part) for part in found.parameters.values() if part.name != "self"]
    before = [part.kind for part in found.parameters.values()]
    if part_of_words(before):
        told.insert(before.index(inspect.Parameter.KEYWORD_ONLY), "*")
    return f"({', '.join(told)}) -> {_type(found.return_annotation)}"


def part_of_words(kinds: Sequence[object]) -> bool:
    """Whether keywords follow that no ``*args`` announces."""
    return inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds


def _parameter(part: inspect.Parameter) -> str:
    star = {part.VAR_POSITIONAL: "*", part.VAR_KEYWORD: "**"}.get(part.kind, "")
    default = part.default.__name__ if isinstance(part.default, type) else repr(part.default)
    return f"{star}{part.name}: {_type(part.annotation)}" + ("" if part.default is part.empty else f" = {default}")


def _type(annotation: object) -> str:
    if "Flags" in str(annotation):
        return "Unpack[Flags]"
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return MODULE.sub("", text).replace('"', "").replace("'", "")


def sentence(what: object) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join((inspect.getdoc(what) or "").split("\n\n")[0].split()).replace("``", "`")


def members(what: type) -> Iterator[tuple[str, str]]:
    """Fields, properties and methods of a class, each with a line."""
    yield from _attributes(what)
    for name, member in vars(what).items():
        if isinstance(member, property):
            yield name, sentence(member)
        elif inspect.isfunction(member) and not name.startswith("_"):
            yield f"{name}{called(member)}", sentence(member)


def _attributes(what: object) -> Iterator[tuple[str, str]]:
    """The lines below ``Attributes:`` of a docstring."""
    below = (inspect.getdoc(what) or "").partition("Attributes:\n")[2].split("\n\n")[0]
    for text in re.findall(r"^    (\w+: .*(?:\n        .*)*)", below, re.MULTILINE):
        name, _, about = " ".join(text.split()).replace("``", "`").partition(": ")
        yield name, about


def _keywords() -> str:
    rows = [f"| `{name}` | {about} |" for name, about in _attributes(Flags)]
    return "\n".join(["### Keywords of `run`, `run_all` and `plan`\n", "| keyword | what |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
