"""Do the tables of a pair show what its record says, and mark only what its intervals allow?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_toys import EMOTIONS, METHODS, SONG, SPEECH, pair_record

from emobench.domain.record import Score
from emobench.views.pair_cells import compact, gain_cell, p_cell, recall_cell, time_cell, weights_cell, worth_cell
from emobench.views.pair_rows import best_method, gain_mark, gain_of, methods, score_of
from emobench.views.pair_tables import summary


def tables(text):
    """Heading of every table -> its rows, each a mapping from head to cell."""
    found = {}
    for block in text.split("\n\n"):
        lines = block.rstrip("\n").splitlines()
        rule = next((place for place, line in enumerate(lines) if line.startswith("---")), None)
        if rule is None:
            continue
        spans = [match.span() for match in re.finditer(r"-+", lines[rule])]
        cut = [[line[start:end].strip() for start, end in spans] for line in [lines[rule - 1], *lines[rule + 1 :]]]
        title = lines[0] if rule > 1 else cut[0][0]
        found[title] = [dict(zip(cut[0], row, strict=True)) for row in cut[1:]]
    return found


def direction(text, target):
    source = SPEECH if target == SONG else SONG
    return tables(text)[f"{source} to {target}"]


@st.composite
def rows_of_methods(draw):
    values = draw(st.lists(st.floats(0, 1), min_size=1, max_size=5))
    halves = draw(st.lists(st.none() | st.floats(0, 0.5), min_size=len(values), max_size=len(values)))
    return [
        Score(
            method=f"m{i}", metric="uar", value=v, low=None if h is None else v - h, high=None if h is None else v + h
        )
        for i, (v, h) in enumerate(zip(values, halves, strict=True))
    ]


@given(rows_of_methods())
def test_a_best_stands_above_all_others(rows):
    """The best method is one whose interval lies above every other value, and none where no interval does."""
    wanted = None
    for i, row in enumerate(rows):
        others = rows[:i] + rows[i + 1 :]
        if others and row.low is not None and all(other.value < row.low for other in others):
            wanted = row.method
    assert best_method(rows) == wanted


@pytest.mark.parametrize(("value", "marked"), [(0.74, True), (0.69, False)])
def test_the_star_stands_in_the_two_stage_column(value, marked):
    """One method of a backbone and direction is starred when its interval allows it, and the star's rule is told."""
    levels = {(name, SONG): 0.6 for name in METHODS} | {("lora", SONG): value}
    gains = {(name, SONG): 0.0 for name in (*METHODS, "chosen")}
    text = summary([pair_record(half=0.1, levels=levels, gains=gains)])
    starred = [row["method"] for row in direction(text, SONG) if row["two stage"].endswith("*")]
    assert starred == (["lora"] if marked else [])
    assert "its interval lies above the values of all other methods" in text


def test_the_mixture_is_neither_best_nor_in_the_way():
    """`chosen` is no method: it is never starred, and does not keep another from being it."""
    levels = {(name, SONG): 0.5 for name in METHODS} | {("lora", SONG): 0.7, ("chosen", SONG): 0.9}
    rows = direction(summary([pair_record(levels=levels)]), SONG)
    assert [row["method"] for row in rows if row["two stage"].endswith("*")] == ["lora"]


@given(st.floats(-1, 1), st.floats(0, 1), st.none() | st.floats(0, 1))
def test_a_gain_is_marked_when_interval_and_p_agree(value, half, p):
    """A gain is marked by its side when its interval excludes 0 and p is below .05, and not otherwise."""
    row = Score(metric="gain_uar", value=value, low=value - half, high=value + half, p=p)
    sure = p is not None and p < 0.05
    wanted = "+" if sure and value - half > 0 else "-" if sure and value + half < 0 else ""
    assert gain_mark(row) == wanted
    assert gain_cell(row).endswith(wanted or ")")


def test_the_headline_stands_above():
    """The first table has a row a backbone: its headline, the mean gain over both directions, and direct."""
    record = pair_record()
    (row,) = tables(summary([record]))["both directions"]
    headline, gain = record.found.headline, gain_of(record, "chosen", None)
    assert row["both directions"] == "byol-s"
    assert row["two stage"] == f"{headline.value:.3f}"[1:]
    assert row["gain"] == f"{gain.value:.3f}"[1:]
    assert row["direct"].startswith(f"{score_of(record, 'direct', 'chosen', None).value:.3f}"[1:])


@pytest.mark.parametrize("target", [SONG, SPEECH])
def test_every_method_has_its_numbers(target):
    """A row a method in the order asked, `chosen` last and without p, each with the values of its own direction."""
    record = pair_record()
    rows = direction(summary([record]), target)
    assert [row["method"] for row in rows] == [*METHODS, "chosen"] == methods(record)
    for row in rows:
        for head, condition in (
            ("direct", "direct"),
            ("aligned", "direct_aligned"),
            ("target only", "target_only"),
            ("two stage", "two_stage"),
        ):
            (value,) = [
                score.value
                for score in record.found.scores
                if (score.metric, score.condition, score.method, score.target, score.layer, score.fold)
                == ("uar", condition, row["method"], target, None, None)
            ]
            assert row[head].startswith(f"{value:.3f}"[1:])
        assert float(row["gain"].split()[0]) == pytest.approx(gain_of(record, row["method"], target).value, abs=5e-4)
        assert bool(row["p"]) == (row["method"] != "chosen")
    assert rows[2]["weights"] == "300 k"
    assert rows[-1]["weights"] == ""


def test_several_backbones_stand_below_their_names():
    """Records of one pair and attribute share the tables, each backbone's methods below its name."""
    rows = direction(summary([pair_record(), pair_record("logmel", methods=("frozen",))]), SONG)
    assert [row["method"] for row in rows] == [
        "byol-s", *(f"- {name}" for name in METHODS), "- chosen", "logmel", "- frozen", "- chosen",
    ]  # fmt: skip


def test_questions_stand_apart():
    """Another attribute, another identity of a dataset, or a first look begins a block of its own."""
    other = pair_record().used["datasets"]
    changed = {**other, SONG: {**other[SONG], "identity": "c" * 64}}
    records = [
        pair_record(), pair_record(attribute="arousal"), pair_record(used={"datasets": changed}),
        pair_record(asked={"folds": [0]}),
    ]  # fmt: skip
    assert summary(records).count("people (23 in both)") == 4


def test_recall_gains_are_marked_by_their_intervals():
    """Every class has its gain in recall, marked when its interval excludes 0; dimensions have no such table."""
    record = pair_record(half=0.02)
    rows = tables(summary([record]))[f"gain in recall, to {SONG}"]
    found = {
        (row.method, row.class_): row
        for row in record.found.scores
        if row.metric == "gain_recall" and row.target == SONG
    }
    seen = set()
    for line, method in zip(rows, (*METHODS, "chosen"), strict=True):
        for name in EMOTIONS:
            row = found[method, name]
            mark = " (+)" if row.low > 0 else " (-)" if row.high < 0 else ""
            assert line[name] == recall_cell(row)
            assert line[name].endswith(mark or line[name][-1])
            assert ("(" in line[name]) == bool(mark)
            seen.add(mark)
    assert seen == {" (+)", " (-)", ""}
    assert "recall" not in summary([pair_record(attribute="valence")])


def test_fewer_labels_have_a_table():
    """Fractions below 1 bring a row a method and fraction, with the clips that stage 1 is worth; else there is none."""
    record = pair_record(methods=("lora",), fractions=(0.25, 1.0), gains={("lora", SONG): 0.04})
    rows = tables(summary([record]))[f"fewer labels, to {SONG}"]
    assert [(row["fraction"], row["clips"]) for row in rows] == [("0.25", "150"), ("1", "600")] * 2
    assert rows[0]["worth in clips"] == "84 (34 to 151)"
    assert rows[1]["worth in clips"] == "beyond"
    assert "fewer labels" not in summary([pair_record()])


def test_what_was_asked_beyond_the_protocol_is_shown():
    """The gain over a stage 1 on shuffled labels and that of joint learning stand in a table when they were asked."""
    record = pair_record(also=("joint", "shuffled"), gains={("lora", SONG): 0.1})
    rows = tables(summary([record]))[f"on request, to {SONG}"]
    assert next(row for row in rows if row["on request, to " + SONG] == "lora")["gain over shuffled labels"].startswith(
        ".090"
    )
    assert "on request" not in summary([pair_record()])


def test_a_first_look_says_so():
    """Records of single folds or few clips are called a first look below the title; whole ones are not."""
    assert "A first look (--folds): only a part" in summary([pair_record(asked={"folds": [0]})])
    assert "A first look (--folds, --limit)" in summary([pair_record(asked={"folds": [0], "limit": 8})])
    assert "first look" not in summary([pair_record()])


def test_nothing_is_dropped_silently():
    """Methods left out and why, labels and people dropped, and the record's own notes stand below the tables."""
    text = summary([pair_record(left_out={"ia3": "it has no place to adapt"}, notes=("two did not converge",))])
    assert "note: byol-s: ia3 left out: it has no place to adapt" in text
    assert "192 clips 'disgust'" in text
    assert "52 clips of people whom only one dataset has" in text
    assert "note: byol-s: two did not converge" in text
    assert "1004 and 1012 clips, 23 and 23 people (23 in both), 6 folds; chance .167 UAR" in text


def test_the_tables_of_the_default_preset_fit_a_terminal():
    """No line of the preset's four methods is wider than 144 columns, however long the names of backbones."""
    losses = {(name, SONG): -0.05 for name in METHODS}
    records = [pair_record(gains=losses, fractions=(0.1, 1.0)), pair_record("hf:facebook/wav2vec2-base@random")]
    assert max(len(line) for line in summary(records).splitlines()) <= 144


def test_without_intervals_nothing_is_marked():
    """Below eight people there are values, no intervals and no marks."""
    text = summary([pair_record(people=4, gains={(name, SONG): 0.3 for name in METHODS})])
    rows = direction(text, SONG)
    assert all(re.fullmatch(r"\.\d{3}", row["two stage"]) for row in rows)
    assert all(re.fullmatch(r"-?\.\d{3}", row["gain"]) for row in rows)


def test_cells_are_short_and_true():
    """Cells keep their sign, their unit and their gaps."""
    score = Score(metric="ccc", value=0.0314, low=-0.021, high=0.1)
    assert compact(score) == ".031 (-.02 to .10)"
    assert compact(score.model_copy(update={"low": 0.01})) == ".031 (.01-.10)"
    assert compact(score.model_copy(update={"value": 0.9999, "low": 0.997, "high": 1.0})) == "1.000 (1.00-1.00)"
    assert p_cell(Score(metric="gain_uar", value=0.1, p=0.0001)) == "<.001"
    assert worth_cell(Score(metric="worth_clips", value=12.0, low=3.0)) == "12 (3 to beyond)"
    assert worth_cell(None) == compact(None) == gain_cell(None) == recall_cell(None) == p_cell(None) == ""


@pytest.mark.parametrize(
    ("count", "shown"),
    [(7, "7"), (999, "999"), (4614, "4.6 k"), (9_960, "10 k"), (999_499, "999 k"), (999_501, "1.0 M"), (94e6, "94 M")],
)
def test_weights_are_rounded_to_two_digits_or_more(count, shown):
    """A number of weights is never off by more than one twentieth, and has a unit."""
    record = pair_record(used={"methods": {"lora": {"trainable": int(count)}}})
    assert weights_cell(record, "lora") == shown
    amount, _, unit = shown.partition(" ")
    assert float(amount) * {"": 1, "k": 1e3, "M": 1e6}[unit] == pytest.approx(count, rel=0.05)


def test_time_is_that_of_the_method():
    """A method's own wall time is shown in the unit that suits it; one without trainings has none."""
    record = pair_record()
    assert [time_cell(record, name) for name in METHODS] == ["40 s", "6 min", "54 min", "8.1 h"]
    assert time_cell(record, "chosen") == ""
