"""Are ranks, their intervals and ties what the predictions of the entries say?"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError
from emobench.leaderboard.performance import Answers, Performance
from emobench.leaderboard.standing.contender import contender, contender_of
from emobench.leaderboard.standing.rank_intervals import competition, ranks
from emobench.leaderboard.standing.standings import standings
from emobench.metrics.uncertainty import people_draws
from emobench.runs.record_store import read_record

LAYERWISE = Path(__file__).resolve().parents[3] / "leaderboards" / "layerwise" / "records" / "layerwise"
EMOTION = Attribute(name="emotion", classes=("happy", "sad", "calm"))


def performance(skill, *, people=9, each=6, seed=0, names="person", conditions=1, steady=False):
    """Answers of an entry that is right in a share of the clips, the same clips for every entry."""
    truth = np.tile(np.arange(3), people * each // 3)
    drawn = np.random.default_rng([seed, int(1000 * skill)])
    groups = tuple(f"{names}-{clip // each:02d}" for clip in range(len(truth)))
    right = drawn.random((conditions, 2, len(truth))) < skill
    right[:] = right[-1] if steady else right
    values = np.where(right, truth, (truth + 1) % 3)
    return Performance(EMOTION, (Answers("set", tuple(f"c{i:03d}" for i in range(len(truth))), groups, truth, values),))


def uar(truth, said):
    """The mean share of right clips over the classes that occur, by hand."""
    shares = [np.mean([s == t for s, t in zip(said, truth, strict=True) if t == one]) for one in sorted(set(truth))]
    return float(np.mean(shares))


def table(*skills, **fields):
    """Standings of entries by skill."""
    entries = [(Path(f"{place}.json"), None) for place in range(len(skills))]
    found = {path: contender(performance(s, **fields)) for (path, _), s in zip(entries, skills, strict=True)}
    return entries, found


def test_places_are_those_of_a_loop_over_resampled_people():
    """Draw people with all their clips, the same for every entry, score by hand, count who is better."""
    skills = (0.5, 0.62, 0.55, 0.9)
    entries, found = table(*skills)
    answers = [performance(skill).answers[0] for skill in skills]
    names = sorted(set(answers[0].groups))
    places = []
    for draw in people_draws(len(names)):
        clips = [i for name, times in zip(names, draw, strict=True) for _ in range(times)
                 for i, group in enumerate(answers[0].groups) if group == name]  # fmt: skip
        scores = [round(np.mean([uar(a.truth[clips], run[clips]) for run in a.values[-1]]), 12) for a in answers]
        places.append([1 + sum(other > score for other in scores) for score in scores])
        if len(places) == 200:
            break
    drawn = np.stack([found[path].drawn for path, _ in entries], axis=1)[:200]
    assert (competition(drawn) == np.array(places)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_rank_intervals_are_percentiles(seed, entries):
    """By loops: in every resample the best and worst place of an entry, ties sharing; their outer percentiles."""
    drawn = np.random.default_rng(seed)
    scores = np.round(drawn.normal(0, 1, (40, entries)) + np.arange(entries), 1)
    values = scores.mean(axis=0).tolist()
    for place, rank in enumerate(ranks(values, scores)):
        best = sorted(1 + sum(other > row[place] for other in row) for row in scores)
        worst = sorted(sum(other >= row[place] for other in row) for row in scores)
        observed = 1 + sum(round(other, 12) > round(values[place], 12) for other in values)
        low, high = best[int(0.025 * 39)], worst[int(np.ceil(0.975 * 39))]
        assert (rank.place, rank.low, rank.high) == (observed, min(low, observed), max(high, observed))


@settings(max_examples=15, deadline=None)
@given(st.permutations([0, 1, 2, 3]), st.sampled_from(["headline", "gain"]))
def test_the_order_of_entries_says_nothing(order, ties):
    """Files listed in another order stand where they stood, with the same letters."""
    entries, found = table(0.5, 0.7, 0.55, 0.9, conditions=2)
    usual = standings(entries, found, ties)
    assert standings([entries[place] for place in order], found, ties) == usual


def test_names_of_people_say_nothing():
    """Renamed in order, people give the same standings."""
    entries, found = table(0.5, 0.7)
    other_entries, other = table(0.5, 0.7, names="somebody")
    assert standings(entries, found, "headline") == standings(other_entries, other, "headline")


def test_equal_entries_share_a_rank():
    """The same answers twice: one rank for both, places of both in the interval, one letter."""
    entries, found = table(0.6, 0.6)
    known = standings(entries, found, "headline")
    for path, _ in entries:
        one = known.of[path]
        assert (one.rank.place, one.rank.low, one.rank.high, one.letters) == (1, 1, 2, "a")


def test_below_eight_people_there_are_no_intervals():
    """Seven people: ranks and letters, no interval of a rank."""
    entries, found = table(0.4, 0.9, people=7)
    known = standings(entries, found, "headline")
    assert [known.of[path].rank.low for path, _ in entries] == [None, None]
    assert known.people == 7


def test_ties_by_gain_are_about_the_gain():
    """Two entries far apart in score with the same gain tie by gain, and not by score."""
    entries, found = table(0.4, 0.95, conditions=2, people=12, each=12, steady=True)
    assert len({standings(entries, found, "headline").of[path].letters for path, _ in entries}) == 2
    assert len({standings(entries, found, "gain").of[path].letters for path, _ in entries}) == 1


def test_other_clips_are_refused():
    """Entries that call their data the same but were tested on other people are an error that names both."""
    entries, found = table(0.4, 0.9)
    found[entries[1][0]] = contender(performance(0.9, names="other"))
    with pytest.raises(DataError, match=r"'1.json' was tested on other clips"):
        standings(entries, found, "headline")


def test_predictions_have_to_give_the_headline():
    """A record whose headline is not what its predictions score is an error, not a row."""
    path = min((LAYERWISE / "level-duration").glob("*.json"))
    record = read_record(path)
    assert contender_of(path, record).score == pytest.approx(record.found.headline.value, abs=1e-6)
    other = record.found.headline.model_copy(update={"value": record.found.headline.value + 0.01})
    changed = record.model_copy(update={"found": record.found.model_copy(update={"headline": other})})
    with pytest.raises(DataError, match="do not give its headline"):
        contender_of(path, changed)
