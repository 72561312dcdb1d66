"""How does long work say how far it is? Floors below the command line know only this protocol."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Shows progress; implementations draw bars, write lines, or stay silent."""

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        """Begin a stage of ``total`` units and return a function that advances it by so many."""

    def say(self, message: str) -> None:
        """Tell the user one line."""


def counted(title: str, unit: str, size: int, progress: Progress) -> Callable[[int, int | None], None]:
    """What a stage that counts ``(done, total)`` calls: the bar has units of ``size``, and appears with the first."""
    bar: list[Callable[[int], None]] = []
    shown = [0]

    def count(done: int, total: int | None) -> None:
        if not bar:
            bar.append(progress.start(title, (total or done) // size, unit))
        bar[0](done // size - shown[0])
        shown[0] = done // size

    return count


def megabytes(title: str, progress: Progress) -> Callable[[int, int | None], None]:
    """Shows bytes as megabytes."""
    return counted(title, "MB", 1_000_000, progress)


class Silent:
    """Progress that nobody sees."""

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:  # noqa: ARG002
        """Do nothing, politely."""
        return lambda _: None

    def say(self, message: str) -> None:
        """Say nothing."""
