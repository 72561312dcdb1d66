"""What stands on the page of all commands? `python tests/command_page.py` writes it from the program itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from emobench.cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
HEAD = """# Commands

Every verb, argument and flag. The program writes this page (`python tests/command_page.py`), and a test holds it fresh;
`emobench VERB --help` says the same. What `--set` changes: [Options](options.md). How commands end:
[Exit codes](exit_codes.md).
"""


def verbs() -> Iterator[tuple[str, Any]]:
    """Every command by its whole name, `emobench data fetch`, in the order of `--help`; first the program itself."""
    program = typer.main.get_command(app)
    yield "emobench", program
    yield from _below("emobench", program)


def _below(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from _below(f"{name} {word}", command)
        else:
            yield f"{name} {word}", command


def page() -> str:
    """The whole page; a command with the arguments of an earlier one refers to it."""
    parts, known = [HEAD], {}
    for name, command in verbs():
        rows = tuple(_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False))
        table = f"Its arguments are those of `{known[rows]}`." if rows in known else _table(rows)
        known.setdefault(rows, name)
        title, told = (f"## `{name}`", _prose(command.help)) if name != "emobench" else ("## With every command", "")
        parts.append("\n\n".join(part for part in (title, told, table) if part) + "\n")
    return "\n".join(parts)


def _table(rows: Sequence[str]) -> str:
    return "\n".join(["| argument | what | default |", "|---|---|---|", *rows]) if rows else ""


def _prose(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _row(parameter: Any) -> str:
    flag = parameter.opts[0].startswith("-")
    value = f" {parameter.metavar}" if flag and parameter.metavar else ""
    names = [*parameter.opts, *parameter.secondary_opts] if flag else [parameter.metavar or parameter.name.upper()]
    what = " ".join((parameter.help or "").split()).replace("|", "\\|")
    repeated = " May be repeated." if flag and parameter.multiple else ""
    return f"| {', '.join(f'`{name}{value}`' for name in names)} | {what}{repeated} | {_default(parameter)} |"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    return "" if value in (None, False, (), []) or callable(value) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
