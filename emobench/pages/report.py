"""How do records become one HTML file that opens anywhere? Everything inside it, nothing asked of a network."""

from collections.abc import Sequence

from emobench.domain.names import on_one_line
from emobench.pages.report_entries import Entry, questions
from emobench.pages.report_sections import Section, section
from emobench.pages.shell import page

MARK = "<!-- emobench report -->"  # by it a page of ours is known again


def report_page(entries: Sequence[Entry]) -> str:
    """The page: a section for every question, a list of them where there are several; the same records, the same text.

    Args:
        entries: as `read_entries` gives them.

    Raises:
        DataError: a record that does not have the form of its task.
    """
    sections = [section(question, place) for place, question in enumerate(questions(entries))]
    return page("report.html.jinja", title=_title(sections), inline=True, sections=sections, heading=_title(sections))


def _title(sections: Sequence[Section]) -> str:
    names = list(dict.fromkeys(on_one_line(one.name) for part in sections for one in part.records))
    return f"Report: {names[0]}" if len(names) == 1 else f"Report on {len(names)} backbones"
