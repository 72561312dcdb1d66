"""How does every command end? With its designed exit code and words, never a traceback for a mistake."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from traceback import walk_tb

import typer

from emobench.cli.logs import SHOWN, tell
from emobench.domain.errors import INTERRUPTED, EmobenchError, UsageError, all_behind, interrupted_line

log = logging.getLogger(__name__)


def ended(action: Callable[[], object], interrupted_by: Callable[[], str], *, debug: bool = False) -> int:
    """Do something, tell what went wrong if anything, and give the exit code; with ``debug``, mistakes are raised."""
    try:
        code = action()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as end:
        _unwrap()
        pipe = end.__context__  # typer's way to end when a pipe breaks, whichever it was
        code = end.code if not isinstance(pipe, OSError) else _of_stdout(pipe) or _explained(pipe)
    except BaseException as problem:  # a plugin's own kind may be no Exception
        if interrupted_by() or _interrupted(problem):  # a library may make something else of an interrupt
            code = INTERRUPTED
        elif isinstance(problem, OSError) and _of_stdout(problem):
            code = EmobenchError.exit_code
        elif debug:
            log.exception("the end", extra=SHOWN)
            raise
        else:
            code = _explained(problem)
    code = code if isinstance(code, int) else 0
    if code == INTERRUPTED:
        line = interrupted_line(interrupted_by()).rstrip()
        log.warning("%s", line, extra=SHOWN)
        tell(line)
    else:
        code = code or _flushed()
    log.info("ends with exit code %d", code, extra=SHOWN)
    return code


def _explained(problem: BaseException) -> int:
    """Say what is wrong; the traceback is for the log file."""
    log.error("%s", problem, exc_info=problem, extra=SHOWN)
    if isinstance(problem, EmobenchError):
        tell(f"error: {problem}")
        return problem.exit_code
    if isinstance(problem, typer.TyperException):
        with suppress(OSError):
            problem.show()  # type: ignore[attr-defined]  # every error of usage has it, their common base does not
        return int(getattr(problem, "exit_code", UsageError.exit_code))
    tell(f"error: something went wrong that nobody foresaw.\nfound: {type(problem).__name__}: {problem}")
    tell("What is finished stays. The same command with --debug shows where it happened.")
    return EmobenchError.exit_code


def _interrupted(problem: BaseException) -> bool:
    """Whether a problem only followed an interrupt: a terminal that is gone, a library that raises its own."""
    return any(isinstance(one, KeyboardInterrupt) for one in all_behind(problem))


def _of_stdout(problem: OSError) -> int:
    """When it was printing that failed: tell, give up stdout, and return the exit code; else 0."""
    if all(frame.f_code is not typer.echo.__code__ for frame, _ in walk_tb(problem.__traceback__)):
        return 0
    tell(f"error: not everything could be printed.\nfound: stdout: {problem.strerror}\nWhat is finished stays.")
    _give_up_stdout()
    return EmobenchError.exit_code


def _flushed() -> int:
    """Print what still waits; 0 when that worked."""
    try:
        typer.echo(nl=False)
    except OSError as problem:
        return _of_stdout(problem)
    return 0


def _give_up_stdout() -> None:
    """Let what still waits go nowhere, or the interpreter would try once more when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        sys.stdout.flush()


def _unwrap() -> None:
    """Undo what typer puts around streams so that nobody hears of a broken pipe."""
    sys.stdout = getattr(sys.stdout, "wrapped", sys.stdout)
    sys.stderr = getattr(sys.stderr, "wrapped", sys.stderr)
