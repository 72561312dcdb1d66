"""Which piece of work began, was finished or failed, and when? Lines of the log, always in the same words."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from emobench.domain.errors import EmobenchError

Kind = Literal["unit", "shard", "training", "prefix", "record"]
log = logging.getLogger(__name__)


@dataclass
class WorkLog:
    """The lines about one piece of work: ``<what happened> <kind> <key12> <name>``."""

    kind: Kind
    key: str
    name: str
    _began: float = field(default_factory=time.perf_counter)

    def begin(self) -> None:
        """It begins now."""
        self._began = time.perf_counter()
        log.debug("begin %s", self)

    def finished(self) -> None:
        """It is finished, with the seconds since it began."""
        log.info("finished %s in %.2f s", self, time.perf_counter() - self._began)

    def failed(self, problem: Exception) -> None:
        """It failed, with the reason in the same line."""
        words = problem.what if isinstance(problem, EmobenchError) else f"{type(problem).__name__}: {problem}"
        log.warning("failed %s: %s", self, " ".join(words.split()))

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:12]} {self.name}"


@contextmanager
def logged(kind: Kind, key: str, name: str) -> Iterator[None]:
    """What happens inside is one piece of work."""
    lines = WorkLog(kind, key, name)
    lines.begin()
    try:
        yield
    except Exception as problem:
        lines.failed(problem)
        raise
    lines.finished()
