"""`emobench check`: which laws does a plugin keep, and which does it break?"""

import json as json_format
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from emobench.cli.bars import progress_bars
from emobench.cli.logs import say
from emobench.cli.verdict_lines import heading, missing_text, name_width, summary, verdict_text
from emobench.domain.errors import CheckError, DataError
from emobench.domain.names import on_one_line
from emobench.domain.progress import Progress
from emobench.domain.suggestion import unknown
from emobench.testing.laws import Verdict

if TYPE_CHECKING:
    from emobench.domain.table import TableOptions
    from emobench.testing.cases import Case

Judged = list[tuple["Case", Verdict]]


class _Bars:
    """Progress whose bars are drawn from the first stage on until they are closed: a line on stdout comes between."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._drawn: Progress | None = None

    def start(self, title: str, total: int, unit: str) -> Callable[[int], None]:
        if self._drawn is None:
            self._drawn = self._open.enter_context(progress_bars())
        return self._drawn.start(title, total, unit)

    def say(self, message: str) -> None:
        (say if self._drawn is None else self._drawn.say)(message)

    def close(self) -> None:
        self._open.close()
        self._drawn = None


def command(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|FILE.py",
            help="A backbone, dataset, family or PEFT method; a plugin, package or file: all that it offers.",
        ),
    ],
    *,
    law: Annotated[list[str] | None, typer.Option(metavar="LAW", help="Tell only of this law.")] = None,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    weights: Annotated[list[str] | None, typer.Option(help="NAME=PATH: local weights of a backbone.")] = None,
    data: Annotated[list[str] | None, typer.Option(help="NAME=DIR: where a dataset lies.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="table.key=value, for own data (csv:PATH, hf:ORG/NAME).")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never open the network.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a plugin against the laws, a line each: what was expected, what was found; exit 4 when one is broken."""
    import os

    from emobench.domain.options import SCOPES, resolve
    from emobench.files.home import home
    from emobench.runs.asking import options_of, pairs
    from emobench.testing.cases import Places
    from emobench.testing.meant import cases_of

    def paths(flag: str, values: Sequence[str] | None) -> dict[str, Path]:
        return {name: Path(path).absolute() for name, path in pairs(flag, values).items()}

    table = resolve(options_of(set_, {"table": SCOPES["table"]}))["table"]
    bars = _Bars()
    places = Places(
        home(), os.environ, weights=paths("--weights", weights), data=paths("--data", data), offline=offline,
        progress=bars, table=cast("TableOptions", table),
    )  # fmt: skip
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):  # what plugins print is not the verdict
        cases = cases_of(names, plugin or (), places)
        known = list(dict.fromkeys(name for case in cases for name in case.laws))
        for name in law or ():
            if name not in known:
                raise unknown("law", name, known)
        judged, missing = _judged(cases, law or known, bars, lambda line: None if json else typer.echo(line, stdout))
    if json:
        typer.echo(json_format.dumps([_as_data(case, verdict) for case, verdict in judged], indent=1))
    elif judged:
        typer.echo(f"\n{summary([verdict for _, verdict in judged])}")
    _conclude(judged, missing)


def _judged(
    cases: Sequence["Case"], laws: Sequence[str], bars: _Bars, tell: Callable[[str], None]
) -> tuple[Judged, list[DataError]]:
    """The verdicts of these laws on all cases, told as they come, and what is not at hand."""
    judged: Judged = []
    missing: list[DataError] = []
    width = name_width(laws)
    for place, case in enumerate(case for case in cases if set(case.laws) & set(laws)):
        tell(("\n" if place else "") + heading(case.kind, case.name, case.owner))
        try:
            for verdict in until(case, laws, bars):
                judged.append((case, verdict))
                tell(verdict_text(verdict, width))
        except DataError as problem:
            missing.append(problem)
            tell(missing_text(problem))
    return judged, missing


def until(case: "Case", laws: Sequence[str], bars: _Bars) -> Iterator[Verdict]:
    """The verdicts of these laws, no law asked behind the last of them; bars are gone while a verdict is told."""
    wanted = [name for name in case.laws if name in laws]
    verdicts = case.verdicts()
    while wanted:
        try:
            verdict = next(verdicts, None)
        finally:
            bars.close()
        if verdict is None:
            return
        if verdict.law in wanted:
            wanted.remove(verdict.law)
            yield verdict


def _as_data(case: "Case", verdict: Verdict) -> dict[str, Any]:
    of = {"kind": case.kind, "name": case.name, "from": case.owner}
    return {**of, "law": verdict.law, "holds": verdict.holds, "expected": verdict.expected, "found": verdict.found}


def _conclude(judged: Judged, missing: Sequence[DataError]) -> None:
    """Raise CheckError for laws that are broken, else DataError for what is not at hand."""
    broken: dict[str, list[str]] = {}
    owners: dict[str, set[str]] = {}
    for case, _ in judged:
        owners.setdefault(f"{case.kind} {case.name}", set()).add(case.owner)
    for case, verdict in judged:
        if verdict.holds is False:
            thing = f"{case.kind} {case.name}"
            thing += f", from {case.owner}" if len(owners[thing]) > 1 else ""
            broken.setdefault(on_one_line(thing), []).append(verdict.law)
    lacking = "\n\n".join(str(problem) for problem in missing)
    if broken:
        count = sum(map(len, broken.values()))
        raise CheckError(
            f"{count} law{'s are' if count > 1 else ' is'} broken.",
            found="\n".join(f"{thing}: {', '.join(laws)}" for thing, laws in broken.items()),
            remedy="docs/laws.md says what usually breaks each, and what to do.\n"
            f"Mend them and check again; one law alone: --law {next(iter(broken.values()))[0]}"
            + (f"\n\nNot all was at hand:\n{lacking}" if lacking else ""),
        )
    if missing:
        raise DataError(lacking)
