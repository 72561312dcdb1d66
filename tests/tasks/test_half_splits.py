"""Do equally many clips stand for each emotion, from different people on both sides?"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.half_splits import equal_draws, half_splits

EMOTIONS = 2


def scene_with(seed: int, shared: int, first: int, second: int) -> Scene:
    """People with one to six clips of each emotion in each dataset that they are in."""
    generator = np.random.default_rng(seed)
    both = [f"b{number}" for number in range(shared)]
    sides = both + [f"f{n}" for n in range(first)], both + [f"s{n}" for n in range(second)]
    clips = [
        [(name, emotion) for name in side for emotion in range(EMOTIONS) for _ in range(generator.integers(1, 7))]
        for side in sides
    ]
    emotion = [np.array([clip[1] for clip in side]) for side in clips]
    people = [[clip[0] for clip in side] for side in clips]
    return scene_of(EMOTIONS, (emotion[0], emotion[1]), (people[0], people[1]))[0]


SCENES = st.builds(scene_with, st.integers(0, 99), st.integers(2, 9), st.integers(0, 5), st.integers(0, 5))


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_halves_share_nobody_and_have_equal_clips(scene: Scene) -> None:
    """Nobody is in both halves, in neither dataset; all halves of all cells have the same number of clips, above 0."""
    found = half_splits(scene, splits=3)
    assert found.clips > 0
    for one, other in found.sets(scene):
        assert not set(scene.person[one]) & set(scene.person[other])
        for half in (one, other):
            for cell in range(2 * EMOTIONS):
                assert (half & (scene.cell == cell)).sum() == found.clips


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_each_kind_of_people_is_halved(scene: Scene) -> None:
    """People in both datasets, only in the first, and only in the second: as many in each half, up to one."""
    kind = scene.stratum[scene.block_of]
    for half in half_splits(scene, splits=3).second_half:
        for stratum in range(3):
            second, all_of_them = half[kind == stratum].sum(), (kind == stratum).sum()
            assert second in (all_of_them // 2, all_of_them - all_of_them // 2)


def test_as_many_clips_are_taken_as_the_smallest_half_has() -> None:
    """With equal clips of everybody, a half of 11 people with four clips gives 44, and the splits differ."""
    names = [f"{number:02d}" for number in range(23)]
    emotion = np.tile([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1], 23)
    scene, *_ = scene_of(2, (emotion, emotion), (np.repeat(names, 12).tolist(), np.repeat(names, 12).tolist()))
    found = half_splits(scene)
    assert found.clips == 44
    assert found.second_half.shape == (10, 23)
    assert len({tuple(half) for half in found.second_half.tolist()}) == 10
    assert found.second_half.mean(0).min() > 0


def test_a_rare_emotion_is_in_both_halves() -> None:
    """An emotion that two people of twenty have is split between them."""
    names = [f"{number:02d}" for number in range(20)]
    emotion, people = np.concatenate([np.zeros(20, int), [1, 1, 1, 1]]), [*names, "00", "00", "13", "13"]
    scene, *_ = scene_of(2, (emotion, emotion), (people, people))
    found = half_splits(scene)
    assert found.clips == 2
    assert (found.second_half[:, 0] != found.second_half[:, 13]).all()


def test_odd_people_of_two_kinds_part() -> None:
    """Where a dataset has one person whom both have and one of its own, there is one in each half."""
    found = half_splits(scene_with(0, shared=1, first=1, second=1))
    assert found.clips > 0
    assert (found.second_half[:, 0] != found.second_half[:, 1]).all()


def test_too_few_people_make_empty_halves() -> None:
    """An emotion that one person has leaves no clips to compare, and that is no error."""
    scene, *_ = scene_of(1, (np.zeros(2, int), np.zeros(2, int)), (["a", "a"], ["a", "a"]))
    found = half_splits(scene)
    assert found.clips == 0
    assert not found.sets(scene).any()


@settings(max_examples=40, deadline=None)
@given(SCENES)
def test_equal_draws_are_balanced_over_people(scene: Scene) -> None:
    """Every cell has the clips of the smallest; whoever gives two fewer than another has given all of theirs."""
    smallest = min(Counter(scene.cell.tolist()).values())
    for rows in equal_draws(scene, draws=3):
        for cell in range(2 * EMOTIONS):
            given_by = Counter(scene.person[rows & (scene.cell == cell)].tolist())
            has = Counter(scene.person[scene.cell == cell].tolist())
            assert sum(given_by.values()) == smallest
            most = max(given_by.values())
            assert all(given_by[person] >= min(most - 1, has[person]) for person in has)


def test_every_clip_is_as_likely_as_another() -> None:
    """Over many draws, clips of people with equally many are taken equally often."""
    scene, *_ = scene_of(2, (np.repeat([0, 1], [12, 6]), np.repeat([0, 1], [12, 6])), (list("aabbcc" * 3),) * 2)
    often = equal_draws(scene, draws=600).mean(0)
    assert often[scene.emotion == 0] == pytest.approx(np.full(24, 0.5), abs=0.09)
    assert (often[scene.emotion == 1] == 1).all()


def test_draws_are_seeded() -> None:
    """The same scene and seed give the same draws, another seed gives others."""
    scene = scene_with(0, 8, 3, 3)
    assert np.array_equal(equal_draws(scene), equal_draws(scene))
    assert not np.array_equal(equal_draws(scene), equal_draws(scene, seed=1))
    assert np.array_equal(half_splits(scene).sets(scene), half_splits(scene).sets(scene))
    assert not np.array_equal(half_splits(scene).sets(scene), half_splits(scene, seed=1).sets(scene))
