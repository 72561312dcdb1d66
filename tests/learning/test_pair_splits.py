"""Is nobody learned from in one domain and tested on in the other?"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.datasets import ravdess
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.plan import Split
from emobench.learning.pair_splits import check_people, pair_splits
from emobench.testing.toys import CLASSES, CORPUS

SPEECH, SONG = (dataset.card for dataset in ravdess.emobench_datasets())


def clips(groups, prefix="c"):
    """Three clips of every group, one of each class."""
    return [
        Clip(id=f"{prefix}-{group}-{name}", path=Path("x"), group=group, labels={"emotion": name, "arousal": 0.0})
        for group in groups
        for name in CLASSES
    ]


def corpus(name, people, folds):
    return CORPUS.model_copy(update={"name": name, "people": people, "folds": folds})


def test_ravdess_keeps_every_actor_in_one_fold():
    """Six folds, the same actor in the same one for speech and song, the actor who does not sing included."""
    actors = [f"{number:02}" for number in range(1, 25)]
    singers = [actor for actor in actors if actor != "18"]
    speech, song = pair_splits([SPEECH, SONG], [clips(actors), clips(singers, "s")])
    assert (speech.count, song.count) == (6, 6)
    assert set(song.fold_of) == set(singers)
    assert all(speech.fold_of[actor] == fold for actor, fold in song.fold_of.items())
    assert speech.fold_of["18"] == 4


people = st.sets(st.integers(0, 30), min_size=6, max_size=20).map(lambda found: [f"p{n:02}" for n in sorted(found)])


@given(people, people, st.integers(3, 5), st.integers(3, 5))
def test_shared_people_are_in_the_same_fold(first, second, one, other):
    """Whoever is in both datasets is in the same fold of both, and every person of either is in a fold."""
    cards = [corpus("a", "same", one), corpus("b", "same", other)]
    splits = pair_splits(cards, [clips(first), clips(second, "d")])
    assert [set(split.fold_of) for split in splits] == [set(first), set(second)]
    for person in set(first) & set(second):
        assert splits[0].fold_of[person] == splits[1].fold_of[person]


@given(people, people, st.integers(3, 5), st.integers(3, 5))
def test_strangers_have_folds_of_their_own(first, second, one, other):
    """Datasets of different people have as many folds as the one with fewer, each over its own people."""
    cards = [corpus("a", "these", one), corpus("b", "those", other)]
    splits = pair_splits(cards, [clips(first), clips(second, "d")])
    assert [split.count for split in splits] == [min(one, other)] * 2
    assert [set(split.fold_of) for split in splits] == [set(first), set(second)]


def test_torn_people_are_refused_by_name():
    """Somebody in two folds would be learned from and tested on: the error names who."""
    with pytest.raises(DataError, match="different folds") as caught:
        check_people(Split({"ann": 0, "bob": 1}, "x"), Split({"ann": 2, "bob": 1}, "y"), ["a", "b"])
    assert "ann" in caught.value.found
    assert "bob" not in caught.value.found


def test_cards_that_contradict_each_other_are_refused():
    """Fixed folds of two cards that put one shared person into two folds cannot be joined."""
    folds = (("p0", "p1"), ("p2", "p3"), ("p4", "p5"))
    other = (("p2", "p1"), ("p0", "p3"), ("p4", "p5"))
    groups = [f"p{n}" for n in range(6)]
    with pytest.raises(DataError, match="'p2'"):
        pair_splits([corpus("a", "same", folds), corpus("b", "same", other)], [clips(groups), clips(groups, "d")])
