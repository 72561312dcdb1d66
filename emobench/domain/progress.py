"""How does long work say how far it is? Floors below the command line know only this protocol."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Shows progress; implementations draw bars, write lines, or stay silent."""

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        """Begin a stage of ``total`` units and return a function that advances it by so many."""

    def say(self, message: str) -> None:
        """Tell the user one line."""


class Silent:
    """Progress that nobody sees."""

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:  # noqa: ARG002
        """Do nothing, politely."""
        return lambda _: None

    def say(self, message: str) -> None:
        """Say nothing."""
