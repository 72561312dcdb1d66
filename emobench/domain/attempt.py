"""What did a stranger's code give, or what did it raise?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """What was raised instead of a result."""

    problem: BaseException


def attempted(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Failed:
    """What a call into a plugin gives, or what it raises, `SystemExit` and its like included.

    Raises:
        KeyboardInterrupt: it is the user's.
    """
    try:
        return call(*arguments, **named)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001 - plugins may raise anything; whoever calls tells it
        return Failed(problem)
