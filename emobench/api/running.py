"""How does Python ask for a measurement, and what does it get? Records, or the error that the command line tells."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, cast

from emobench.api.asking import Flags, Spec, command_of, question
from emobench.api.records import Record
from emobench.api.telling import left_as_it_was, shown_if
from emobench.domain.errors import EmobenchError, UsageError
from emobench.domain.own_names import is_own
from emobench.runs.asking import Asked

if TYPE_CHECKING:
    from emobench.domain.progress import Progress
    from emobench.runs.reporting import Report


def run(spec: Spec | None = None, **asked: Unpack[Flags]) -> Record:
    """Measure: `emobench run` for one backbone and one dataset (or pair), by the same code.

    Args:
        spec: a `RunSpec`, a TOML file, or a record's JSON file, which is measured again. Keywords win over it.
        asked: keywords under the names of the flags (see `emobench run --help`): ``backbone``, ``task``, ``dataset``,
            ``peft``, ``preset``, ``seeds``, ``folds``, ``limit``, ``precision``, ``set={"probe.c": 0.01}``,
            ``data={"ravdess-speech": folder}``, ``weights={"wavlm-base": folder}``, ``device``, ``threads``, ``shard``,
            ``batch_seconds``, ``store_gb``, ``offline``, ``out`` (default ``runs``), and

            - ``plugins``: Python files that are not installed, or modules that are one file (read anew from it). No
              objects such as a `Backbone`: features are kept under the digest of the file they were made by, and an
              object made in a cell has no digest that its helpers and constants would change, too. In a notebook the
              magic ``%%writefile my_backbone.py`` makes a cell a file; whatever is changed in it, its features are new.
              What the file imports from other files is not in the digest.
            - ``progress=True``: bars on stderr (lines where it is no terminal); nothing is printed without.

            Nothing asks before a long run: `plan` tells its hours.

    Returns:
        The record; with its predictions and pictures it lies below ``out``. So does the record of the control that
        comes along (`run_all` gives it, too). What was computed before is not computed again.

    Raises:
        UsageError: what does not fit, or a question that several records answer (see `run_all`).
        DataError: audio, labels or weights that are missing or damaged.
        EmobenchError: something failed; records that are complete are written.
    """
    question_asked = question(spec, asked)
    count = _questions(question_asked)
    if count > 1:
        raise UsageError(
            f"{count} records answer this; emobench.run gives one.",
            found=f"backbones: {', '.join(question_asked.spec.backbones)}; "
            f"datasets: {', '.join(question_asked.spec.datasets)}",
            remedy="Use emobench.run_all, which gives all of them, or name one backbone and one dataset.",
        )
    made, controls, still_open = _measured(question_asked, spec, asked)
    mine = [record for record in made if record.sealed.asked["backbone"] not in controls]
    if not mine:
        raise EmobenchError(
            f"there is no record yet: {still_open} units are left to other slices or processes.",
            remedy="Ask again when they are done.",
        )
    return mine[0]


def run_all(spec: Spec | None = None, **asked: Unpack[Flags]) -> tuple[Record, ...]:
    """Measure as `run` does, for any number of backbones, datasets and attributes.

    Args:
        spec: as for `run`.
        asked: as for `run`.

    Returns:
        All records that are complete, those of controls that come along included; where other slices (``shard``) have
        not finished, there may be none.

    Raises:
        UsageError: what does not fit.
        DataError: audio, labels or weights that are missing or damaged.
        EmobenchError: something failed; records that are complete are written.
    """
    return _measured(question(spec, asked), spec, asked)[0]


def _questions(asked: Asked) -> int:
    """How many records the backbones that were named get. Raises UsageError for names that nobody knows."""
    from emobench.catalog.scopes import scopes_of
    from emobench.domain.options import LayerwiseOptions, resolve

    spec = asked.spec
    for name in spec.backbones:
        asked.catalog.backbone(name)
    for name in spec.datasets:
        if not is_own(name):
            asked.catalog.dataset(name)
    if spec.task != "layerwise":
        return len(spec.backbones)
    layerwise = cast(LayerwiseOptions, resolve(spec.options, scopes_of(asked.catalog))["layerwise"])
    return len(spec.backbones) * len(spec.datasets) * len(layerwise.attributes)


def _measured(asked: Asked, given: Spec | None, flags: Flags) -> tuple[tuple[Record, ...], tuple[str, ...], int]:
    """The records, the names of the controls that came along, and how many units are left to others."""
    command = command_of(given, flags)
    with left_as_it_was(), shown_if(flags.get("progress", False)) as shown:
        from emobench.runs.provenance import without_paths
        from emobench.runs.reporting import reported

        spec = asked.spec
        named = {"task": spec.task, "backbones": spec.backbones, "datasets": spec.datasets, "shard": asked.where.shard}
        with reported(asked.where.out, {**named, "command": without_paths(command)}) as report:
            return _carried_out(asked, command, report, shown)


def _carried_out(
    asked: Asked, command: Sequence[str], report: "Report", shown: "Progress"
) -> tuple[tuple[Record, ...], tuple[str, ...], int]:
    from emobench.corpora.remarks import lines_about
    from emobench.files.home import home
    from emobench.leaderboard.comparing.repeating import found_before, told_of
    from emobench.runs.running import carry_out, prepare, require_success
    from emobench.runs.unit_store import UnitStore

    plan, device = prepare(asked.spec, asked.where, asked.catalog, report.over(shown))
    for line in lines_about(plan):
        shown.say(line)
    units = UnitStore(home() / "units")
    report.planned(len(plan.units), lambda: sum(units.done(unit) for unit in plan.units))
    before = found_before(asked.where.out, all(units.done(unit) for unit in plan.units)) if asked.repeats else None
    result = carry_out(plan, device, asked.where, asked.catalog, report.over(shown), command)
    report.records = len(result.records)
    if asked.repeats is not None and before is not None:
        for line in told_of(asked.repeats, result.records, before):
            shown.say(line)
    require_success(result)
    return tuple(Record(Path(path), record) for path, record in result.records), plan.controls, result.open_units
