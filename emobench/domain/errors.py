"""Which mistakes are ours to explain, and with which exit code does each end the program?

EmobenchError (1: the run failed)
├── StorageError (1: the disk is full, read-only or forbidden)
├── DamageError (1: what was stored is damaged or gone)
├── UsageError (2: wrong usage or spec)
├── DataError (3: data missing, damaged, or its licence not accepted)
├── CheckError (4: a check failed)
└── BrokenEnvironment (5: the installation cannot work)

An interrupted run ends with 130 and is resumable.
"""

from collections.abc import Iterator

INTERRUPTED = 130


def interrupted_line(signal: str = "") -> str:
    """The last line of an interrupted program; Ctrl-C needs no name, other signals say theirs."""
    name = "" if signal in ("", "SIGINT") else f" ({signal})"
    return f"interrupted{name}: what is finished stays; continue with the same command.\n"


class EmobenchError(Exception):
    """A mistake with an explanation: what is wrong, what was found, and what to do.

    ``what`` is one sentence; ``found`` (what was seen, may have several lines) and ``remedy`` (what to do next)
    may be empty. ``str()`` gives them one below the other.
    """

    exit_code = 1

    def __init__(self, what: str, *, found: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.found, self.remedy = what, found, remedy

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.found, self.remedy) if part)


def kind_of(problem: EmobenchError) -> type[EmobenchError]:
    """The kind of mistake, of those on this page, whatever class of its own a plugin or module has made of it."""
    return next(kind for kind in type(problem).__mro__ if kind.__module__ == __name__)


def all_behind(problem: BaseException) -> Iterator[BaseException]:
    """A problem and everything that it came from or followed, each once: one that is its own cause has an end, too."""
    found = [problem]
    for one in found:
        yield one
        for earlier in (one.__cause__, one.__context__):
            if earlier is not None and all(earlier is not known for known in found):
                found.append(earlier)


class StorageError(EmobenchError):
    """A disk that is full, read-only or forbidden: nothing else that is computed could be kept either."""


class DamageError(EmobenchError):
    """Something stored that is damaged or gone: whoever tries again computes it again."""


class UsageError(EmobenchError):
    """An unknown name, option or task, or a spec that cannot be carried out."""

    exit_code = 2


class DataError(EmobenchError):
    """Audio, labels or weights that are missing, damaged, or not licensed to be used."""

    exit_code = 3


class CheckError(EmobenchError):
    """A law, a digest or a submitted record that does not hold."""

    exit_code = 4


class BrokenEnvironment(EmobenchError):  # noqa: N818 - it says what is broken
    """An installation whose packages do not fit each other or the machine."""

    exit_code = 5
