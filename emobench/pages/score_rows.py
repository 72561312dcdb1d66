"""How do the scores of a record stand on a page? Its summary rows as one table, without columns that say nothing."""

from collections.abc import Sequence

from markupsafe import Markup

from emobench.domain.record import Record, Score
from emobench.pages.table_html import framed
from emobench.pages.written import word
from emobench.views.tables import interval, number

TEXTS = ("metric", "dataset", "view", "condition", "method", "source", "target", "geometry")


def summary_rows(record: Record) -> list[Score]:
    """The rows that are about no single class, layer, fold or seed; those stand in the record's files."""
    single = ("class_", "layer", "fold", "seed")
    return [row for row in record.found.scores if all(getattr(row, name) is None for name in single)]


def score_table(rows: Sequence[Score], caption: str) -> Markup:
    """The rows as a table that can be sorted: what each is about, its value, interval, p, clips and people."""
    texts = [name for name in TEXTS if len({getattr(row, name) for row in rows}) > 1 or name == "metric"]
    titles = {"fraction": "fraction", "p": "p", "n_clips": "clips", "n_groups": "people"}
    numbers = [name for name in titles if any(getattr(row, name) is not None for row in rows)]
    heads = [f'<th scope="col" data-kind="text"><span>{name}</span></th>' for name in texts]
    heads += [_number_head("value"), '<th scope="col" data-kind="text"><span>95 %</span></th>']
    heads += [_number_head(titles[name]) for name in numbers]
    body = "".join(_line(row, texts, numbers) for row in rows)
    return framed(caption, "".join(heads), body)


def _number_head(title: str) -> str:
    return f'<th scope="col" data-kind="number"><span class="number">{title}</span></th>'


def _line(row: Score, texts: Sequence[str], numbers: Sequence[str]) -> str:
    cells = [_text(getattr(row, name), heads=not place) for place, name in enumerate(texts)]
    between = "" if row.low is None and row.high is None else interval(row.low, row.high)
    cells += [_number(row.value), f'<td class="number">{between}</td>']
    cells += [_number(getattr(row, name)) for name in numbers]
    return f"<tr>{''.join(cells)}</tr>"


def _text(value: str | None, *, heads: bool) -> str:
    said = "" if value is None else word(value)
    return f'<th scope="row">{said}</th>' if heads else f"<td>{said}</td>"


def _number(value: float | None) -> str:
    if value is None:
        return '<td class="number"></td>'
    shown = str(value) if isinstance(value, int) else number(value)
    return f'<td class="number" data-value="{value}">{shown}</td>'
