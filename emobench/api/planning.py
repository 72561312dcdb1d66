"""What would a run do? What `emobench plan` says, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Unpack

from emobench.api.asking import Flags, Spec, question
from emobench.api.telling import left_as_it_was, shown_if
from emobench.domain.progress import Progress
from emobench.runs.asking import Asked


@dataclass(frozen=True)
class Plan:
    """What a run would do. `str` gives the text of `emobench plan`.

    Attributes:
        task: the question.
        hours: estimated, for what is not computed yet.
        notes: what to know of clips that are used, or left out.
        data: what `emobench plan --json` prints: datasets with their clips, people and folds; work with what is done.
    """

    task: str
    hours: float
    notes: tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False, hash=False)
    text: str = field(repr=False)

    def __str__(self) -> str:
        """The text of `emobench plan`."""
        return self.text

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        return f"<pre>{escape(self.text)}</pre>"


def plan(spec: Spec | None = None, **asked: Unpack[Flags]) -> Plan:
    """Find names and files, look through the audio and fix folds and units, as `run` does first; compute nothing.

    Args:
        spec: as for `run`.
        asked: as for `run`; any number of backbones and datasets.

    Raises:
        UsageError: what does not fit.
        DataError: audio, labels or weights that are missing or damaged.
    """
    wanted = question(spec, asked)
    with left_as_it_was(), shown_if(asked.get("progress", False)) as shown:
        return _planned(wanted, shown)


def _planned(asked: Asked, shown: Progress) -> Plan:
    from emobench.files.home import home
    from emobench.runs.estimate import estimated_hours
    from emobench.runs.plan_tables import as_data, as_tables
    from emobench.runs.running import prepare

    made, device = prepare(asked.spec, asked.where, asked.catalog, shown)
    data = as_data(made, home(), estimated_hours(made, device))
    return Plan(data["task"], data["estimated_hours"], tuple(data["notes"]), data, as_tables(data))
