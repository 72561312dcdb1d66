"""Do letters say which entries could not be told apart?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.standing.tie_groups import could_show, letter, tie_groups
from emobench.metrics.significance import paired_sign_flip


def naive(scores):
    """The same design in plain loops, one test after the other, Holm over all pairs by its definition."""
    found, group, tests = [[] for _ in scores], 0, 0
    for leader in range(len(scores)):
        if found[leader]:
            continue
        found[leader].append(group)
        below, p_values, sums = range(leader + 1, len(scores)), [], []
        for row in below:
            people = []
            for mine, other in zip(scores[leader], scores[row], strict=True):
                both = [a - b for a, b in zip(mine, other, strict=True) if np.isfinite(a) and np.isfinite(b)]
                if both:
                    people.append(sum(both) / len(both))
            p_values.append(paired_sign_flip(np.array(people)))
            sums.append(sum(people))
        rejected, smallest_first = set(), sorted(range(len(p_values)), key=lambda i: p_values[i])
        for step, place in enumerate(smallest_first):
            if p_values[place] * (len(scores) * (len(scores) - 1) / 2 - step) > 0.05:
                break
            rejected.add(place)
        for place, row in enumerate(below):
            if place not in rejected or sums[place] <= 0:
                found[row].append(group)
        group, tests = group + 1, tests + len(p_values)
    return ["".join(letter(one) for one in groups) for groups in found], tests


def entries(seed, count=7, people=10, targets=2, missing=0.1):
    """Scores of every person under entries that get worse, nan in places that all entries share or not."""
    drawn = np.random.default_rng(seed)
    scores = np.linspace(0.8, 0.3, count)[:, None, None] + drawn.normal(0, 0.12, (count, people, targets))
    return np.where(drawn.random(scores.shape) < missing, np.nan, scores)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(3, 12), st.sampled_from([0.0, 0.2]))
def test_groups_follow_the_design(seed, count, people, missing):
    """Letters and the number of tests are those of the design written as loops."""
    scores = entries(seed, count, people, missing=missing)
    letters, tests = naive(scores)
    found = tie_groups(scores)
    assert (list(found.letters), found.tests) == (letters, tests)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_people_have_no_order(seed):
    """Renaming people, which puts them in another order, changes no letter."""
    scores = entries(seed)
    order = np.random.default_rng(seed).permutation(scores.shape[1])
    assert tie_groups(scores).letters == tie_groups(scores[:, order]).letters


def test_equal_entries_tie():
    """An entry beside itself shares all its letters with itself, wherever it stands."""
    scores = entries(3, count=5, missing=0)
    doubled = np.repeat(scores, 2, axis=0)
    letters = tie_groups(doubled).letters
    for place in range(0, 10, 2):
        assert set(letters[place]) == set(letters[place + 1])


def test_the_best_leads_and_the_clearly_worse_are_apart():
    """A clear gap gives another letter, a small one the same, and the tests are counted."""
    people = np.random.default_rng(0).normal(0, 0.02, (4, 12, 1))
    scores = people + np.array([0.9, 0.9, 0.5, 0.5])[:, None, None]
    found = tie_groups(scores)
    assert found.letters == ("a", "a", "b", "b")
    assert found.tests == 3 + 1


def test_an_entry_may_stand_between():
    """Not shown to be worse than the first, and not worse than the second's leader either: two letters."""
    steps = np.array([[0.1, 0.08, 0.09, 0.1, 0.12, 0.1, 0.1, 0.1]])
    noise = np.array([[0.9, -0.85, 0.9, -0.8, 0.9, -0.9, 0.8, -0.8]])
    scores = np.concatenate([np.zeros_like(steps), -steps, -0.2 - noise])[:, :, None]
    assert tie_groups(scores).letters == ("a", "b", "ab")


def test_the_luck_of_the_best_is_counted():
    """Of twelve equal entries one is called worse than another in at most a twentieth of tables, but for chance."""
    wrong = 0
    for seed in range(100):
        scores = np.random.default_rng(seed).normal(0, 1, (12, 14, 1))
        ordered = scores[np.argsort(-scores.mean(axis=(1, 2)))]
        wrong += any("a" not in letters for letters in tie_groups(ordered).letters)
    assert wrong <= 9  # the binomial's 97 %; Holm over the tests of one leader alone gives about 14


@pytest.mark.parametrize(("people", "entries", "possible"), [(5, 2, False), (6, 2, True), (6, 3, False), (8, 4, True)])
def test_whether_anything_could_be_shown(people, entries, possible):
    """One entry that is worse for everybody is told from the others exactly where a difference could be shown."""
    scores = np.zeros((entries, people, 1))
    scores[-1] -= 1 + np.arange(people)[:, None]
    assert could_show(people, entries) is possible
    assert (tie_groups(scores).letters[-1] != "a") is possible


def test_many_people_and_entries_do_not_run_out_of_signs():
    """Where signs are drawn, enough are drawn for the pairs of a large table; beyond all bounds it is told."""
    scores = np.zeros((60, 30, 1))
    scores[-1] -= 1
    assert could_show(30, 60)
    assert tie_groups(scores).letters[-1] == "b"
    assert not could_show(30, 1000)


def test_nothing_and_one():
    """No entries have no letters; one has a, without a test."""
    assert tie_groups(np.zeros((0, 9, 1))).letters == ()
    alone = tie_groups(np.zeros((1, 9, 1)))
    assert (alone.letters, alone.tests) == (("a",), 0)


def test_letters_beyond_z_are_told_apart():
    """After z comes a1, and no two groups have the same letter."""
    assert [letter(place) for place in (0, 25, 26, 52)] == ["a", "z", "a1", "a2"]
    assert len({letter(place) for place in range(1000)}) == 1000
