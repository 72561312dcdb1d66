"""How do the laws run in pytest? `pytest --emobench=NAME`: every law of a plugin is a test beside the author's own.

pytest loads this file in every run: without the option nothing else is imported.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emobench.domain.errors import EmobenchError
    from emobench.testing.cases import Case
    from emobench.testing.laws import Verdict

ROOT = "emobench"  # how the id of every law begins
CASES = pytest.StashKey["list[Case]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options that name what is held against the laws, and where its weights and data lie."""
    group = parser.getgroup("emobench", "laws of emobench's plugins")
    kinds = "a backbone, dataset, family, PEFT method, plugin, package or FILE.py"
    told = {
        "--emobench": ("NAME", f"run the laws of {kinds}, each as a test (as `emobench check NAME`)"),
        "--emobench-weights": ("NAME=PATH", "local weights of a backbone"),
        "--emobench-data": ("NAME=DIR", "where a dataset lies"),
        "--emobench-plugin": ("FILE.py", "a plugin that is not installed"),
    }
    for flag, (metavar, text) in told.items():
        group.addoption(flag, action="append", default=[], metavar=metavar, help=f"{text}; may be given several times")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist starts its workers
def pytest_sessionstart(session: pytest.Session) -> None:
    """Find what the names mean.

    Raises:
        UsageError: a name that nobody knows, a file that is not there.
    """
    names = session.config.getoption("--emobench")
    if not names:
        return
    from emobench.domain.errors import EmobenchError
    from emobench.domain.names import on_one_line

    try:
        session.config.stash[CASES] = _cases(names, session.config)
    except EmobenchError as problem:
        raise pytest.UsageError("\n".join(map(on_one_line, str(problem).splitlines()))) from None


def _cases(names: Sequence[str], config: pytest.Config) -> list[Case]:
    import os

    from emobench.files.home import home
    from emobench.runs.asking import pairs
    from emobench.testing.cases import Places
    from emobench.testing.meant import cases_of

    def paths(flag: str) -> dict[str, Path]:
        return {name: Path(path) for name, path in pairs(flag, config.getoption(flag)).items()}

    plugins = [Path(file) for file in config.getoption("--emobench-plugin")]
    places = Places(home(), os.environ, weights=paths("--emobench-weights"), data=paths("--emobench-data"))
    return cases_of(names, plugins, places)


@pytest.hookimpl(tryfirst=True)  # before items are selected by -k and the like
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the laws behind the tests that were found, also where none were; whoever counts tests hears of them."""
    cases = config.stash.get(CASES, [])
    root = Laws.from_parent(session, name=ROOT, nodeid=ROOT)
    for case in cases:
        report = session.ihook.pytest_make_collect_report(collector=LawsOfCase.from_parent(root, case=case))
        session.ihook.pytest_collectreport(report=report)
        items.extend(report.result)


class Laws(pytest.Collector):
    """The place of all laws in pytest's tree."""

    def collect(self) -> Iterator[pytest.Item]:
        """Nothing: the laws are put behind the tests."""
        return iter(())


class LawsOfCase(pytest.Collector):
    """The laws of one thing, asked in their order, none twice."""

    def __init__(self, *, case: Case, **known: Any) -> None:
        super().__init__(name=f"plugin:{case.name}" if case.kind == "plugin" else case.name, **known)
        self.case = case
        self._verdicts: Iterator[Verdict] | None = None
        self._told: dict[str, Verdict] = {}
        self._problem: EmobenchError | None = None

    def collect(self) -> Iterator[LawOfCase]:
        """A test for every law."""
        for law in self.case.laws:
            yield LawOfCase.from_parent(self, name=law)

    def verdict(self, law: str) -> Verdict:
        """What was found; laws that come before are asked before.

        Raises:
            EmobenchError: weights or data are not at hand.
        """
        from emobench.domain.errors import EmobenchError

        if self._verdicts is None:
            self._verdicts = self.case.verdicts()
        while law not in self._told and self._problem is None:
            try:
                verdict = next(self._verdicts)
                self._told[verdict.law] = verdict
            except StopIteration:
                self._problem = EmobenchError(f"the law '{law}' was not asked.")
            except EmobenchError as problem:
                self._problem = problem
        if law not in self._told:
            assert self._problem is not None
            raise self._problem
        return self._told[law]


class BrokenLawError(Exception):
    """A law that does not hold."""


class LawOfCase(pytest.Item):
    """One law of one thing."""

    def runtest(self) -> None:
        """Ask the law.

        Raises:
            BrokenLawError: it does not hold.
        """
        from emobench.domain.names import on_one_line

        assert isinstance(self.parent, LawsOfCase)
        with warnings.catch_warnings():
            warnings.simplefilter("default")  # the verdict is that of `emobench check`, whatever pytest makes of them
            verdict = self.parent.verdict(self.name)
        if verdict.holds is None:  # the law does not concern this plugin: `check` says so, too, with the same reason
            pytest.skip(on_one_line(verdict.found))
        if not verdict.holds:
            raise BrokenLawError(f"expected: {on_one_line(verdict.expected)}\nfound:    {on_one_line(verdict.found)}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and what was found; a traceback only for a mistake of our own."""
        from emobench.domain.errors import EmobenchError

        if isinstance(excinfo.value, BrokenLawError | EmobenchError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Under which heading pytest tells of it."""
        assert isinstance(self.parent, LawsOfCase)
        return self.config.rootpath / ROOT, 0, f"{self.parent.case.kind} {self.parent.case.name}: {self.name}"
