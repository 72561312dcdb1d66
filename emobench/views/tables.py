"""How do the records of a run read in one look?"""

from collections.abc import Callable, Sequence

from tabulate import tabulate

from emobench.domain.record import Record, Score

VIEWS = ("female", "male", "statement_seen", "statement_disjoint")


def number(value: float | None) -> str:
    """Three digits, without the leading zero that all scores share."""
    if value is None:
        return ""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def interval(low: float | None, high: float | None) -> str:
    """The ends of an interval, or a word when there is none."""
    return "none" if low is None or high is None else f"{number(low)} to {number(high)}"


def _line(record: Record, row: Score, views: Sequence[str], label: str) -> list[str]:
    same = [
        other
        for other in record.found.scores
        if (other.method, other.layer, other.metric, other.fold) == (row.method, row.layer, row.metric, None)
    ]
    by_view = {str(other.view): other.value for other in same}
    name = str(record.asked["backbone"])
    return [name, label, number(row.value), interval(row.low, row.high), *(number(by_view.get(view)) for view in views)]


def _label(record: Record, row: Score) -> str:
    if row.method == "weighted_sum":
        return "weighted sum"
    if row.layer is not None:
        return str(row.layer)
    picked = {
        str(choice["layer"]) for choice in record.found.choices if choice["chosen"] and choice["method"] == "frozen"
    }
    return "chosen per fold: " + ", ".join(sorted(picked, key=_layer_order(record)))


def _layer_order(record: Record) -> "_Order":
    return _Order([layer["name"] for layer in record.used["backbone"]["card"]["layers"]])


class _Order:
    """Sort key: the place of a layer in its card."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)

    def __call__(self, name: str) -> int:
        return self.names.index(name)


def _table(records: Sequence[Record]) -> str:
    first = records[0]
    headline, data = first.found.headline, first.used["dataset"]
    views = [view for view in VIEWS if any(row.view == view for record in records for row in record.found.scores)]
    lines = [
        _line(record, row, views, _label(record, row))
        for record in records
        for row in record.found.scores
        if row.metric == headline.metric and row.view == "all" and row.fold is None
    ]
    title = (
        f"{first.asked['attribute']} on {first.asked['dataset']}: {data['clips']} clips, "
        f"{len(data['groups'])} groups, {first.used['split']['folds']} folds; chance {number(headline.chance)}"
    )
    heads = [
        "backbone",
        "layer",
        headline.metric.upper(),
        "95 % over people",
        *(view.replace("_", " ") for view in views),
    ]
    notes = sorted({f"note: {record.asked['backbone']}: {note}" for record in records for note in record.found.notes})
    return "\n".join([title, tabulate(lines, headers=heads, disable_numparse=True), *notes])


def in_blocks(
    records: Sequence[Record], question: Callable[[Record], tuple[str, ...]], block: Callable[[Sequence[Record]], str]
) -> str:
    """A block for the records of every question, in the order in which questions come first."""
    by_question: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        by_question.setdefault(question(record), []).append(record)
    return "\n\n".join(block(same) for same in by_question.values()) + "\n"


def _question(record: Record) -> tuple[str, ...]:
    return str(record.asked["dataset"]), str(record.asked["attribute"])


def summary(records: Sequence[Record]) -> str:
    """One table for every dataset and attribute: a row for the choice per fold, every layer, and the weighted sum."""
    return in_blocks(records, _question, _table)
