"""How do several processes share work? Each takes the next piece that is free, and waits only when none is left."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from emobench.files.atomic import PATIENCE_SECONDS

Piece = TypeVar("Piece")
REST_SECONDS = 0.1  # between two looks at what other processes hold
log = logging.getLogger(__name__)


class InTurn(Protocol):
    """How an attempt is applied to pieces: as `map` does, or by several threads."""

    def __call__(self, attempt: Callable[[Piece], bool], pieces: Iterable[Piece], /) -> Iterable[bool]:
        """What each attempt says, in the order of the pieces."""


class Patience:
    """Waits for other processes, in short rests, and says so once when it has taken long."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._told = False

    def rest(self, name: str, more: int = 0) -> None:
        """Rest a moment, because another process is at the piece called ``name``, and at so many more."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= PATIENCE_SECONDS and not self._told:
            others = f" and {more} more" if more else ""
            log.warning("waiting for another process that computes %s%s; it goes on by itself", name, others)
            self._told = True
        time.sleep(REST_SECONDS)

    def worked(self) -> None:
        """Something was done: whoever waits from now on has not waited yet."""
        self._since = None


def once_each(
    pieces: Iterable[Piece],
    attempt: Callable[[Piece], bool],
    name: Callable[[Piece], str],
    in_turn: InTurn = map,
) -> None:
    """Go through pieces of work; those that another process is at come again later.

    Args:
        pieces: in the order in which they are tried.
        attempt: says whether a piece is settled: it was made here, found, or has failed. False means that somebody
            else is at it; such an attempt must come back at once.
        name: of a piece, for the line that is told after five seconds of waiting.
        in_turn: how ``attempt`` is applied.
    """
    patience, waiting = Patience(), list(pieces)
    while waiting:
        settled = list(in_turn(attempt, waiting))
        left = [piece for piece, done in zip(waiting, settled, strict=True) if not done]
        if len(left) < len(waiting):
            patience.worked()
        elif left:
            patience.rest(name(left[0]), len(left) - 1)
        waiting = left
