"""How does `emobench` begin and end? Signals are heard before anything is imported, and one line answers them."""

from __future__ import annotations

import signal
import sys
import time

TYPE_CHECKING = False  # as little as possible is imported before signals are heard
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

HEARD = ("SIGINT", "SIGTERM", "SIGHUP")  # by name: not every system has all of them
ECHO_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
INTERRUPTED = 130  # as in emobench.domain.errors, which is not imported yet


class Interrupts:
    """Turns signals into KeyboardInterrupt; ``name`` is that of the first one that came.

    A signal within a second after another is an echo (a terminal and a wrapper both pass Ctrl-C on) and is not heard,
    so that temporary files can go in peace. Work that has not ended after five seconds, because it waits for a thread
    or because a library swallowed the exception, is interrupted again.
    """

    def __init__(self) -> None:
        self.name = ""
        self._last = -ECHO_SECONDS

    def listen(self) -> None:
        """Begin to hear. What is ignored already stays ignored: that is how ``nohup`` asks."""
        for name in HEARD:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._interrupt)
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._interrupt)

    def ignore(self) -> None:
        """Hear no more: the program ends anyway."""
        for name in (*HEARD, "SIGALRM"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last < ECHO_SECONDS:
            return
        self._last = now
        self.name = self.name or signal.Signals(number).name
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS)
        raise KeyboardInterrupt(self.name)


def main() -> NoReturn:
    """Run the program; an interrupt ends it with 130 and one line, whatever it is doing."""
    interrupts = Interrupts()
    try:
        interrupts.listen()
        from emobench.cli.app import main as run

        run(interrupted_by=lambda: interrupts.name)
    except KeyboardInterrupt:
        interrupts.ignore()
        _leave(interrupts.name, told=False)
    except SystemExit as end:
        interrupts.ignore()
        if end.code == INTERRUPTED:
            _leave(interrupts.name, told=True)
        raise


def _leave(name: str, *, told: bool) -> NoReturn:
    """End now: threads that still compute would be waited for, and nothing that they do needs an end."""
    import os
    from contextlib import suppress

    from emobench.domain.errors import interrupted_line

    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            if stream is sys.stderr and not told:
                stream.write(interrupted_line(name))
            stream.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
