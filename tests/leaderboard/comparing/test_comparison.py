"""Are differences between records what loops over clips and people find, and is nothing compared that cannot be?"""

from itertools import product

import numpy as np
import pytest
from filing_toys import again, committed, flipped, measured

from emobench.domain.errors import CheckError
from emobench.leaderboard.comparing.comparison import compare
from emobench.leaderboard.comparing.differences import Difference, in_words, reasons
from emobench.leaderboard.comparing.measured import Measured
from emobench.metrics.uncertainty import people_draws


@pytest.fixture(scope="module")
def speech():
    """Two records of `layerwise` on the same clips."""
    return [
        measured(committed("layerwise", name, key)) for name, key in (("level-duration", "e556"), ("logmel", "f54f"))
    ]


@pytest.fixture(scope="module")
def pairs():
    """Three records of `cross_domain` on the same clips."""
    names = (("level-duration", "3908"), ("logmel", "abc2"), ("hubert-tiny-random", "d5e9"))
    return [measured(committed("cross_domain", *name)) for name in names]


def said(one):
    """Clip -> (person, truth, prediction by the layer chosen for its fold)."""
    chosen = {c["fold"]: c["layer"] for c in one.record.found.choices if c["chosen"] and c["method"] == "frozen"}
    return {
        row["clip"]: (row["group"], row["truth"], row["prediction"])
        for row in one.table.to_pylist()
        if (row["split"], row["view"], row["method"]) == ("test", "all", "frozen")
        and row["layer"] == chosen[row["fold"]]
    }


def naive_uar(rows):
    """Mean recall over the classes that rows (truth, prediction, weight) have."""
    recalls = []
    for name in sorted({truth for truth, _, weight in rows if weight}):
        own = [(truth == prediction, weight) for truth, prediction, weight in rows if truth == name]
        recalls.append(sum(hit * weight for hit, weight in own) / sum(weight for _, weight in own))
    return float(np.mean(recalls))


def uar_of(predictions, weight):
    """The score of what ``said`` gave, every person counted so often."""
    return naive_uar([(truth, prediction, weight.get(who, 0)) for who, truth, prediction in predictions.values()])


def headline(comparison, what="headline", emotion=None, target=None):
    return next(d for d in comparison.differences if (d.what, d.emotion, d.target) == (what, emotion, target))


def test_a_difference_is_that_of_the_headlines(speech):
    """Second minus first, as loops over the predictions of the chosen layers and as both records have it."""
    found = headline(compare(speech)[0])
    first, second = map(said, speech)
    people = {who: 1 for who, _, _ in first.values()}
    assert found.value == pytest.approx(uar_of(second, people) - uar_of(first, people))
    told = [one.record.found.headline.value for one in speech]
    assert found.value == pytest.approx(told[1] - told[0], abs=2e-6)
    assert (found.clips, found.people) == (240, len(people))


def test_intervals_and_p_are_over_people(speech):
    """The interval is that of scores of resampled people; p counts all signs of people's own differences."""
    found = headline(compare(speech)[0])
    first, second = map(said, speech)
    people = sorted({who for who, _, _ in first.values()})
    drawn = [
        uar_of(second, weight) - uar_of(first, weight)
        for draw in people_draws(len(people))[:200]
        for weight in [dict(zip(people, draw.tolist(), strict=True))]
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02), "200 of the 2000 resamples"
    own = [uar_of(second, {who: 1}) - uar_of(first, {who: 1}) for who in people]
    sums = [abs(sum(s * d for s, d in zip(signs, own, strict=True))) for signs in product((1, -1), repeat=len(own))]
    assert found.p == pytest.approx(np.mean(np.array(sums) >= abs(sum(own)) - 1e-9))


def test_recalls_are_of_one_emotion(speech):
    """A recall's difference counts the hits among the clips of its emotion."""
    for name in speech[0].record.used["attribute"]["classes"]:
        hits = [[p == t for _, t, p in said(one).values() if t == name] for one in speech]
        found = headline(compare(speech)[0], "headline_recall", name)
        assert (found.value, found.clips) == (pytest.approx(np.mean(hits[1]) - np.mean(hits[0])), len(hits[0]))
        assert found.p is None


@pytest.mark.parametrize("task", ["speech", "pairs"])
def test_who_is_the_reference_turns_the_sign(task, request):
    """Compared the other way round every difference and end has the other sign, and the same p."""
    first, second = request.getfixturevalue(task)[:2]
    there, back = compare([first, second])[0], compare([second, first])[0]
    assert len(there.differences) == len(back.differences) > 3
    for one, other in zip(there.differences, back.differences, strict=True):
        assert (one.what, one.emotion, one.target) == (other.what, other.emotion, other.target)
        assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
        assert (one.p, one.detectable) == (other.p, pytest.approx(other.detectable))


def test_equal_predictions_show_nothing(speech, pairs):
    """A record held against its repetition differs by 0 everywhere, with p = 1."""
    for first, second in ((speech[0], again(speech[0])), (pairs[0], Measured(pairs[0].record, pairs[0].table))):
        for one in compare([first, second])[0].differences:
            assert (one.value, one.low, one.high, one.p) in [(0, 0, 0, 1), (0, 0, 0, None)]


def test_gains_are_held_against_gains(pairs):
    """The gain's difference is that of the records' gains, on average and in each direction; so is the score's."""
    found = compare(pairs[:2])[0]
    for target in (None, "synthetic-speech", "synthetic-music"):
        for what, metric, view in (("headline", "uar", "all"), ("gain", "gain_uar", "over_target_only")):
            told = [
                next(
                    row.value
                    for row in one.record.found.scores
                    if (row.metric, row.view, row.target, row.method) == (metric, view, target, "chosen")
                    and (row.condition, row.fold, row.seed, row.class_) == ("two_stage", None, None, None)
                )
                for one in pairs[:2]
            ]
            assert headline(found, what, target=target).value == pytest.approx(told[1] - told[0], abs=3e-6)


def test_holm_counts_every_test_of_a_call(pairs):
    """Two pairs have twice the tests of one: p is larger, or as large where it is 1; nothing else changes."""
    alone, together = compare(pairs[:2])[0], compare(pairs)
    p = [[d.p for d in comparison.differences if d.p is not None] for comparison in together]
    raw = [[d.p for d in compare([pairs[0], one])[0].differences if d.p is not None] for one in pairs[1:]]
    assert [len(one) for one in p] == [2, 2], "score and gain of each pair"
    both = list(zip([*p[0], *p[1]], [*raw[0], *raw[1]], strict=True))
    assert all(shown >= single for shown, single in both)
    assert any(shown > single for shown, single in both)
    assert [d.value for d in alone.differences] == [d.value for d in together[0].differences]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"asked": {"limit": 5}}, "first look"),
        ({"asked": {"folds": [0]}}, "first look"),
        ({"used": {"protocol": {"name": "layerwise", "version": 2, "stages": {}}}}, "versions 1 and 2 of the protocol"),
        ({"asked": {"attribute": "arousal"}}, "one is about emotion, the other about arousal"),
        ({"used": {"split": {"digest": "0", "folds": 9}}}, "their folds differ: 4 and 9"),
    ],
)
def test_what_cannot_be_compared_is_refused(speech, changes, reason):
    """Other protocols, attributes and folds, and first looks, are refused with the reason."""
    with pytest.raises(CheckError) as caught:
        compare([speech[0], again(speech[1], **changes)])
    assert reason in str(caught.value)


def test_other_clips_are_refused(speech, pairs):
    """Another identity is refused with how many clips and people differ, another task and dataset by name."""
    data = speech[1].record.used["dataset"]
    fewer = {**data, "identity": "0" * 64, "clips": 200, "groups": dict(list(data["groups"].items())[:5])}
    other = measured(committed("layerwise", "level-duration", "1f3a"))
    sealed = speech[1].record.model_copy(update={"used": {**speech[1].record.used, "dataset": fewer}})
    for second, reason in (
        (Measured(sealed, speech[1].table), "240 and 200 clips; 8 and 5 people"),
        (pairs[0], "tasks layerwise and cross_domain"),
        (other, "synthetic-speech, and about synthetic-music"),
    ):
        with pytest.raises(CheckError, match=reason):
            compare([speech[0], second])


def test_a_headline_that_does_not_follow_is_refused(speech):
    """A record whose table adds up to something else is no measurement."""
    with pytest.raises(CheckError, match="does not follow from its predictions"):
        compare([speech[0], Measured(speech[1].record, flipped(speech[1].table, 300))])


def test_what_differs_besides_is_told(speech):
    """Precision, audio and stages are no reason to refuse, and are named."""
    data = speech[1].record.used["dataset"]
    audio = {**data["audio"], "kind": "derived copy"}
    protocol = speech[1].record.used["protocol"]
    later = {**protocol, "stages": {**protocol["stages"], "extraction": 7}}
    used = {"dataset": {**data, "audio": audio}, "protocol": later}
    other = again(speech[1], asked={"precision": "bf16"}, used=used)
    told = compare([speech[0], other])[0].warnings
    assert told[0] == "asked otherwise: precision: fp32, bf16"
    assert told[1].startswith("other audio: synthetic-speech: generated at 16000 Hz")
    assert told[2].startswith("other versions of a stage: extraction ")
    assert told[2].endswith(", 7")


def test_words_say_what_is_shown():
    """After Holm p decides about what is tested, the interval about what is not."""
    row = {"what": "headline", "target": None, "emotion": None, "detectable": 0.05}
    nothing = Difference(**row, value=0.01, low=-0.02, high=0.04, p=0.4)
    assert in_words(nothing) == "no difference is shown"
    assert reasons(nothing) == "the interval holds 0; a difference of .050 would have been found with probability .8"
    assert in_words(Difference(**row, value=-0.1, low=-0.2, high=-0.05, p=0.001)) == "lower by more than chance"
    assert in_words(Difference(**row, value=0.1, low=0.05, high=0.2)) == "the interval is above 0"
    assert in_words(Difference(**row, value=-0.1, low=-0.2, high=-0.05)) == "the interval is below 0"
    assert "though the interval does not hold 0" in reasons(Difference(**row, value=0.1, low=0.01, high=0.2, p=0.08))
    assert in_words(Difference(**row, value=0.1, why="4 people are too few")) == "no interval"
