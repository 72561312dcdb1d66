"""Do the tables of `fad_bias` show what its records say, and call shared only what their tests allow?"""

import re

import pytest
from bias_record_toys import SIX, bias_record, changed
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.record import Score
from emobench.views.bias_rows import near_or_far, verdict
from emobench.views.bias_tables import summary
from emobench.views.pair_cells import p_cell

RECORD = bias_record(layers=3, scatter=0.01, moved=("sad",))
LAST = "2"


def table(text, title):
    """The rows of the table whose title or first head begins so, as lists of cells."""
    block = next(part for part in text.split("\n\n") if part.startswith(title) and "\n---" in part)
    lines = block.splitlines()
    rule = next(place for place, line in enumerate(lines) if line.startswith("---"))
    spans = [match.span() for match in re.finditer(r"-+", lines[rule])]
    return [[line[start:end].strip() for start, end in spans] for line in lines[rule + 1 :]]


def the_row(record, metric, geometry="aligned", layer=None, class_=None, source="talk", view="clips"):
    """The only row with these fields that is no cell of two emotions."""
    wanted = (metric, geometry, layer, class_, None, source, view)
    (found,) = [
        row for row in record.found.scores
        if (row.metric, row.geometry, row.layer, row.class_, row.class_b, row.source, row.view) == wanted
    ]  # fmt: skip
    return found


def shown(value):
    """Three digits without a leading zero."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.3f}")


def test_every_emotion_has_its_numbers():
    """A line an emotion: aligned means over layers with interval and p, then raw, then FAD raw at the last layer."""
    rows = table(summary([RECORD]), "byol-s: aligned, mean over 3 layers")
    assert [row[0] for row in rows] == list(SIX)
    for line in rows:
        apart, nearer = (the_row(RECORD, metric, class_=line[0]) for metric in ("relative_mmd", "nearer"))
        assert line[1:3] == [shown(apart.value), f"{shown(apart.low)} to {shown(apart.high)}"]
        assert line[3].startswith(f"{shown(nearer.value)} (")
        assert line[4] == ("<.001" if nearer.p < 0.0005 else shown(nearer.p))
        assert line[7] == shown(the_row(RECORD, "relative_mmd", "raw", class_=line[0]).value)
        assert float(line[8]) == pytest.approx(the_row(RECORD, "fad", "raw", LAST, line[0]).value, rel=1e-3)
    assert f"raw FAD, layer {LAST}" in summary([RECORD])


def test_verdicts_stand_beside_their_emotions():
    """An emotion as far apart as others is not shared and is far; those that lie together are shared and near."""
    rows = {row[0]: row[5:7] for row in table(summary([RECORD]), "byol-s: aligned, mean")}
    assert rows.pop("sad") == ["not shown", "far"]
    assert all(verdict == "shared" for verdict, _ in rows.values())
    assert "near" in {side for _, side in rows.values()}


@given(st.none() | st.floats(-2, 2), st.none() | st.floats(0, 1))
def test_a_verdict_needs_a_side_and_a_p(value, p):
    """Shared, apart, near and far are said of a value beside 0 whose p is below .05, and of nothing else."""
    row = Score(metric="nearer", value=value, p=p)
    sure = value is not None and p is not None and p < 0.05
    assert (verdict(row) == "shared") == (near_or_far(row) == "far") == (sure and value > 0)
    assert (verdict(row) == "apart") == (near_or_far(row) == "near") == (sure and value <= 0)
    if not sure:
        assert near_or_far(row) == ""
        assert verdict(row) == ("" if value is None else "not tested" if p is None else "not shown")


def test_apart_is_said_of_what_lies_below_zero():
    """An emotion further from itself than from others, with p below .05, is apart."""
    record = changed(RECORD, {("nearer", "aligned", None, "calm", None): {"value": -0.2, "p": 0.01}})
    assert table(summary([record]), "byol-s: aligned, mean")[1][5] == "apart"


def test_every_backbone_has_a_line():
    """A line a backbone: bias with interval, p and that of permuted labels, raw bias, match p, retrieval both ways."""
    control = bias_record("level-duration", layers=1, seed=3)
    lines = table(summary([RECORD, control]), "mean over layers")
    assert [line[0] for line in lines] == ["byol-s", "level-duration (control)"]
    for line, record in zip(lines, (RECORD, control), strict=True):
        expected = [
            the_row(record, "emotion_bias"),
            the_row(record, "emotion_bias", "raw"),
            the_row(record, "retrieval"),
            the_row(record, "retrieval", source="song"),
        ]
        assert [line[place].split()[0] for place in (1, 4, 6, 7)] == [shown(row.value) for row in expected]
        assert all(line[place].endswith(")") for place in (1, 4, 6, 7))
        assert line[2] == p_cell(expected[0])
        assert line[3] == shown(the_row(record, "emotion_bias_null").value)
        assert line[5] == shown(the_row(record, "correspondence").p)


def test_layers_have_a_table_where_there_are_several():
    """A backbone with several layers has a line a layer in their order, with that layer's numbers; others have none."""
    text = summary([RECORD, bias_record("logmel", layers=1)])
    lines = table(text, "byol-s: aligned, layer by layer")
    assert [line[0] for line in lines] == ["0", "1", "2"]
    for line in lines:
        assert line[1].startswith(shown(the_row(RECORD, "emotion_bias", layer=line[0]).value))
        assert line[6].startswith(shown(the_row(RECORD, "retrieval", layer=line[0]).value))
        right = [round(6 * the_row(RECORD, "nearest", layer=line[0], source=name).value) for name in ("talk", "song")]
        assert line[8] == f"{right[0]} and {right[1]}"
    assert "logmel: aligned, layer by layer" not in text
    assert "logmel: aligned, layer 0\n" in text


def test_frames_have_a_table_of_their_own():
    """Distances on frames stand apart from those of clips, at the last layer, only where frames were measured."""
    record = bias_record(layers=2, frames=True)
    text = summary([record])
    lines = table(text, "byol-s: frames, layer 1")
    for line in lines[:-1]:
        assert len(line) == 11
        for first, geometry in ((1, "raw"), (6, "aligned")):
            for place, metric in enumerate(("fad", "fad_inf", "fad_inf_r2", "fad_inf_unreplaced")):
                row = the_row(record, metric, geometry, "1", line[0], view="frames")
                assert float(line[first + place]) == pytest.approx(row.value, abs=1e-3)
    assert [bool(cell) for cell in lines[-1]] == [True, True, *[False] * 4, True, *[False] * 4]
    assert "frames, layer" not in summary([RECORD])


def test_the_title_says_who_was_heard():
    """Pair, attribute, clips, people, how many are in both, and the chance of retrieval stand above."""
    data = RECORD.used["datasets"]
    title = summary([RECORD]).splitlines()[0]
    clips = f"{data['talk']['clips']} and {data['song']['clips']}"
    assert title == (
        f"emotion on talk and song: {clips} clips, 10 and 10 people (10 in both); chance of retrieval .167"
    )
    assert "9 and 9 people (none in both)" in summary([bias_record(people=9, shared=False)])


def test_a_first_look_says_so():
    """Records of few clips are called a first look below the title; whole ones are not."""
    assert "A first look (--limit): only a part" in summary([bias_record(asked={"limit": 8})])
    assert "first look" not in summary([RECORD])


def test_questions_stand_apart():
    """Another identity of a dataset, or a first look, begins a block of its own."""
    data = RECORD.used["datasets"]
    other = {**data, "song": {**data["song"], "identity": "c" * 64}}
    records = [RECORD, bias_record("logmel"), bias_record(used={"datasets": other}), bias_record(asked={"limit": 8})]
    assert summary(records).count("chance of retrieval") == 3


def test_few_people_are_not_tested():
    """Below eight people there are values, no intervals, and no verdicts."""
    lines = table(summary([bias_record(people=5, layers=1)]), "byol-s: aligned, layer 0")
    assert {(line[2], line[5], line[6]) for line in lines} == {("none", "not tested", "")}
    assert all(re.fullmatch(r"-?\d?\.\d{3}", line[3]) for line in lines)


def test_an_undefined_layer_is_an_empty_line():
    """A layer whose features do not vary has its line, without numbers, and the mean is that of the others."""
    text = summary([bias_record(layers=2, constant=(0,))])
    empty, full = table(text, "byol-s: aligned, layer by layer")
    assert empty == ["0", *[""] * 7, "none and none"]
    assert all(full)
    assert all(line[1] for line in table(text, "byol-s: aligned, mean over 1 of 2 layers"))


def test_nothing_is_dropped_silently():
    """Labels and people dropped, and the record's own notes, stand below the tables."""
    pair = {**RECORD.used["pair"], "dropped": {"talk": {"disgust": 192}, "song": {"people": 52}}}
    text = summary([bias_record(notes=("a cat walked by",), used={"pair": pair})])
    assert "note: talk: dropped 192 clips 'disgust'\n" in text
    assert "note: song: dropped 52 clips of people whom only one dataset has\n" in text
    assert "note: byol-s: a cat walked by\n" in text


def test_the_legend_says_what_a_geometry_cannot_show():
    """Below the tables stands what raw and aligned hide, and that singing is not all music."""
    text = " ".join(summary([RECORD]).split())
    assert "an offset that all emotions share, or a spread that differs in all of them, cannot show" in text
    assert "which lie towards the other domain as such, not what is shared" in text
    assert "singing is not all music" in text


def test_the_tables_fit_a_terminal():
    """No line of tables or legend is wider than 150 columns, however long the names of backbones."""
    records = [bias_record("hf:facebook/wav2vec2-base@random", layers=13), bias_record(layers=1, people=5, frames=True)]
    lines = [line for line in summary(records).splitlines() if not line.startswith("note: ")]
    assert max(map(len, lines)) <= 150
