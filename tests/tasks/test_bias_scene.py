"""Are clips, people and the blocks to leave out the ones that two datasets have?"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.tasks.bias_scene import MOST_BLOCKS, Scene, permuted_emotions, scene_of

SIDES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 90)), min_size=1, max_size=150)


def scene_with(shared: int, first: int, second: int) -> tuple[Scene, tuple[str, ...], tuple[str, ...]]:
    """One clip of every person in each dataset that they are in."""
    both = [f"b{number:03d}" for number in range(shared)]
    one = both + [f"f{number:03d}" for number in range(first)]
    other = both + [f"s{number:03d}" for number in range(second)]
    return scene_of(1, (np.zeros(len(one), int), np.zeros(len(other), int)), (one, other))


@settings(max_examples=60, deadline=None)
@given(SIDES, SIDES)
def test_rows_are_the_clips_of_the_first_and_then_of_the_second(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    """Every row has the emotion, dataset and name of its clip, and people are counted as a loop counts them."""
    emotion = tuple(np.array([clip[0] for clip in side]) for side in (first, second))
    people = tuple([f"p{clip[1]}" for clip in side] for side in (first, second))
    scene, names, blocks = scene_of(3, (emotion[0], emotion[1]), (people[0], people[1]))
    rows = [(side, *clip) for side, clips in enumerate((first, second)) for clip in clips]
    assert [(d, e, names[p]) for d, e, p in zip(scene.domain, scene.emotion, scene.person, strict=True)] == [
        (side, label, f"p{who}") for side, label, who in rows
    ]
    assert list(names) == sorted({f"p{who}" for _, _, who in rows})
    counted = Counter((f"p{who}", side * 3 + label) for side, label, who in rows)
    assert scene.counts.tolist() == [[counted[name, cell] for cell in range(6)] for name in names]
    assert len(blocks) == len(set(blocks)) == len(scene.stratum)


def test_equal_names_are_one_person() -> None:
    """Somebody whom both datasets name is one person, of the kind that is in both."""
    scene, names, blocks = scene_with(shared=2, first=1, second=1)
    assert names == blocks == ("b000", "b001", "f000", "s000")
    assert scene.person.tolist() == [0, 1, 2, 0, 1, 3]
    assert scene.block_of.tolist() == [0, 1, 2, 3]
    assert scene.stratum.tolist() == [0, 0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 130), st.integers(1, 130), st.integers(1, 130))
def test_blocks_are_of_one_kind_and_even(shared: int, first: int, second: int) -> None:
    """Blocks are 40, or as many as people; each has somebody, all of one kind, and kinds have blocks of even size."""
    scene, names, blocks = scene_with(shared, first, second)
    assert len(blocks) == len(scene.stratum) == min(len(names), MOST_BLOCKS)
    kind = np.array([{"b": 0, "f": 1, "s": 2}[name[0]] for name in names])
    assert (scene.stratum[scene.block_of] == kind).all()
    sizes = np.bincount(scene.block_of, minlength=len(blocks))
    assert sizes.min() >= 1
    for stratum in np.unique(kind):
        own = sizes[scene.stratum == stratum]
        assert np.ptp(own) <= 1
        assert len(own) >= min(8, (kind == stratum).sum())


def test_few_people_are_left_out_one_by_one() -> None:
    """Up to 40 people everybody is a block of their own, under their name."""
    scene, names, blocks = scene_with(shared=38, first=1, second=1)
    assert blocks == names
    assert scene.block_of.tolist() == list(range(40))
    assert scene_with(shared=39, first=1, second=1)[2][0] == "block 01"


def scene_of_rare(seed: int, kinds: tuple[int, int, int], rare: list[int]) -> Scene:
    """Everybody is neutral, and in each dataset some emotions are of a few people only."""
    generator = np.random.default_rng(seed)
    shared, first, second = kinds
    both = [f"b{number:03d}" for number in range(shared)]
    emotion, people = [], []
    for names in ([*both, *(f"f{n:03d}" for n in range(first))], [*both, *(f"s{n:03d}" for n in range(second))]):
        few = [generator.choice(names, min(count, len(names)), replace=False).tolist() for count in rare]
        people.append(names + [name for some in few for name in some])
        emotion.append(np.repeat(np.arange(1 + len(rare)), [len(names), *map(len, few)]))
    return scene_of(1 + len(rare), (emotion[0], emotion[1]), (people[0], people[1]))[0]


KINDS = st.tuples(st.integers(0, 60), st.integers(1, 60), st.integers(1, 60)).filter(lambda kinds: sum(kinds) > 40)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), KINDS, st.lists(st.integers(3, 12), min_size=1, max_size=3))
def test_no_block_takes_a_rare_emotion_with_it(seed: int, kinds: tuple[int, int, int], rare: list[int]) -> None:
    """Whichever block is left out, two people are left of every emotion in a dataset that had three."""
    scene = scene_of_rare(seed, kinds, rare)
    have = scene.counts > 0
    for block in range(len(scene.stratum)):
        left = have[scene.block_of != block].sum(0)
        assert (left[have.sum(0) >= 3] >= 2).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(21, 90), st.integers(21, 90), st.integers(1, 90))
def test_people_of_a_rare_emotion_are_spread_evenly(seed: int, first: int, second: int, rare: int) -> None:
    """Of a dataset's people who have the only rare emotion, no block of the dataset has two more than another."""
    scene = scene_of_rare(seed, (0, first, second), [rare])
    have = scene.counts > 0
    for side in (0, 1):
        held = np.bincount(scene.block_of[have[:, 2 * side + 1]], minlength=len(scene.stratum))
        assert np.ptp(held[scene.stratum == 1 + side]) <= 1


def test_who_is_in_a_block_is_drawn_once() -> None:
    """People are dealt at random, but the same ones every time."""
    first, second = (scene_of_rare(0, (50, 20, 20), [3, 5]).block_of for _ in range(2))
    assert np.array_equal(first, second)
    neighbours = scene_with(shared=80, first=0, second=0)[0].block_of
    assert not np.array_equal(neighbours, np.arange(80) % MOST_BLOCKS)


def test_permuted_labels_stay_with_their_person_and_dataset() -> None:
    """Each person keeps as many clips of every emotion in each dataset; labels move, seeded, and evenly."""
    generator = np.random.default_rng(0)
    emotion = generator.integers(0, 3, 60), generator.integers(0, 3, 45)
    people = [f"{n}" for n in generator.integers(0, 4, 60)], [f"{n}" for n in generator.integers(2, 6, 45)]
    scene, *_ = scene_of(3, emotion, people)
    permuted = permuted_emotions(scene, 400)
    assert permuted.shape == (400, 105)
    for labels in permuted:
        for person in range(6):
            for domain in (0, 1):
                own = (scene.person == person) & (scene.domain == domain)
                assert sorted(labels[own]) == sorted(scene.emotion[own])
    assert np.array_equal(permuted, permuted_emotions(scene, 400))
    assert not np.array_equal(permuted, permuted_emotions(scene, 400, seed=1))
    own = (scene.person == 3) & (scene.domain == 0)
    share = [(scene.emotion[own] == label).mean() for label in range(3)]
    for clip in np.flatnonzero(own):
        assert np.bincount(permuted[:, clip], minlength=3) / 400 == pytest.approx(share, abs=0.12)


@pytest.mark.parametrize(
    ("emotion", "people"),
    [([0, 2], ["a", "b"]), ([0, -1], ["a", "b"]), ([0], ["a", "b"]), ([], [])],
)
def test_what_is_no_dataset_is_refused(emotion: list[int], people: list[str]) -> None:
    """An emotion out of range, a clip without a person, or a dataset without clips is an error."""
    with pytest.raises(ValueError, match="emotion from 0 to 1"):
        scene_of(2, (np.array([0]), np.array(emotion, int)), (["a"], people))
