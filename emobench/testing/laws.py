"""What is a law, and what does it say of a plugin?

A law is a plain function: it takes what is tried (a backbone, a dataset, a PEFT method, a whole plugin) and answers
whether it holds. Its name is the function's, what it expects is the first paragraph of the docstring. `judged` asks one
and never raises for what a stranger's code does.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from emobench.catalog.plugin_faults import said
from emobench.domain.attempt import Failed, attempted
from emobench.domain.names import on_one_line

T = TypeVar("T")
NAMED = 4  # things, where many could be named


@dataclass(frozen=True)
class Answer:
    """What asking a law gave: whether it holds (None where it does not apply), and what was found."""

    holds: bool | None
    found: str


def kept(found: str) -> Answer:
    """The law holds; ``found`` says what was seen, in a few words or figures."""
    return Answer(holds=True, found=found)


def broken(found: str) -> Answer:
    """The law does not hold; ``found`` names what breaks it."""
    return Answer(holds=False, found=found)


def unasked(reason: str) -> Answer:
    """The law does not apply to this plugin, or could not be asked."""
    return Answer(holds=None, found=reason)


Law = Callable[[T], Answer]


@dataclass(frozen=True)
class Verdict:
    """A law asked of a plugin: its name, what it expects, what was found, and whether it holds (None: not asked)."""

    law: str
    expected: str
    found: str
    holds: bool | None


def name_of(law: Law[T]) -> str:
    """The name by which a law is known: in `emobench check`, in pytest, in the documentation."""
    return law.__name__


def expected_of(law: Law[T]) -> str:
    """What a law expects: the first paragraph of its docstring, on one line."""
    return " ".join((inspect.getdoc(law) or "").split("\n\n")[0].split())


def judged(law: Law[T], tried: T) -> Verdict:
    """Ask one law. What the plugin's code raises while it is asked breaks the law, with its words."""
    found = attempted(law, tried)
    answer = broken(said(found.problem)) if isinstance(found, Failed) else found
    return Verdict(name_of(law), expected_of(law), answer.found, answer.holds)


def all_judged(laws: Iterable[Law[T]], tried: T) -> Iterator[Verdict]:
    """Ask laws one after the other."""
    return (judged(law, tried) for law in laws)


def not_asked(laws: Iterable[Law[T]], reason: str) -> Iterator[Verdict]:
    """Laws that cannot be asked, because something that they rest on is broken already."""
    return (Verdict(name_of(law), expected_of(law), reason, None) for law in laws)


def some(names: Iterable[str], most: int = NAMED) -> str:
    """The first of many names on one line, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(map(on_one_line, every[:most])) + more
