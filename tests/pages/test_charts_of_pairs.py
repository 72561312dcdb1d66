"""Do the charts of `cross_domain` and `fad_bias` show what the records say?"""

import pytest
from bias_record_toys import bias_record
from chart_laws import drawn, holds, rows_of
from record_toys import SONG, SPEECH, pair_record
from resealed import committed

from emobench.pages.charts.bias_charts import heat_maps, same_emotion
from emobench.pages.charts.gains import chosen_scores, method_scores, pair_gains
from emobench.pages.charts.label_curves import label_curves
from emobench.pages.charts.layer_curves import layer_curves
from emobench.pages.charts.recalls import recalls
from emobench.runs.record_store import read_record

HOSTILE = "'];alert(1);//<script>"


def test_gains_have_their_interval_their_p_and_a_line_at_zero():
    """Every method's gain stands with its interval and Holm's p; a mark where both exclude 0; zero is drawn."""
    record = pair_record(gains={("lora", SONG): 0.2, ("frozen", SONG): 0.001})
    chart = pair_gains([record], SPEECH, SONG, "g")
    holds(chart)
    rows = {row["row"]: row for row in rows_of(chart)}
    assert list(rows) == ["frozen", "weighted_sum", "lora", "bottleneck", "chosen"]
    assert rows["lora"]["value"] == pytest.approx(0.2)
    assert rows["lora"]["low"] == pytest.approx(0.2 - 0.7 * 0.03)
    assert rows["lora"]["words"] == "p .010 +"
    assert rows["frozen"]["words"] == "p .400"
    assert rows["chosen"]["words"] == ""
    assert "no gain" in drawn(chart)


def test_gains_of_records_stand_beside_each_other():
    """Records with other methods share a chart: every method has a row, and a lane for each record that has it."""
    records = [pair_record(), pair_record("logmel", methods=("frozen",))]
    rows = rows_of(pair_gains(records, SPEECH, SONG, "g"))
    assert [row["row"] for row in rows if row["series"] == "logmel"] == ["frozen", "chosen"]
    assert {row["lane"] for row in rows} == {0, 1}


def test_scores_stand_under_every_condition():
    """A row of scores has its four conditions, each with a shape of its own."""
    record = pair_record()
    for chart in (method_scores(record, SPEECH, SONG, "m"), chosen_scores([record], SPEECH, SONG, "s")):
        holds(chart)
        first = [row["series"] for row in rows_of(chart)][:4]
        assert first == ["direct", "direct aligned", "target only", "two stage"]


def test_label_curves_have_a_point_a_fraction_and_only_where_there_are_fractions():
    """Solid and dashed curves have a point for every number of clips; all clips only is no curve."""
    record = pair_record(fractions=(0.25, 0.5, 1.0), methods=("frozen",))
    chart = label_curves(record, SPEECH, SONG, "l")
    holds(chart)
    clips = [row["clips"] for row in rows_of(chart) if row["series"] == "frozen, two stage"]
    assert clips == [150, 300, 600]
    assert label_curves(pair_record(), SPEECH, SONG, "l") is None


def test_both_geometries_share_one_colour_scale():
    """The heat maps of a record have the same scale, wide enough for the numbers of both, white at 1."""
    record = read_record(committed("fad_bias", "byol-s"))
    charts = heat_maps(record, "h")
    scales = []
    for chart in charts:
        holds(chart)
        values = [row["value"] for row in rows_of(chart)]
        scale = chart.spec["layer"][0]["encoding"]["color"]["scale"]
        assert scale["domain"][0] <= min(values)
        assert max(values) <= scale["domain"][-1]
        scales.append(scale)
    assert scales[0] == scales[1]
    assert scales[0]["range"][1] == "#ffffff"
    assert len(charts) == 2


def test_the_nearest_cell_of_every_row_is_marked():
    """Each row has one star, at its smallest number."""
    for chart in heat_maps(bias_record(), "h"):
        for name in {row["down"] for row in rows_of(chart)}:
            own = [row for row in rows_of(chart) if row["down"] == name]
            smallest = min(own, key=lambda row: row["value"])
            assert [row["across"] for row in own if row["text"].endswith("*")] == [smallest["across"]]


def test_distances_and_bias_have_their_rows():
    """Same-emotion distances have a row an emotion with its interval; the bias a point a layer."""
    record = read_record(committed("fad_bias", "byol-s"))
    apart, bias = same_emotion([record], "s"), layer_curves([record], "b")
    for chart in (apart, bias):
        holds(chart)
    expected = {
        row.class_: row.value
        for row in record.found.scores
        if (row.metric, row.geometry, row.layer, row.class_b) == ("relative_mmd", "aligned", None, None)
    }
    assert {row["row"]: row["value"] for row in rows_of(apart)} == expected
    assert [point[0] for point in bias.curves["curves"][0]["points"]] == ["block1", "block2", "block3", "fc1", "fc2"]
    assert bias.curves["level"] == {"value": 0.0, "name": "no bias"}


def test_each_geometry_has_its_own_curve():
    """The points of a geometry are the rows of that geometry alone."""
    record = read_record(committed("fad_bias", "byol-s"))
    for geometry in ("aligned", "raw"):
        (curve,) = layer_curves([record], "b", geometry).curves["curves"]
        expected = {
            row.layer: row.value
            for row in record.found.scores
            if (row.metric, row.geometry, row.view) == ("emotion_bias", geometry, "clips") and row.layer
        }
        assert {layer: value for layer, _, _, value, _, _ in curve["points"]} == expected


def test_names_of_datasets_and_methods_are_data_and_never_code():
    """A hostile name of a backbone, dataset or method stands in no expression."""
    pair = (HOSTILE, HOSTILE + "2")
    record = pair_record(HOSTILE, datasets=pair, methods=(HOSTILE,), fractions=(0.5, 1.0))
    bias = bias_record(HOSTILE, names=pair)
    charts = [
        pair_gains([record], *pair, "a"), method_scores(record, *pair, "b"), label_curves(record, *pair, "c"),
        chosen_scores([record, record], *pair, "d"), recalls([record], "e", pair[1]), *heat_maps(bias, "f"),
        same_emotion([bias], "g"), layer_curves([bias], "h"),
    ]  # fmt: skip
    for chart in charts:
        holds(chart, hostile=("alert(1)", "<script"))
