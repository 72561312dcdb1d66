"""What does the user hear of what happens, and what stands in the file given with `--log-file`?"""

import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from emobench.domain.errors import StorageError, UsageError

OWN = "emobench"  # the loggers of this package; a plugin's are somebody else's
SHOWN = {"shown": True}  # extra of a message that stderr has already, in its own way
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wishes:
    """Flags that every verb knows, wherever they stand on the line."""

    log_file: Path | None = None
    verbose: bool = False
    debug: bool = False


def wishes_of(arguments: Sequence[str]) -> tuple[Wishes, list[str]]:
    """Take `--log-file FILE`, `-v`, `--verbose` and `--debug` out of a line; what follows ``--`` is left alone.

    Raises:
        UsageError: `--log-file` without a file.
    """
    rest: list[str] = []
    file, verbose, debug = None, False, False
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, value = argument.partition("=")
        if argument == "--":
            return Wishes(file, verbose, debug), [*rest, argument, *waiting]
        if name == "--log-file":
            value = value if equals else next(waiting, "")
            if not value or (value.startswith("-") and not equals):
                raise UsageError("--log-file takes a FILE.", found=f"found: {value or 'nothing'}")
            file = Path(value).expanduser()
        elif argument in ("-v", "--verbose"):
            verbose = True
        elif argument == "--debug":
            debug = True
        else:
            rest.append(argument)
    return Wishes(file, verbose, debug), rest


def tell(line: str) -> None:
    """Write a line to stderr; where nobody can hear it (a full disk, a terminal that is gone), work goes on."""
    lines = (CONTROL.sub(_escaped, part) for part in line.split("\n"))  # a stranger's text could move the cursor
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("\n".join(lines) + "\n")


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def say(line: str) -> None:
    """Tell the user a line, and the log file."""
    log.info("%s", line, extra=SHOWN)
    tell(line)


class _Tolerant(logging.Handler):
    """A handler whose failure is said once, and ends nothing."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - as logging calls it
        problem = sys.exc_info()[1]
        if not self.failed:
            self.failed = True
            tell(f"warning: not everything can be logged ({problem}); the work goes on.")


class OnStderr(_Tolerant):
    """Warnings, and with ``verbose`` what this package does, as bare lines; tracebacks are for the file."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__()
        self._verbose = verbose

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is for the user: not what stderr has already."""
        own = record.name.partition(".")[0] == OWN
        least = logging.INFO if self._verbose and own else logging.WARNING
        return record.levelno >= least and not hasattr(record, "shown")

    def emit(self, record: logging.LogRecord) -> None:
        """Write the message. While bars are drawn, stderr is theirs and puts it above them."""
        try:
            tell(record.getMessage())
        except Exception:  # noqa: BLE001 - a message that cannot be formatted, of whatever library, ends nothing
            self.handleError(record)


class InFile(_Tolerant):
    """One line an event, appended in one write, so that processes can share a file.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        self.setFormatter(_OneLine("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            self.write(self.format(record))
        except Exception:  # noqa: BLE001 - a full disk, or a message that cannot be formatted, ends nothing
            self.handleError(record)

    def write(self, line: str) -> None:
        """Append a line.

        Raises:
            OSError: the disk is full.
        """
        os.write(self._handle, f"{line}\n".encode("utf-8", "backslashreplace"))

    def close(self) -> None:
        """Close the file."""
        super().close()
        with suppress(OSError):
            os.close(self._handle)


class _OneLine(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return CONTROL.sub(_escaped, super().format(record))


@contextmanager
def logs(wishes: Wishes, arguments: Sequence[str] = ()) -> Iterator[None]:
    """While inside, what is logged goes to stderr and to the file as wished; ``arguments`` open the file's account.

    Raises:
        StorageError: the file cannot be written.
    """
    handlers: list[logging.Handler] = [OnStderr(verbose=wishes.verbose)]
    if wishes.log_file is not None:
        handlers.append(_opened(wishes.log_file, arguments))
    root, own = logging.getLogger(), logging.getLogger(OWN)
    before = root.level, own.level
    root.setLevel(logging.INFO if wishes.log_file else logging.WARNING)
    own.setLevel(logging.DEBUG if wishes.log_file else logging.INFO if wishes.verbose else logging.WARNING)
    for handler in handlers:
        root.addHandler(handler)
    logging.captureWarnings(wishes.log_file is not None)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(before[0])
        own.setLevel(before[1])


def _opened(path: Path, arguments: Sequence[str]) -> InFile:
    """The file, with its first line in it: a disk that is full already says so."""
    try:
        file = InFile(path)
        text = f"emobench {version('emobench')} begins: {' '.join(arguments)}"
        file.write(file.format(log.makeRecord(__name__, logging.INFO, "", 0, text, (), None)))
    except OSError as problem:
        a_file = isinstance(problem, FileExistsError | NotADirectoryError)
        found = "a file stands where a folder is needed" if a_file else problem.strerror
        raise StorageError(
            f"the log file '{path}' cannot be written.",
            found=f"found: {found}",
            remedy="Let --log-file name a file in a folder that can be written.",
        ) from problem
    return file
