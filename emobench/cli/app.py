"""Which verbs does `emobench` have, and how does every command end?"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from emobench.cli import (
    cache,
    check,
    cite,
    compare,
    data,
    describe,
    doctor,
    leaderboard,
    new,
    plan,
    report,
    run,
    status,
)
from emobench.cli import list as listing
from emobench.cli.endings import ended
from emobench.cli.logs import logs, tell, wishes_of
from emobench.domain.errors import EmobenchError
from emobench.domain.suggestion import unknown

EVERYWHERE = (
    "With every verb: --log-file FILE (all that happens, a line an event), -v (more words), --debug (a traceback)."
)

app = typer.Typer(
    name="emobench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Measures what self-supervised audio models know about emotion, in speech and in music.",
)
app.command("run", epilog=EVERYWHERE)(run.command)
app.command("plan", epilog=EVERYWHERE)(plan.command)
app.command("list")(listing.command)
app.command("describe")(describe.command)
app.command("status")(status.command)
app.command("compare")(compare.command)
app.command("report")(report.command)
app.command("cite")(cite.command)
app.command("new")(new.command)
app.command("check")(check.command)
app.command("doctor")(doctor.command)
app.add_typer(data.app, name="data")
app.add_typer(cache.app, name="cache")
app.add_typer(leaderboard.app, name="leaderboard")


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"emobench {version('emobench')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    log_file: Annotated[
        str | None,
        typer.Option("--log-file", metavar="FILE", help="Append all that happens to a file, a line an event."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say more on stderr about what is going on.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")] = False,
) -> None:
    """Say what there is; all but the first are read before typer is, so that they may stand anywhere on the line."""


def _check_verb(arguments: list[str]) -> None:
    """A verb that does not exist gets a near miss."""
    verb = next((argument for argument in arguments if not argument.startswith("-")), None)
    known = [str(command.name) for command in app.registered_commands] + [str(g.name) for g in app.registered_groups]
    if verb is not None and verb not in known:
        raise unknown("verb", verb, known)


def main(arguments: list[str] | None = None, interrupted_by: Callable[[], str] = str) -> NoReturn:
    """Run the program and exit with the designed code; a user's mistake never shows a traceback.

    ``interrupted_by()`` names the signal that interrupted it, where that was not Ctrl-C.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files are whatever somebody called them
    with ExitStack() as stack:
        try:
            wishes, rest = wishes_of(given)
            stack.enter_context(logs(wishes, given))
        except EmobenchError as problem:
            tell(f"error: {problem}")
            sys.exit(problem.exit_code)
        code = ended(lambda: _carried_out(rest), interrupted_by, debug=wishes.debug)
    sys.exit(code)


def _carried_out(arguments: list[str]) -> object:
    _check_verb(arguments)
    return app(arguments, standalone_mode=False)
