"""What does a report say, section by section? A question each, with its records together and one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from emobench.pages import report_facts
from emobench.pages.chart import Chart
from emobench.pages.report_charts import alone, together
from emobench.pages.report_entries import Entry, Question, sound
from emobench.pages.report_facts import Facts
from emobench.pages.report_headlines import Headlines, headlines
from emobench.views.pair_facts import is_control
from emobench.views.pair_rows import shown_name


@dataclass(frozen=True)
class OneRecord:
    """A record by itself: what stands above its folds, its charts, and what each fold holds."""

    id: str
    name: str
    control: bool
    key: str
    notes: Sequence[str]
    charts: Sequence[Chart]
    folds: Sequence[tuple[str, Facts]]


@dataclass(frozen=True)
class Section:
    """A question: its title, the headlines of all its records, charts of them together, and each by itself."""

    id: str
    title: str
    table: Headlines
    charts: Sequence[Chart]
    records: Sequence[OneRecord]


def section(question: Question, place: int) -> Section:
    """The section of a question; ``place`` makes its ids those of no other.

    Raises:
        DataError: a record that does not have the form of its task.
    """
    id_, names = f"question-{place}", " and ".join(question.names)
    records = tuple(_one(question, entry, f"{id_}-record-{index}") for index, entry in enumerate(question.entries))
    with sound(question.entries[0].path):
        title = f"{question.task}: {question.attribute} on {names}"
        return Section(id_, title, headlines(question), together(question, id_), records)


def _one(question: Question, entry: Entry, id_: str) -> OneRecord:
    record = entry.record
    with sound(entry.path):
        folds = (
            ("What was used", report_facts.used(record)),
            ("What was assumed", report_facts.assumed(record)),
            ("What was asked: every option", report_facts.options(record)),
            ("What it cost", report_facts.cost(record)),
            ("Where it was run", report_facts.where(record)),
        )
        notes, charts = report_facts.notes(entry), alone(question, entry, id_)
        return OneRecord(id_, shown_name(record), is_control(record), record.key, notes, charts, folds)
