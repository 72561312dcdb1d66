"""Do the charts of `layerwise` show what the records say, to everybody?"""

import re
from collections import Counter

import numpy as np
import pytest
from chart_laws import drawn, holds, rows_of
from hypothesis import given
from hypothesis import strategies as st
from resealed import committed, renamed

from emobench.leaderboard.performance import performance_of
from emobench.pages.assets_of_pages import FOLDER
from emobench.pages.charts.cell_chart import MOST_WITH_NUMBERS
from emobench.pages.charts.confusion import SHARES, confusions
from emobench.pages.charts.inks import COLOURS, GREYS, ink_on, inks, mixed, rgba
from emobench.pages.charts.layer_curves import layer_curves
from emobench.pages.charts.recalls import recalls
from emobench.runs.record_store import read_predictions, read_record
from emobench.views.heat_map import luminance

BACKBONES = ("byol-s", "byol-s@random", "hubert-tiny-random", "level-duration", "logmel")
HOSTILE = '"];alert(1);//<script>'
PAPERS = ("#ffffff", "#15181c")  # the pages' own, light and dark


def contrast(one, other):
    """The contrast of two colours (WCAG 2.1)."""
    light, dark = sorted((luminance(rgba(one)), luminance(rgba(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def records():
    """Five backbones on spoken RAVDESS, from the board of the project."""
    return [read_record(committed("layerwise", backbone)) for backbone in BACKBONES]


def test_a_curve_has_the_rows_of_its_record(records):
    """A point stands for every layer, at its value, with its interval, and for nothing else; chance is a line."""
    record = records[0]
    chart = layer_curves([record], "a")
    holds(chart)
    expected = [
        (row.layer, row.value, row.low, row.high)
        for row in record.found.scores
        if row.metric == "uar" and row.view == "all" and row.fold is None and row.layer is not None
    ]
    (curve,) = chart.curves["curves"]
    assert [(layer, value, low, high) for layer, _, _, value, low, high in curve["points"]] == expected
    assert chart.curves["level"] == {"value": record.found.headline.chance, "name": "chance"}
    assert "chance" in drawn(chart)


def test_models_of_other_depths_share_an_axis_from_first_to_last_layer(records):
    """The first layer of every curve lies at 0 and the last at 1."""
    for curve in layer_curves(records, "a").curves["curves"]:
        depths = [depth for _, _, depth, *_ in curve["points"]]
        assert depths[0] == 0
        assert len(depths) == 1 or depths[-1] == 1


def test_a_report_shows_its_first_models_and_controls_at_once(records):
    """As many models as were asked for are shown, and three controls; all others are there to be chosen."""
    for best in (1, 6):
        curves = layer_curves(records, "a", best=best).curves["curves"]
        models = [curve["shown"] for curve in curves if not curve["control"]]
        assert models == [place < best for place in range(len(models))]
        assert len(curves) == len(records)


def test_the_same_records_give_the_same_chart(records):
    """A chart is the same however often it is made: no name in it is drawn by lot or counted on."""
    assert layer_curves(records, "a").spec == layer_curves(records, "a").spec
    assert recalls(records, "a").spec == recalls(records, "a").spec


def test_recalls_stand_side_by_side(records):
    """Every emotion of every record has its recall with its interval, in the order of the attribute."""
    chart = recalls(records, "a")
    holds(chart)
    count = Counter(row["series"] for row in rows_of(chart))
    assert set(count) == set(BACKBONES)
    assert set(count.values()) == {8}
    first = [row["row"] for row in rows_of(chart) if row["series"] == "byol-s"]
    assert first == list(records[0].used["attribute"]["classes"])


def test_a_confusion_counts_the_predictions_behind_the_headline():
    """Shares are the counts of a naive loop over the chosen predictions; the mean of the diagonal is the headline."""
    path = committed("layerwise", "byol-s")
    record, table = read_record(path), read_predictions(path)
    chart = confusions(performance_of(record, table), "byol-s", "c")[0]
    holds(chart)
    picked = {c["fold"]: c["layer"] for c in record.found.choices if c["chosen"] and c["method"] == "frozen"}
    counts = Counter()
    for row in table.select(["split", "view", "method", "layer", "fold", "truth", "prediction"]).to_pylist():
        tested = (row["split"], row["view"], row["method"]) == ("test", "all", "frozen")
        if tested and row["layer"] == picked[row["fold"]]:
            counts[row["truth"], row["prediction"]] += 1
    clips = Counter()
    for (truth, _), count in counts.items():
        clips[truth] += count
    for cell in rows_of(chart):
        assert cell["value"] == pytest.approx(counts[cell["down"], cell["across"]] / clips[cell["down"]], abs=1e-4)
        assert cell["told"] == f"{counts[cell['down'], cell['across']]} of {clips[cell['down']]}"
    own = [cell["value"] for cell in rows_of(chart) if cell["down"] == cell["across"]]
    assert np.mean(own) == pytest.approx(record.found.headline.value, abs=1e-4)
    assert sum("role" in line for line in drawn(chart).splitlines()) >= 1
    assert len(own) <= MOST_WITH_NUMBERS


def test_names_are_data_and_never_code(tmp_path):
    """A name from a record stands in no expression of the compiled chart."""
    names = {"byol-s": HOSTILE, "happy": HOSTILE + "h", "block2": HOSTILE + "l"}
    path = renamed(committed("layerwise", "byol-s", dataset="synthetic-speech"), tmp_path, names)
    record, table = read_record(path), read_predictions(path)
    found = confusions(performance_of(record, table), HOSTILE, "c")
    for chart in (layer_curves([record], "a"), recalls([record], "b"), *found):
        holds(chart, hostile=("alert(1)", "<script"))


def test_inks_stand_out_from_their_page():
    """Each colour of a line stands out from white, its partner from the dark page, by 3 to 1 (WCAG 2.1, 1.4.11)."""
    pairs = re.findall(r'\["(#[0-9a-f]{6})", "(#[0-9a-f]{6})"\]', (FOLDER / "charts.js").read_text("utf-8"))
    assert [light for light, _ in pairs] == [*COLOURS, *GREYS]
    for pair in pairs:
        assert all(contrast(ink, paper) >= 3 for ink, paper in zip(pair, PAPERS, strict=True)), pair


def test_series_are_told_apart_without_colour():
    """Of up to seven series no two have the same shape, and controls are dashed, models are not."""
    for controls in ([False] * 7, [True] * 3 + [False] * 4):
        found = inks(controls)
        assert len({ink.shape for ink in found}) == 7
        assert all((ink.dash != (1, 0)) == control for ink, control in zip(found, controls, strict=True))


@given(st.floats(0, 1))
def test_numbers_in_cells_can_be_read(share):
    """The ink of a number stands out from the colour of its cell by 4.5 to 1 (WCAG 2.1, 1.4.3)."""
    shade = mixed(share, SHARES.domain, SHARES.colours)
    ink = {"black": 0.0, "white": 1.0}[ink_on(share, SHARES.domain, SHARES.colours)]
    light, dark = sorted((luminance(shade), ink), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
