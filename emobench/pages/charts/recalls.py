"""How many clips of each emotion are found? Recall with its interval, several records side by side."""

from collections.abc import Sequence

from emobench.domain.record import Record, Score
from emobench.pages.chart import Chart
from emobench.pages.charts.interval_chart import Axis, described, dot_of, intervals_spec
from emobench.pages.charts.series import Level, series_of, short, short_names
from emobench.tasks.pair_predictions import TWO_STAGE
from emobench.views.bias_rows import emotions
from emobench.views.pair_rows import CHOSEN

LETTERS = 18


def recalls(records: Sequence[Record], id_: str, target: str | None = None) -> Chart:
    """The recall of every emotion in the headline's predictions.

    Args:
        records: of one question, with classes.
        id_: of the chart.
        target: which dataset of a pair was tested; None where there is one only.
    """
    classes, series = emotions(records[0]), series_of(records)
    labels = dict(zip(classes, short_names(classes, LETTERS), strict=True))
    dots = [
        dot_of(labels[str(row.class_)], one.name, row)
        for one, record in zip(series, records, strict=True)
        for row in recall_rows(record, target)
        if row.class_ in labels
    ]
    chance = Level(1 / len(classes), "chance")
    where = "" if target is None else f" on {short(target)}"
    said = " by two stages, the method chosen per fold" if target is not None else ", the layer chosen per fold"
    return Chart(
        id=id_,
        title=f"Recall of every emotion{where}",
        description=f"The share of an emotion's clips that was found{said}. Lines: 95 % over people.{described(dots)}",
        spec=intervals_spec(dots, list(labels.values()), series, Axis("recall", (chance,), (0.0, 1.0))),
    )


def recall_rows(record: Record, target: str | None) -> list[Score]:
    """The rows of the recalls behind a headline."""
    condition, method = (None, "frozen") if target is None else (TWO_STAGE, CHOSEN)
    wanted = ("recall", "all", None, None, None, condition, method, target)
    return [row for row in record.found.scores if _fields(row) == wanted and row.fraction in (None, 1.0)]


def _fields(row: Score) -> tuple[object, ...]:
    return (row.metric, row.view, row.fold, row.seed, row.layer, row.condition, row.method, row.target)
