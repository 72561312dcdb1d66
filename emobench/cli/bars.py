"""How far is it? Bars on stderr with rate and time left; lines when stderr is no terminal; either way it is logged."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emobench.cli.logs import SHOWN, tell
from emobench.domain.pace import Stage
from emobench.domain.progress import Progress
from emobench.runs.drawn_progress import Lines, drawn

LOG_SECONDS = 1.0
log = logging.getLogger(__name__)


class Logged:
    """Progress whose words, and whose stages with counts, seconds and rate, are logged, too."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._open: list[Stage] = []

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        """Begin a stage; its end is logged with its last advance, and on the way a line a second at most."""
        stage, advance = Stage(title, total, unit), self._shown.start(title, total, unit)
        logged = [time.monotonic()]
        if total:
            self._open.append(stage)
            log.info("%s: begins, %d %s", title, total, unit)

        def both(done: int) -> None:
            stage.advance(done)
            advance(done)
            if stage in self._open and stage.done >= total:
                self._open.remove(stage)
                log.info("%s: ends, %s", title, _spent(stage))
            elif time.monotonic() - logged[0] >= LOG_SECONDS:
                logged[0] = time.monotonic()
                log.debug("%s: %d of %d %s", title, stage.done, total, unit)

        return both

    def say(self, message: str) -> None:
        """Tell the user, and the log."""
        log.info("%s", message, extra=SHOWN)
        self._shown.say(message)

    def close(self) -> None:
        """Log the stages that did not come to their end."""
        for stage in self._open:
            log.info("%s: ended early at %d of %d, %s", stage.title, stage.done, stage.total, _spent(stage))


def _spent(stage: Stage) -> str:
    seconds = stage.seconds
    rate = f", {stage.done / seconds:.3g} a second" if stage.done and seconds > 0 else ""
    return f"{stage.done} {stage.unit} in {seconds:.1f} s{rate}"


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Bars on a terminal, lines elsewhere."""
    with drawn(Lines(tell)) as shown:
        logged = Logged(shown)
        try:
            yield logged
        finally:
            logged.close()
