"""Which verbs does `emobench` have, and how does every command end?"""

import logging
import os
import sys
from typing import Annotated

import typer

from emobench.cli import cache, data, describe, doctor, leaderboard, plan, run
from emobench.cli import list as listing
from emobench.domain.errors import INTERRUPTED, EmobenchError, UsageError
from emobench.domain.suggestion import unknown

VERBS_TO_COME = ("compare", "report", "cite", "status", "check", "new")

app = typer.Typer(
    name="emobench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Measures what self-supervised audio models know about emotion, in speech and in music.",
)
app.command("run")(run.command)
app.command("plan")(plan.command)
app.command("list")(listing.command)
app.command("describe")(describe.command)
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
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[  # noqa: ARG001 - read before typer is, so that it works after every verb
        bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")
    ] = False,
) -> None:
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr)


def _check_verb(arguments: list[str]) -> None:
    """A verb that does not exist gets a near miss; one that is still to come says so."""
    verb = next((argument for argument in arguments if not argument.startswith("-")), None)
    known = [str(command.name) for command in app.registered_commands] + [str(g.name) for g in app.registered_groups]
    if verb in VERBS_TO_COME:
        raise UsageError(
            f"`emobench {verb}` is planned and not built yet.", remedy=f"Verbs: {', '.join(sorted(known))}."
        )
    if verb is not None and verb not in known:
        raise unknown("verb", verb, known)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with the designed code; a user's mistake never shows a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    try:
        _check_verb(given)
        code = app(given, standalone_mode=False)
    except EmobenchError as problem:
        if debug:
            raise
        _say(f"error: {problem}")
        code = problem.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except typer.TyperException as problem:
        problem.show()  # type: ignore[attr-defined]  # every error of usage has it, their common base does not
        code = getattr(problem, "exit_code", UsageError.exit_code)
    except Exception as problem:
        if debug:
            raise
        _say(f"error: something went wrong that nobody foresaw.\nfound: {type(problem).__name__}: {problem}")
        _say("What is finished stays. The same command with --debug shows where it happened.")
        code = EmobenchError.exit_code
    if code == INTERRUPTED:
        _say("interrupted: what is finished stays; continue with the same command.")
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
