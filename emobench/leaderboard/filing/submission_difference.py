"""What does a submission change on the boards? Files that it adds, and those that it must not touch.

Boards are append-only: a record or a reproduction that stands is neither changed nor removed. Files are compared byte
by byte and never opened otherwise; links are not followed.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import punctuation

from emobench.domain.errors import DataError
from emobench.leaderboard.checks.findings import shown

KEPT = ("records", "reproductions")  # folders of a board in which nothing is ever changed
MOST_SHOWN = 200  # files or findings of a kind in a summary
BLOCK = 1 << 20


@dataclass(frozen=True)
class Difference:
    """Files below both folders, by path relative to them, sorted.

    Attributes:
        added: of records and reproductions, with all that lies beside them.
        changed: of those that stood there before.
        removed: of those that stood there before.
        others: every other file that differs (``board.toml``, pages): a person looks at them.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def append_only(self) -> bool:
        """Whether all that stood there still does."""
        return not self.changed and not self.removed


def difference_of(old: Path, new: Path) -> Difference:
    """What differs between two folders of boards.

    Raises:
        DataError: one of them is no folder, or cannot be read.
    """
    before, after = _files(old), _files(new)
    try:
        differing = {name for name in before & after if not _same(old / name, new / name)}
    except OSError as problem:
        raise DataError("the boards cannot be compared.", found=str(problem)) from problem
    kept = {name for name in before | after if _is_kept(name)}
    return Difference(
        added=tuple(sorted((after - before) & kept)),
        changed=tuple(sorted(differing & kept)),
        removed=tuple(sorted((before - after) & kept)),
        others=tuple(sorted((differing | (before ^ after)) - kept)),
    )


def summary(difference: Difference, findings: Sequence[str] | None = None) -> str:
    """Markdown for the page of a check; ``findings`` are the lines of `validate`, None where it was not asked."""
    lines = ["## What this changes on the boards", ""]
    if not difference.append_only:
        lines += ["**Boards are append-only: what stands on them is neither changed nor removed.**", ""]
    for title, names in (
        ("Changed, which is refused", difference.changed),
        ("Removed, which is refused", difference.removed),
        ("New", difference.added),
        ("Other files that differ", difference.others),
    ):
        lines += _listed(title, names)
    if not any((difference.added, difference.changed, difference.removed, difference.others)):
        lines += ["Nothing.", ""]
    if findings is not None:
        lines += ["## What `emobench leaderboard validate` says", ""]
        lines += _listed("Lines", findings) if findings else ["Nothing.", ""]
    return "\n".join(lines) + "\n"


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    more = [f"- and {len(texts) - MOST_SHOWN:,} more"] if len(texts) > MOST_SHOWN else []
    return [f"### {title}: {len(texts):,}", "", *(f"- {_plain(text)}" for text in texts[:MOST_SHOWN]), *more, ""]


def _plain(text: str) -> str:
    """Text of anybody on one line, every mark that Markdown, HTML or GitHub could read behind a backslash."""
    line = " ".join(shown(text).split())
    return "".join(f"\\{mark}" if mark in punctuation else mark for mark in line)


def _is_kept(name: str) -> bool:
    """Whether a file lies below ``<board>/records`` or ``<board>/reproductions``."""
    parts = name.split("/")
    return len(parts) > 2 and parts[1] in KEPT


def _files(folder: Path) -> set[str]:
    """All files and links below a folder, by path relative to it; nothing is followed.

    Raises:
        DataError: it is no folder, or a link, or cannot be read.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise DataError(f"'{shown(str(folder))}' is no folder of boards.")
    try:
        return set(_below(folder))
    except OSError as problem:
        raise DataError("the boards cannot be compared.", found=str(problem)) from problem


def _below(folder: Path) -> Iterator[str]:
    waiting = [""]
    while waiting:
        start = waiting.pop()
        for entry in os.scandir(folder / start):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{start}{entry.name}/")
            else:
                yield f"{start}{entry.name}"


def _same(one: Path, other: Path) -> bool:
    """Whether two files are of one kind and hold the same; links are the same where they point to the same."""
    first, second = one.lstat(), other.lstat()
    if stat.S_IFMT(first.st_mode) != stat.S_IFMT(second.st_mode):
        return False
    if stat.S_ISLNK(first.st_mode):
        return one.readlink() == other.readlink()
    if not stat.S_ISREG(first.st_mode) or first.st_size != second.st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(BLOCK):
            if block != right.read(BLOCK):
                return False
    return True
