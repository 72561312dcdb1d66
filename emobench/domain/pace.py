"""How far is a stage, how fast has it been lately, and how long will it still take?"""

import threading
import time
from collections import deque
from collections.abc import Callable

MARKS = 30  # a rate is of the last thirty advances, or of the last thirty seconds where advances come faster
MARK_SECONDS = 1.0


class Stage:
    """Counts the pieces of one stage of work; ``unit`` is what a piece is called, as in ``clips``.

    It may be advanced and read in several threads.
    """

    def __init__(self, title: str, total: int, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.title, self.total, self.unit, self.done = title, total, unit, 0
        self._clock, self._begun = clock, clock()
        self._advancing = threading.Lock()
        self._marks: deque[tuple[float, int]] = deque([(self._begun, 0)], maxlen=MARKS)

    def advance(self, done: int) -> None:
        """Count ``done`` more pieces."""
        with self._advancing:
            self.done += done
            now = self._clock()
            if len(self._marks) > 1 and now - self._marks[-2][0] < MARK_SECONDS:
                self._marks.pop()
            self._marks.append((now, self.done))

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return self._clock() - self._begun

    @property
    def rate(self) -> float | None:
        """Pieces per second lately; None as long as none is done."""
        since, before = self._marks[0]
        passed = self._clock() - since
        return (self.done - before) / passed if self.done > before and passed > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is done, at the rate of late; None when that is unknown."""
        if self.done >= self.total:
            return 0.0
        rate = self.rate
        return None if rate is None else (self.total - self.done) / rate
