"""What does the other domain add? Gains of two stages over target only, and the scores behind them."""

from collections.abc import Mapping, Sequence

from emobench.domain.record import Record, Score
from emobench.pages.chart import Chart
from emobench.pages.charts.inks import COLOURS, GREYS, Ink
from emobench.pages.charts.interval_chart import Axis, Dot, described, dot_of, intervals_spec
from emobench.pages.charts.series import Level, Series, metric_of, series_of, short, short_names
from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, TWO_STAGE
from emobench.views.pair_cells import p_cell
from emobench.views.pair_rows import CHOSEN, gain_mark, gain_of, methods, score_of, shown_name

LETTERS = 22
CONDITIONS: Mapping[str, Ink] = {
    DIRECT: Ink(COLOURS[1], "triangle-down"),
    ALIGNED: Ink(COLOURS[2], "triangle-up"),
    TARGET_ONLY: Ink(GREYS[0], "square"),
    TWO_STAGE: Ink(COLOURS[0], "circle"),
}


def pair_gains(records: Sequence[Record], source: str, target: str, id_: str) -> Chart:
    """The gain of every method in one direction, with its interval and Holm's p; records side by side."""
    metric, series = metric_of(records[0]), series_of(records)
    names = list(dict.fromkeys(name for record in records for name in methods(record)))
    labels = dict(zip(names, short_names(names, LETTERS), strict=True))
    dots = [
        dot_of(labels[name], one.name, row, _p_words(row))
        for one, record in zip(series, records, strict=True)
        for name in methods(record)
        if (row := gain_of(record, name, target)) is not None
    ]
    return Chart(
        id=id_,
        title=f"Gains, {short(source)} to {short(target)}",
        description=f"How much more {metric} a model has on {short(target)} when it has learned "
        f"{short(source)} first (two stage less target only). Lines: 95 % over people; p after Holm over the "
        "protocol's fixed set; + or - where the interval excludes 0 and p < .05. The method chosen per fold is no test "
        f"of its own and has no p.{described(dots)}",
        spec=intervals_spec(dots, list(labels.values()), series, Axis(f"gain in {metric}", (Level(0.0, "no gain"),))),
    )


def _p_words(row: Score) -> str:
    return "" if row.p is None else f"p {p_cell(row)} {gain_mark(row)}".rstrip()


def method_scores(record: Record, source: str, target: str, id_: str) -> Chart:
    """The scores of every method under every condition, one direction of one record."""
    names = methods(record)
    labels = short_names(names, LETTERS)
    dots = [dot for name, label in zip(names, labels, strict=True) for dot in _dots(record, name, target, label)]
    title = f"{short(shown_name(record))}: scores, {short(source)} to {short(target)}"
    return _scores(record, dots, labels, id_, title)


def chosen_scores(records: Sequence[Record], source: str, target: str, id_: str) -> Chart:
    """The scores of every record under every condition in one direction, the method chosen per fold."""
    labels = [one.name for one in series_of(records)]
    dots = [dot for record, label in zip(records, labels, strict=True) for dot in _dots(record, CHOSEN, target, label)]
    title = f"Scores, {short(source)} to {short(target)}"
    return _scores(records[0], dots, labels, id_, title, " The method is chosen per fold.")


def _dots(record: Record, method: str, target: str, label: str) -> list[Dot]:
    rows = [(condition, score_of(record, condition, method, target)) for condition in CONDITIONS]
    return [dot_of(label, condition.replace("_", " "), row) for condition, row in rows if row is not None]


def _scores(record: Record, dots: Sequence[Dot], rows: Sequence[str], id_: str, title: str, more: str = "") -> Chart:
    headline, metric = record.found.headline, metric_of(record)
    series = [Series(name.replace("_", " "), ink) for name, ink in CONDITIONS.items()]
    axis = Axis(metric, (Level(headline.chance, "chance"),))
    return Chart(
        id=id_,
        title=title,
        description=f"{metric} on the target: direct has learned the source only, direct aligned knows the target's "
        "statistics besides, target only has learned the target only, two stage has learned the source first."
        f"{more} Lines: 95 % over people.{described(dots)}",
        spec=intervals_spec(dots, rows, series, axis),
    )
