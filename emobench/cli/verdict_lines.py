"""How do verdicts stand on a screen? A heading per thing, a line per law, and what is broken in full."""

import textwrap
from collections.abc import Iterable, Sequence

from emobench.domain.errors import DataError
from emobench.domain.names import on_one_line
from emobench.testing.laws import Verdict

WIDTH = 120  # also where nobody looks: the same text in a terminal and in a file
MARKS = {True: "ok", False: "BROKEN", None: "-"}
FOUND = 52  # characters for what was found where a law holds


def heading(kind: str, name: str, owner: str) -> str:
    """What is held against its laws, and who brings it."""
    return on_one_line(f"{kind} {name}, from {owner}")


def name_width(laws: Iterable[str]) -> int:
    """How wide the column of names is."""
    return max(map(len, laws), default=0)


def verdict_text(verdict: Verdict, names: int) -> str:
    """A law on one line: mark, name, what was expected, what was found; both in full, below each other, where broken.

    ``names`` is the width of the column of names.
    """
    head = f"  {MARKS[verdict.holds]:<6}  {on_one_line(verdict.law):<{names}}  "
    expected, found = on_one_line(verdict.expected), on_one_line(verdict.found)
    if verdict.holds is False:
        return f"{_hung(head, f'expected: {expected}', 10)}\n{_hung(' ' * len(head), f'found:    {found}', 10)}"
    if verdict.holds is None:
        return _hung(head, f"not asked: {found}")
    found = _cut(found, FOUND)
    return f"{head}{_cut(expected, WIDTH - len(head) - len(found) - 3)} | {found}"


def missing_text(problem: DataError) -> str:
    """What is not at hand, so that the other laws cannot be asked."""
    return _hung(f"  {'?':<6}  ", f"no further law can be asked: {on_one_line(problem.what)}")


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many laws hold, are broken, and were not asked."""
    counts = {mark: sum(verdict.holds is mark for verdict in verdicts) for mark in MARKS}
    broken = f", {counts[False]} {'is' if counts[False] == 1 else 'are'} broken" if counts[False] else ""
    unasked = f", {counts[None]} not asked" if counts[None] else ""
    return f"{counts[True]} law{'s hold' if counts[True] != 1 else ' holds'}{broken}{unasked}."


def _hung(head: str, text: str, more: int = 0) -> str:
    indent = " " * (len(head) + more)
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 3, 1)].rstrip() + "..."
