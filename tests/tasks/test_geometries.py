"""Does alignment take away what it should, by the statistics of those whom it may know?"""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.geometries import Array, aligned, placements

PEOPLE, EMOTIONS = 4, 3


def drawn(seed: int, width: int = 5) -> tuple[Scene, Array]:
    """Features with a scale and place of their own in each dataset, and emotions that are not equally many."""
    generator = np.random.default_rng(seed)
    emotion = tuple(np.concatenate([np.arange(3), generator.choice(3, 30, p=[0.2, 0.3, 0.5])]) for _ in range(2))
    people = tuple([str(number) for number in generator.integers(0, PEOPLE, 33)] for _ in range(2))
    scene, *_ = scene_of(EMOTIONS, (emotion[0], emotion[1]), (people[0], people[1]))
    scale = generator.uniform(0.5, 4, (2, width))[scene.domain]
    return scene, generator.normal(size=(66, width)) * scale + 3 * scene.domain[:, None] + scene.emotion[:, None]


def by_loops(scene: Scene, features: Array, known: Array) -> Array:
    """The formula, feature by feature."""
    found = np.zeros(features.shape)
    for domain in (0, 1):
        for feature in range(features.shape[1]):
            cells = [
                [x for x, d, e, k in zip(features[:, feature], scene.domain, scene.emotion, known, strict=True)
                 if d == domain and e == emotion and k]
                for emotion in range(EMOTIONS)
            ]  # fmt: skip
            cells = [cell for cell in cells if cell]
            mean = sum(sum(cell) / len(cell) for cell in cells) / len(cells)
            variance = sum(sum((x - mean) ** 2 for x in cell) / len(cell) for cell in cells) / len(cells)
            for row in np.flatnonzero(scene.domain == domain):
                found[row, feature] = (
                    (features[row, feature] - mean) / variance**0.5 if variance**0.5 > 1e-6 * abs(mean) else 0
                )
    return found


@pytest.mark.parametrize("everybody", [True, False])
def test_statistics_are_balanced_over_emotions_and_of_known_rows(everybody: bool) -> None:
    """Mean and scale are those of the formula, of the known rows only, and are applied to all rows."""
    scene, features = drawn(0)
    known = scene.person != (-1 if everybody else 1)
    found = aligned(features, scene.domain, scene.emotion, None if everybody else known)
    assert found == pytest.approx(by_loops(scene, features, known), rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(-100, 100), st.floats(0.01, 100))
def test_the_place_and_scale_of_a_dataset_do_not_matter(seed: int, shift: float, scale: float) -> None:
    """Any shift and positive scale of any feature in one dataset changes nothing."""
    scene, features = drawn(seed)
    moved = features.copy()
    moved[scene.domain == 1, 2] = moved[scene.domain == 1, 2] * scale + shift
    assert aligned(moved, scene.domain, scene.emotion) == pytest.approx(
        aligned(features, scene.domain, scene.emotion), abs=1e-8
    )


def test_more_clips_of_an_emotion_do_not_matter() -> None:
    """Clips of one emotion that are doubled do not move mean or scale."""
    scene, features = drawn(1)
    rows = np.concatenate([np.arange(66), np.flatnonzero(scene.emotion == 2)])
    doubled = aligned(features[rows], scene.domain[rows], scene.emotion[rows])
    assert doubled[:66] == pytest.approx(aligned(features, scene.domain, scene.emotion), rel=1e-10)


def test_features_that_do_not_vary_are_nothing() -> None:
    """A feature that does not vary among the known rows is 0, also for rows that were not known."""
    scene, features = drawn(2)
    features[:, 0] = 7.0
    features[scene.person == 1, 0] = 9.0
    found = aligned(features, scene.domain, scene.emotion, scene.person != 1)
    assert (found[:, 0] == 0).all()
    assert (found[:, 1:] != 0).all()


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e-3, 1.0, -1.0, 100.0, 1e4])
def test_rounding_does_not_vary(value: float) -> None:
    """A feature that is one number but for the last bit of float32 is 0, however large the number."""
    scene, features = drawn(5)
    rounded = features.astype(np.float32)
    rounded[:, 0] = value
    rounded[::2, 0] = np.nextafter(np.float32(value), np.float32(np.inf)) if value else 0
    found = aligned(rounded, scene.domain, scene.emotion)
    assert (found[:, 0] == 0).all()
    assert (found[:, 1:] != 0).all()


@pytest.mark.parametrize("unit", [1e-30, 1e-7, 1e7])
def test_the_unit_of_a_layer_does_not_matter(unit: float) -> None:
    """Features in very small or large units are aligned as those in others are."""
    scene, features = drawn(6)
    found = aligned(features * unit, scene.domain, scene.emotion)
    assert found == pytest.approx(aligned(features, scene.domain, scene.emotion), abs=1e-9)


def test_a_feature_that_varies_in_one_dataset_is_standardised_there() -> None:
    """Where a feature is constant in one dataset it is 0 there, and has a scale of 1 in the other."""
    scene, features = drawn(7)
    features[scene.domain == 0, 0] = 7.0
    found = aligned(features, scene.domain, scene.emotion)
    assert (found[scene.domain == 0, 0] == 0).all()
    varying = found[scene.domain == 1, 0]
    squares = [np.mean(varying[scene.emotion[scene.domain == 1] == emotion] ** 2) for emotion in range(EMOTIONS)]
    assert np.mean(squares) == pytest.approx(1)


@pytest.mark.parametrize("everybody", [True, False])
def test_features_are_not_written_to(everybody: bool) -> None:
    """Alignment leaves the features that it is given as they are."""
    scene, features = drawn(8)
    before = features.copy()
    aligned(features, scene.domain, scene.emotion, None if everybody else scene.person != 1)
    assert np.array_equal(features, before)


def test_alignment_takes_little_memory() -> None:
    """Beside its result, alignment never holds more than its size again."""
    scene, _ = drawn(9)
    domain, emotion = np.tile(scene.domain, 30), np.tile(scene.emotion, 30)
    features = np.random.default_rng(0).normal(size=(len(domain), 200)).astype(np.float32)
    tracemalloc.start()
    try:
        found = aligned(features, domain, emotion)
        assert tracemalloc.get_traced_memory()[1] < 2.1 * found.nbytes
    finally:
        tracemalloc.stop()


def test_a_dataset_of_whom_nobody_is_known_is_nothing() -> None:
    """Where no row of a dataset is known it becomes 0, and the other one is as ever."""
    scene, features = drawn(3)
    found = aligned(features, scene.domain, scene.emotion, scene.domain == 0)
    assert (found[scene.domain == 1] == 0).all()
    whole = aligned(features, scene.domain, scene.emotion)
    assert np.array_equal(found[scene.domain == 0], whole[scene.domain == 0])


def test_raw_features_come_once_and_aligned_ones_for_everybody_left_out() -> None:
    """Raw: one placement for nobody and all blocks. Aligned: one for each, by the statistics of those who are left."""
    scene, features = drawn(4)
    (raw,) = placements(scene, features.astype(np.float32), "raw")
    assert raw.without == (None, 0, 1, 2, 3)
    assert np.array_equal(raw.features, features.astype(np.float32))
    each = list(placements(scene, features, "aligned"))
    assert [placed.without for placed in each] == [(None,), (0,), (1,), (2,), (3,)]
    for placed in each:
        known = scene.person != (-1 if placed.without[0] is None else placed.without[0])
        assert placed.features == pytest.approx(by_loops(scene, features, known), rel=1e-10)
