"""How does a table of a board stand on a page? Plain HTML that reads without scripts; links seen from the page."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from emobench.leaderboard.table import BoardTable, Cell, Column, Row
from emobench.pages.addresses import file_place, record_address
from emobench.pages.written import address, plain_word, word

NAME = "backbone"  # the column that names a row
LONGEST_ABOUT = 1000
Leads = Callable[[Row, Path], str]


def leads_from(board: Path, root: str) -> Leads:
    """Where a file of a board is found from a page: records in their sections, all else among the copied files.

    Args:
        board: its folder.
        root: the site, seen from the page.
    """

    def to(row: Row, path: Path) -> str:
        if row.record is not None and path == row.path:
            return root + record_address(board, row.record)
        return root + address(file_place(board, path))

    return to


def table_html(
    table: BoardTable,
    leads: Leads | None = None,
    pages: Mapping[str, str] | None = None,
    *,
    folded: bool = True,
) -> Markup:
    """The table: a caption, headings with their scope, the name of every row as its heading.

    Args:
        table: what it says.
        leads: where files are found; without it files are no links.
        pages: name of a row -> address, for rows without a file.
        folded: whether a script may hide the parts beside the main one until they are asked for.
    """
    parts = list(dict.fromkeys(column.part for column in table.columns))
    place = {column.key: parts.index(column.part) for column in table.columns}
    heads = "".join(_head(column, place[column.key], whole=not folded) for column in table.columns)
    body = "".join(_row(table.columns, place, row, leads, pages or {}) for row in table.rows)
    named = data_attribute([*parts[1:]]) if folded and len(parts) > 1 else ""
    return framed(table.title, heads, body, named)


def framed(caption: str, heads: str, body: str, more: str = "") -> Markup:
    """A table that can be sorted, in a region that scrolls.

    Args:
        caption: any text.
        heads: HTML of the headings.
        body: HTML of the rows.
        more: HTML of further attributes.
    """
    return Markup(  # noqa: S704 - whoever made the pieces has escaped them; format() would walk through all rows again
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(plain_word(caption))}">'
        f'<table class="sortable"{more}><caption>{word(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def data_attribute(parts: Sequence[str]) -> str:
    """The names of the parts that may be hidden, for the script."""
    return f' data-parts="{escape(json.dumps(parts))}"'


def _head(column: Column, part: int, *, whole: bool) -> str:
    number = ' class="number"' if column.kind == "number" else ""
    about = f' title="{escape(plain_word(column.about, LONGEST_ABOUT))}"' if column.about else ""
    kind = f'data-kind="{column.kind}" data-part="{part}"'
    of = Markup('<span class="part">{}</span> ').format(word(column.part)) if whole and column.part else ""
    name = ' class="name"' if column.key == NAME else ""
    return f'<th scope="col"{name} {kind}{about}><span{number}>{of}{word(column.title)}</span></th>'


def _row(
    columns: Sequence[Column], place: Mapping[str, int], row: Row, leads: Leads | None, pages: Mapping[str, str]
) -> str:
    drawn = []
    for column in columns:
        cell = row.cells.get(column.key, Cell(""))
        names = column.key == NAME
        element = "th" if names else "td"
        scope = ' scope="row"' if names else ""
        style = ' class="number"' if column.kind == "number" else ""
        part = f' data-part="{place[column.key]}"' if place[column.key] else ""
        inside = _inside(row, cell, leads)
        if names and not cell.files and cell.text in pages:
            inside = Markup('<a href="{}">{}</a>').format(pages[cell.text], inside)
        drawn.append(f"<{element}{scope}{style}{part}{_value(column, cell)}>{inside}</{element}>")
    return f"<tr>{''.join(drawn)}</tr>"


def _value(column: Column, cell: Cell) -> str:
    if column.kind != "number":
        return ""
    number = cell.value if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) else ""
    return f' data-value="{number}"'


def _inside(row: Row, cell: Cell, leads: Leads | None) -> Markup:
    """The text of a cell; words that lead to a file are links, also those that the text does not hold."""
    if leads is None or not cell.files:
        return word(cell.text)
    drawn, rest = Markup(""), cell.text
    for text, path in cell.files.items():
        link = Markup('<a href="{}">{}</a>').format(leads(row, path), word(text))
        before, found, after = rest.partition(text)
        drawn += (word(before) if before.strip() else Markup("")) + Markup(" ") + link
        rest = after if found else rest
    return drawn + (Markup(" ") + word(rest.strip()) if rest.strip() else Markup(""))
