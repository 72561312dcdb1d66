"""How is progress drawn on stderr? Bars with rate and time left on a terminal; elsewhere words, a line each."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emobench.domain.names import on_one_line
from emobench.domain.progress import Progress, Silent


class Lines(Silent):
    """For logs: messages as lines by ``tell``, no bars."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def say(self, message: str) -> None:
        """Write one line."""
        self._tell(message)


@contextmanager
def drawn(elsewhere: Progress) -> Iterator[Progress]:
    """Bars on a terminal; where stderr is none, ``elsewhere``."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield elsewhere
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            rate = task.finished_speed or task.speed
            return Text("" if rate is None else f"{rate:.1f} {task.fields['unit']}/s")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())

    class Bars:
        def __init__(self, rich: RichProgress) -> None:
            self.rich = rich

        def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
            task = self.rich.add_task(title, total=total, unit=unit)
            return lambda done: self.rich.advance(task, done)

        def say(self, message: str) -> None:
            self.rich.console.print(on_one_line(message), markup=False, highlight=False)

    with RichProgress(*columns, console=Console(stderr=True)) as rich:
        yield Bars(rich)
