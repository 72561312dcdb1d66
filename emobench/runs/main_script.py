"""Does a process that is started run the script of whoever started it? Not here: work needs nothing of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without_main_script() -> Iterator[None]:
    """A process that is spawned inside does not import the main script of this one.

    A script that calls `emobench.run` without the guard ``if __name__ == "__main__"`` would run once more in every
    process that trains.
    """
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before
