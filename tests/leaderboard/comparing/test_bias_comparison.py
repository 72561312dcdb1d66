"""Are differences of distances those of both records, as sure as leaving the same people out makes them?"""

from dataclasses import replace

import numpy as np
import pytest
from bias_toys import distances
from filing_toys import committed, measured
from scipy.stats import t as student

from emobench.domain.errors import CheckError
from emobench.leaderboard.comparing.bias_comparison import bias_differences
from emobench.leaderboard.comparing.comparison import compare
from emobench.leaderboard.comparing.measured import Measured
from emobench.tasks.bias_table import to_table

SIX = ("neutral", "calm", "happy", "sad", "angry", "fearful")


@pytest.fixture(scope="module")
def both():
    """Two committed records of the real pair."""
    return [measured(committed("fad_bias", name, key)) for name, key in (("byol-s", "7c41"), ("logmel", "f0fe"))]


def toy(**drawn):
    """What was measured of a toy, in the clothes of a record."""
    made = distances(**{"layers": 1, "emotions": SIX, "people": 23, "draws": 2, **drawn})
    made = replace(made, clips_of=np.full_like(made.clips_of, 3))  # whatever was drawn: both have the same clips
    shell = measured(committed("fad_bias", "logmel", "f0fe")).record
    attribute = made.attribute.model_dump(mode="json")
    return Measured(shell.model_copy(update={"used": {**shell.used, "attribute": attribute}}), to_table(made)), made


def row_of(one, metric, emotion):
    return next(
        row
        for row in one.record.found.scores
        if (row.metric, row.geometry, row.layer, row.class_) == (metric, "aligned", None, emotion)
        and row.class_b is None
    )


def test_differences_are_those_of_the_records(both):
    """Second minus first of the emotion bias and of every emotion's distance, over the clips and people of it."""
    found = list(bias_differences(*both))
    assert [(one.what, one.emotion) for one in found] == [
        ("emotion_bias", None), *(("relative_mmd", emotion) for emotion in SIX)
    ]  # fmt: skip
    for one in found:
        rows = [row_of(each, one.what, one.emotion) for each in both]
        assert one.value == pytest.approx(rows[1].value - rows[0].value, abs=2e-6)
        assert (one.clips, one.people) == (rows[0].n_clips, rows[0].n_groups)


def test_intervals_leave_the_same_people_out():
    """The interval is Student's, with the variance that a loop over left-out people finds in the differences."""
    (first, one), (second, other) = toy(seed=1), toy(seed=2)
    found = {row.emotion: row for row in bias_differences(first, second) if row.what == "relative_mmd"}
    apart = []
    for left_out in range(24):
        sides = []
        for each in (one, other):
            matrix = np.asarray(each.arrays["0"]["aligned.mmd"])
            everybody, without = matrix[0], matrix[1:]
            bias = 22 * (without.mean(axis=0) - everybody)
            true = matrix[left_out] - bias
            unit = true[~np.eye(6, dtype=bool)].mean()
            sides.append(np.diagonal(true) / unit)
        apart.append(sides[1] - sides[0])
    for place, emotion in enumerate(SIX):
        left = np.array(apart)[1:, place]
        reach = student.ppf(0.975, 22) * np.sqrt(22 / 23 * ((left - left.mean()) ** 2).sum())
        assert found[emotion].value == pytest.approx(apart[0][place])
        assert (found[emotion].low, found[emotion].high) == pytest.approx(
            (apart[0][place] - reach, apart[0][place] + reach)
        )


def test_who_is_the_reference_turns_the_sign(both):
    """Compared the other way round everything has the other sign."""
    for one, other in zip(bias_differences(*both), bias_differences(*both[::-1]), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_equal_distances_do_not_differ(both):
    """A record held against itself differs by 0, in an interval of 0."""
    assert {(one.value, one.low, one.high) for one in bias_differences(both[0], both[0])} == {(0, 0, 0)}


def test_a_bias_near_zero_has_no_interval():
    """Where one of both biases is not surely above 0 there is no interval, and the reason is told."""
    found = next(bias_differences(toy(seed=1)[0], toy(seed=2, moved=("angry",), far=0.9)[0]))
    assert (found.low, found.high) == (None, None)
    assert "not surely above 0" in found.why


def test_the_interval_of_the_bias_holds_the_truth():
    """With one emotion far, true biases of .12 and .24: the difference lies in nearly all of the intervals."""
    truths = [float(np.std([0.3] * 5 + [far], ddof=1)) for far in (0.6, 0.9)]
    held = []
    for seed in range(40):
        sides = [
            toy(seed=2 * seed + side, moved=("angry",), far=far, scatter=0.02)[0] for side, far in enumerate((0.6, 0.9))
        ]
        found = next(bias_differences(*sides))
        if found.low is not None:
            held.append(found.low <= truths[1] - truths[0] <= found.high)
    assert len(held) >= 30
    assert np.mean(held) >= 0.85


def test_few_people_have_no_intervals():
    """Below eight people differences are told without intervals, with the reason."""
    for one in bias_differences(toy(people=6, seed=1)[0], toy(people=6, seed=2)[0]):
        assert (one.low, one.why != "") == (None, True)


def test_other_people_are_refused():
    """Tables of other people, or of other blocks, are not paired."""
    for other in (toy(people=22)[0], toy(blocks=10)[0]):
        with pytest.raises(CheckError, match="other people, or blocks of people"):
            list(bias_differences(toy()[0], other))


def test_nothing_is_tested_or_better(both):
    """A comparison of distances describes: it has no p at all."""
    (found,) = compare(both)
    assert found.describes
    assert all(one.p is None for one in found.differences)
