"""Are Frechet distances between emotions those of the sets one by one, and what do they do when datasets are moved?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emobench.metrics.frechet import frechet_distance
from emobench.tasks.bias_frechet import frechet_cells, frechet_part, joined
from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.tasks.geometries import Placed, aligned, placements
from emobench.tasks.half_splits import equal_draws, half_splits

Array = NDArray[np.float64]
EMOTIONS = 2


def drawn(seed: int = 0, width: int = 6) -> tuple[Scene, Array]:
    """Six people, five of them in both datasets, with two to five clips of each emotion."""
    generator = np.random.default_rng(seed)
    sides = "abcdef", "abcdeg"
    clips = [
        [(who, e) for who in side for e in range(EMOTIONS) for _ in range(generator.integers(2, 6))] for side in sides
    ]
    emotion = [np.array([e for _, e in side]) for side in clips]
    scene, *_ = scene_of(EMOTIONS, (emotion[0], emotion[1]), ([w for w, _ in clips[0]], [w for w, _ in clips[1]]))
    offset = generator.normal(size=(4, width))[scene.cell]
    return scene, offset + generator.normal(size=offset.shape)


def distance(rows: Array, others: Array) -> float:
    """One distance; nan of fewer than two rows."""
    return frechet_distance(rows, others).value if min(len(rows), len(others)) > 1 else np.nan


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("width", [3, 30])  # fewer numbers than clips, and more
def test_distances_are_those_of_the_sets_one_by_one(geometry: str, width: int) -> None:
    """With everybody and without each, all clips, signals and floors are means of distances of the named sets."""
    scene, features = drawn(0, width)
    sets = half_splits(scene, splits=3).sets(scene)
    found = joined([frechet_part(scene, placed, sets) for placed in placements(scene, features, geometry)])
    for index in range(8):
        kept = scene.person != index - 1
        placed = features if geometry == "raw" else aligned(features, scene.domain, scene.emotion, kept)
        for emotion in range(EMOTIONS):
            first, second = (kept & (scene.cell == emotion + side) for side in (0, EMOTIONS))
            signal, floor = [], []
            for one, other in sets:
                signal.append(distance(placed[first & one], placed[second & other]))
                signal.append(distance(placed[first & other], placed[second & one]))
                floor += [distance(placed[side & one], placed[side & other]) for side in (first, second)]
            assert found["fad_signal"][index, emotion] == pytest.approx(np.mean(signal), rel=1e-9, nan_ok=True)
            assert found["fad_floor"][index, emotion] == pytest.approx(np.mean(floor), rel=1e-9, nan_ok=True)
            if index:
                expected = distance(placed[first], placed[second])
                assert found["fad_left_out"][index - 1, emotion] == pytest.approx(expected, rel=1e-9)


def test_cells_are_distances_averaged_over_draws() -> None:
    """Every cell is the distance of its two sets, of all rows or in the mean over draws of as many."""
    scene, features = drawn(1)
    draws = equal_draws(scene, draws=3)
    for rows, each in ((None, np.ones((1, len(features)), bool)), (draws, draws)):
        found = frechet_cells(features, scene.cell, EMOTIONS, rows)
        for e in range(EMOTIONS):
            for f in range(EMOTIONS):
                cells = scene.cell == e, scene.cell == EMOTIONS + f
                expected = np.mean([distance(features[one & cells[0]], features[one & cells[1]]) for one in each])
                assert found[e, f] == pytest.approx(expected, rel=1e-10)


def test_equal_datasets_are_not_apart() -> None:
    """The same clips by the same people in both datasets are exactly 0 apart, emotion by emotion."""
    emotion = np.repeat([0, 1], 9)
    scene, *_ = scene_of(2, (emotion, emotion), (list("abc" * 6), list("abc" * 6)))
    features = np.tile(np.random.default_rng(0).normal(size=(18, 5)), (2, 1))
    assert np.diag(frechet_cells(features, scene.cell, 2)).tolist() == [0, 0]
    sets = half_splits(scene, splits=2).sets(scene)
    for placed in placements(scene, features, "raw"):
        assert (frechet_part(scene, placed, sets).all_clips == 0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.lists(st.floats(-50, 50), min_size=6, max_size=6))
def test_a_dataset_that_is_moved_is_as_much_farther(seed: int, move: list[float]) -> None:
    """Moving the second dataset adds |delta|^2 + 2 delta (m2 - m1) to every cell, and |delta|^2 where means agree."""
    scene, features = drawn(seed)
    cells = [features[scene.cell == cell].mean(0) for cell in range(4)]
    delta = np.array(move)
    before = frechet_cells(features, scene.cell, EMOTIONS)
    after = frechet_cells(features + delta * scene.domain[:, None], scene.cell, EMOTIONS)
    gap = [[2 * delta @ (cells[EMOTIONS + f] - cells[e]) for f in range(EMOTIONS)] for e in range(EMOTIONS)]
    assert after - before == pytest.approx(delta @ delta + np.array(gap), rel=1e-9, abs=1e-7)
    centred = features - np.array(cells)[scene.cell]
    apart = frechet_cells(centred + delta * scene.domain[:, None], scene.cell, EMOTIONS)
    assert apart - frechet_cells(centred, scene.cell, EMOTIONS) == pytest.approx(
        np.full((2, 2), delta @ delta), rel=1e-9, abs=1e-7
    )


def test_the_bias_of_few_clips_falls_out_of_the_difference() -> None:
    """Where datasets do not differ, all clips are far above 0 apart, but signal less floor is 0 in the mean."""
    generator = np.random.default_rng(0)
    names = np.repeat([f"{number:02d}" for number in range(8)], 6).tolist()
    emotion = np.tile([0, 0, 0, 1, 1, 1], 8)
    scene, *_ = scene_of(2, (emotion, emotion), (names, [f"other {name}" for name in names]))
    sets = half_splits(scene, splits=3).sets(scene)
    excess, biased = [], []
    for _ in range(60):
        features = generator.normal(size=(96, 4)) + generator.normal(size=(16, 4))[scene.person]
        part = frechet_part(scene, Placed(features, (None,)), sets)
        excess.append(part.signal - part.floor)
        biased.append(part.all_clips)
    assert abs(np.mean(excess)) < 0.15
    assert np.mean(biased) > 0.5


def test_the_excess_of_wide_features_is_far_too_small() -> None:
    """With fewer clips in a half than numbers, unequal covariances add less than half of the truth, wider ones less."""
    generator, shares = np.random.default_rng(0), []
    names = [f"{number:02d}" for number in range(20)]
    scene, *_ = scene_of(1, (np.zeros(20, int), np.zeros(20, int)), (names, [f"other {name}" for name in names]))
    sets = half_splits(scene, splits=3).sets(scene)
    for width in (40, 160):  # N(0, I) and N(0, 4 I) are as far apart as they have numbers
        excess = []
        for _ in range(20):
            features = generator.normal(size=(40, width)) * (1 + scene.domain)[:, None]
            part = frechet_part(scene, Placed(features, (None,)), sets)
            excess.append(part.signal - part.floor)
        shares.append(np.mean(excess) / width)
    assert 0.5 > shares[0] > 1.3 * shares[1] > 0.1


def test_sets_that_are_too_small_are_nan() -> None:
    """A cell or half with fewer than two clips is nan, by itself or without a person, and the others are not."""
    emotion = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 1, 1])
    scene, *_ = scene_of(2, emotion, (list("aabbaab"), list("aabbaa")))
    features = np.random.default_rng(0).normal(size=(13, 2))
    sets = half_splits(scene).sets(scene)
    found = joined([frechet_part(scene, placed, sets) for placed in placements(scene, features, "raw")])
    assert np.isnan(found["fad_left_out"]).tolist() == [[False, True], [False, False]]
    assert np.isnan(found["fad_signal"]).all()
    assert np.isnan(found["fad_floor"]).all()
    cells = frechet_cells(features[:-1], scene.cell[:-1], 2)
    assert np.isnan(cells).tolist() == [[False, True], [False, True]]
