"""Which emotions are taken for which? The predictions behind a headline as a matrix, one for every dataset."""

from collections.abc import Sequence

import numpy as np

from emobench.leaderboard.performance import Answers, Performance
from emobench.pages.chart import Chart
from emobench.pages.charts.cell_chart import Cell, Shades, cells_spec
from emobench.pages.charts.series import short
from emobench.views.tables import number

SHARES = Shades((0.0, 1.0), ("#f7fbff", "#0072b2"), "share of the true emotion's clips")


def confusions(performance: Performance, name: str, id_: str) -> list[Chart]:
    """A matrix for every dataset that was tested on, seeds averaged; none for attributes without classes."""
    classes = performance.attribute.classes
    if not classes:
        return []
    return [_confusion(one, classes, name, f"{id_}-{place}") for place, one in enumerate(performance.answers)]


def counted(answers: Answers, classes: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """How many clips of each emotion (down) were taken for each (across), in the mean over seeds: (E, E)."""
    said = answers.values[-1]  # the condition of the headline: (seeds, clips)
    counts = np.zeros((classes, classes))
    for run in said:
        np.add.at(counts, (answers.truth, run), 1.0 / len(said))
    return counts


def _confusion(answers: Answers, classes: Sequence[str], name: str, id_: str) -> Chart:
    counts = counted(answers, len(classes))
    clips = counts.sum(axis=1)
    cells = []
    for (down, across), count in np.ndenumerate(counts):
        share = float(round(count / clips[down], 4)) if clips[down] else None
        text = "none" if share is None else f"{share:.2f}".removeprefix("0") if share < 1 else "1"
        cells.append(Cell(down, across, share, text, f"{count:.4g} of {clips[down]:.4g}"))
    seeds = len(answers.values[-1])
    runs = f"Counts are means over {seeds} seeds. " if seeds > 1 else ""
    return Chart(
        id=id_,
        title=f"{short(name)}: confusions on {short(answers.dataset)}",
        description=f"The predictions behind the headline, {len(answers.clips)} clips of {len(set(answers.groups))} "
        "people. Every row adds up to 1; the diagonal is the recall of an emotion, "
        f"{_range(cells)}. {runs}",
        spec=cells_spec(cells, classes, ("true emotion", "predicted emotion"), SHARES, "clips"),
    )


def _range(cells: Sequence[Cell]) -> str:
    known = [cell.value for cell in cells if cell.down == cell.across and cell.value is not None]
    return f"{number(min(known))} to {number(max(known))}" if known else "not known"
