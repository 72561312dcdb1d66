"""Who hears an interrupt? The process that was asked to work decides what it means; those that it starts do not."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def ignore_interrupts() -> None:
    """Let this process go on whatever a terminal or a batch system sends to all processes of a command."""
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def deaf_from_birth() -> Iterator[None]:
    """A process that is started inside is deaf from its first moment: it takes seconds until it can ask to be."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its own start, inside, would let this process hear again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
