"""Does a second measurement agree with the first exactly as far as two machines can?"""

import numpy as np
import pyarrow as pa
import pytest
from filing_toys import again, committed, flipped, measured
from record_toys import pair_record

from emobench.domain.record import Score
from emobench.leaderboard.comparing.agreement import agreement_of
from emobench.leaderboard.comparing.measured import Measured


@pytest.fixture(scope="module")
def level():
    """A small record of `layerwise`."""
    return measured(committed("layerwise", "level-duration", "e556"))


def test_the_same_decisions_repeat_a_record(level):
    """A run elsewhere with equal decisions agrees, and says how many there were and that the headline is the same."""
    found = agreement_of(level, again(level))
    tested = level.table["split"].to_pylist().count("test")
    assert (found.agrees, found.decisions, found.equal, found.largest) == (True, tested, tested, "")
    assert found.why == f"all {tested:,} decisions equal, UAR .467 as there"


@pytest.mark.parametrize(("changed", "agrees"), [(2, True), (3, True), (4, False), (30, False)])
def test_half_a_percent_of_the_decisions_may_differ(level, changed, agrees):
    """Up to 0.5 % of the test decisions may be others, no more; how many are equal is what a loop counts."""
    other = again(level, table=flipped(level.table, changed))
    found = agreement_of(level, other)
    pairs = zip(*(one.table.select(["split", "prediction"]).to_pylist() for one in (level, other)), strict=True)
    equal = sum(one["prediction"] == there["prediction"] for one, there in pairs if one["split"] == "test")
    assert found.equal == equal == found.decisions - changed
    assert found.agrees == agrees
    assert f"{equal:,} of {found.decisions:,} decisions equal" in found.why


def test_the_largest_difference_is_named(level):
    """What differs most of all scores over folds is told with both values."""
    other = again(level, table=flipped(level.table, 60))
    rows = [{(r.metric, r.method, r.layer, r.view, r.class_): r.value for r in m.record.found.scores
             if r.fold is None} for m in (level, other)]  # fmt: skip
    key = max(rows[0], key=lambda name: abs(rows[0][name] - rows[1][name]))
    told = agreement_of(level, other).largest
    assert told.startswith(f"{key[0]} (")
    assert told.endswith(f": {rows[0][key]:g}, {rows[1][key]:g}")


def test_another_question_is_no_repetition(level):
    """Other options, clips or backbones are another question, whatever was found."""
    options = {**level.record.asked["options"], "reading": {"level": "equal", "on_bad_audio": "error"}}
    assert "reading.level" in agreement_of(level, again(level, asked={"options": options})).why
    data = {**level.record.used["dataset"], "identity": "0" * 64}
    for other in (again(level, used={"dataset": data}), again(level, asked={"backbone": "logmel"})):
        found = agreement_of(level, other)
        assert (found.agrees, "another question" in found.why) == (False, True)


def test_an_option_at_its_default_was_asked_either_way(level):
    """A record from before an option existed asks the same as one that has it at its default."""
    options = {**level.record.asked["options"], "extraction": {"up_to_layer": None}}
    assert "extraction" not in level.record.asked["options"]
    assert agreement_of(level, again(level, asked={"options": options})).agrees


def test_rows_that_only_one_has_are_a_difference(level):
    """A table that lacks test predictions of the other does not agree."""
    rows = [row for row, view in enumerate(level.table["view"].to_pylist()) if view == "all"]
    found = agreement_of(level, Measured(level.record, level.table.take(rows)))
    assert (found.agrees, "in one of them only" in found.why) == (False, True)


def test_without_predictions_the_headline_is_compared(level):
    """Where only the record is at hand, a headline within .005 agrees, and another does not."""
    alone = Measured(level.record, None)
    found = agreement_of(alone, again(level))
    assert (found.agrees, found.decisions) == (True, None)
    assert "no predictions to compare" in found.why
    assert not agreement_of(alone, again(level, table=flipped(level.table, 120))).agrees


@pytest.mark.parametrize(("apart", "agrees"), [(0.001, True), (0.039, True), (0.041, False)])
def test_trained_methods_agree_within_their_seeds(apart, agrees):
    """Headlines of trainings may differ by two standard deviations over seeds: here .02 of (.48, .5, .52)."""
    made = pair_record()
    seeds = [
        Score(metric="uar", method="chosen", condition="two_stage", target=target, seed=seed, value=0.48 + 0.02 * seed)
        for target in ("ravdess-speech", "ravdess-song")
        for seed in range(3)
    ]

    def moved(by):
        found = made.found
        headline = found.headline.model_copy(update={"value": 0.5 + by})
        return Measured(
            made.model_copy(
                update={"found": found.model_copy(update={"headline": headline, "scores": [*found.scores, *seeds]})}
            ),
            None,
        )

    assert agreement_of(moved(0.0), moved(apart)).agrees == agrees


@pytest.mark.parametrize(("factor", "agrees"), [(1.0, True), (1.0005, True), (1.002, False)])
def test_distances_agree_within_a_thousandth(factor, agrees):
    """One distance that is off by more than a thousandth of the largest of its kind is a difference."""
    first = measured(committed("fad_bias", "level-duration", "1e28"))
    values, quantity = first.table["value"].to_pylist(), first.table["quantity"].to_pylist()
    largest = max((row for row, name in enumerate(quantity) if name == "fad_signal"), key=lambda row: values[row] or 0)
    values[largest] *= factor
    place = first.table.column_names.index("value")
    second = first.table.set_column(place, "value", pa.array(np.array(values, np.float32), from_pandas=True))
    found = agreement_of(first, Measured(first.record, second))
    assert (found.agrees, "distances equal" in found.why) == (agrees, True)
