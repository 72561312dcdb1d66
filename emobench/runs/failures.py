"""What failed in a run while the rest went on, and how is all of it told at the end?"""

import traceback
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from emobench.domain.errors import DamageError, EmobenchError, StorageError, all_behind, kind_of
from emobench.domain.plan import Unit

MOST_NAMES = 20


@dataclass(frozen=True)
class Failure:
    """A piece of work that failed; or, where ``because`` names another, one that was not run because that failed."""

    name: str
    problem: EmobenchError
    because: str = ""


@dataclass
class Failures:
    """Collects what fails, by key, so that the rest goes on; ``strict`` ones raise at once.

    A disk that fails, and an interrupt, always end the run: nothing else could be kept either.
    """

    strict: bool = False
    found: dict[Hashable, Failure] = field(default_factory=dict)

    @contextmanager
    def of(self, key: Hashable, name: str) -> Iterator[None]:
        """Whatever goes wrong inside is the failure of the piece of work with this key and name."""
        try:
            yield
        except StorageError:
            raise
        except Exception as problem:
            if self.strict:
                raise
            self.found[key] = Failure(name, problem if isinstance(problem, EmobenchError) else unforeseen(problem))
            _forget_values(problem)

    def block(self, key: Hashable, name: str, cause: Failure) -> None:
        """A piece of work is not run, because what it needs failed."""
        self.found[key] = Failure(name, cause.problem, cause.because or cause.name)

    def forget_damage(self) -> bool:
        """Forget what failed because something stored was damaged: a second attempt computes it again."""
        mendable = [key for key, failure in self.found.items() if isinstance(failure.problem, DamageError)]
        for key in mendable:
            del self.found[key]
        return bool(mendable)

    def told(self) -> tuple[Failure, ...]:
        """All failures, in the order in which they came."""
        return tuple(self.found.values())


def _forget_values(problem: BaseException) -> None:
    """Let go of what the frames of a traceback hold: features of a whole corpus, on a device perhaps."""
    for one in all_behind(problem):
        traceback.clear_frames(one.__traceback__)


def unforeseen(problem: Exception) -> EmobenchError:
    """A mistake in the program or in a plugin, with the line where it happened."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    error = EmobenchError(
        "it failed in a way that nobody foresaw.",
        found=f"{type(problem).__name__}: {problem} ({Path(last.filename).name}, line {last.lineno})",
        remedy="The same command with --debug shows where it happened.",
    )
    error.__cause__ = problem
    return error


def name_of(unit: Unit) -> str:
    """What a unit is called: backbone, dataset and attribute where it has one of several, part."""
    if len(unit.datasets) > 1:
        return f"{unit.backbone}, {unit.part}"
    return f"{unit.backbone}, {unit.dataset}, {unit.attribute.name}, {unit.part}"


def summed_up(failures: Sequence[Failure], finished: int, units: int) -> EmobenchError:
    """The error with which a run ends in which ``failures`` happened and so many of all units are finished.

    It has the exit code of its failures where that is the same for all.
    """
    first = failures[0]
    codes = {failure.problem.exit_code for failure in failures}
    kind = kind_of(first.problem) if len(codes) == 1 else EmobenchError
    again = f"{finished} of {units} units are finished and stay. Run the same command again: only the others are run."
    groups = _alike(failures)
    if len(groups) == 1:
        what, found, remedy = _headline(groups[0])
        told = kind(what, found=found, remedy="\n".join(filter(None, (remedy, again))))
    else:
        paragraphs = ["\n".join(filter(None, _headline(group))) for group in groups[:MOST_NAMES]]
        if len(groups) > MOST_NAMES:
            paragraphs.append(f"and {len(groups) - MOST_NAMES} more")
        count = len({failure.name for failure in failures})
        what = f"{count} pieces of work failed, or were not done because of others."
        told = kind(what, found="\n\n".join(paragraphs) + "\n", remedy=again)
    told.__cause__ = first.problem
    return told


def _alike(failures: Sequence[Failure]) -> list[list[Failure]]:
    """Failures with the same reason together, those that were only not run last."""
    groups: dict[tuple[str, ...], list[Failure]] = {}
    for failure in sorted(failures, key=lambda failure: bool(failure.because)):
        problem = failure.problem
        groups.setdefault((type(problem).__name__, problem.what, problem.found, problem.remedy), []).append(failure)
    return list(groups.values())


def _headline(group: Sequence[Failure]) -> tuple[str, str, str]:
    """What, found and remedy of failures with the same reason: the first in full, of the others their names."""
    first = group[0]
    problem = first.problem
    what = problem.what if first.name in problem.what else f"{first.name}: {problem.what}"
    same = dict.fromkeys(failure.name for failure in group if not failure.because and failure.name != first.name)
    blocked = dict.fromkeys(failure.name for failure in group if failure.because)
    found = [problem.found]
    found += [f"the same happened to: {_listed(same)}"] if same else []
    found += [f"not run because of it: {_listed(blocked)}"] if blocked else []
    return what, "\n".join(filter(None, found)), problem.remedy


def _listed(names: dict[str, None]) -> str:
    more = f"; and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return "; ".join(islice(names, MOST_NAMES)) + more
