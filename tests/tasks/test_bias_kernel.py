"""Are kernel distances between emotions those of different people, with everybody and without each?"""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.metrics.kernel_distance import median_distance, squared_mmd
from emobench.metrics.people_kernel import mean_kernels, people_pairs
from emobench.tasks.bias_kernel import distances, joined, kernel_part, null_distances, signal_and_floor
from emobench.tasks.bias_scene import Scene, permuted_emotions, scene_of
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.tasks.geometries import aligned, placements

Array = NDArray[np.float64]


def uneven(seed: int = 0, emotions: int = 3) -> tuple[Scene, Array]:
    """Five people in both datasets, one and two in one only; one to three clips of most emotions."""
    generator = np.random.default_rng(seed)
    sides = [["a", "b", "c", "d", "e", "f"], ["a", "b", "c", "d", "e", "g", "h"]]
    clips = [
        [(who, e) for who in side for e in range(emotions) for _ in range(generator.integers(who in "ab", 4))]
        for side in sides
    ]
    emotion = [np.array([e for _, e in side]) for side in clips]
    scene, *_ = scene_of(emotions, (emotion[0], emotion[1]), ([w for w, _ in clips[0]], [w for w, _ in clips[1]]))
    offset = generator.normal(size=(2 * emotions, 4))[scene.cell] + 0.5 * generator.normal(size=(8, 4))[scene.person]
    return scene, offset + generator.normal(size=offset.shape)


def even(people: int, clips: int, emotions: int) -> Scene:
    """Everybody in both datasets with so many clips of each emotion."""
    names = np.repeat([f"{number:04d}" for number in range(people)], clips * emotions).tolist()
    emotion = np.tile(np.repeat(np.arange(emotions), clips), people)
    return scene_of(emotions, (emotion, emotion), (names, names))[0]


def measured(scene: Scene, features: Array, geometry: str) -> dict[str, Array]:
    """All kernel arrays in one geometry."""
    placed = list(placements(scene, features, geometry))
    bandwidth = median_distance(placed[0].features)
    return joined([kernel_part(scene, one, bandwidth) for one in placed]) | {"bandwidth": np.array(bandwidth)}


def between(rows: Array, others: Array, bandwidth: float) -> float:
    """Mean kernel of all pairs."""
    return float(np.mean([np.exp(-np.sum((x - y) ** 2) / (2 * bandwidth**2)) for x in rows for y in others]))


def mean_kernel(scene: Scene, features: Array, cells: tuple[int, int], people: list[int], bandwidth: float) -> float:
    """C[a, c] by loops over ordered pairs of different people; nan without any."""
    found = []
    for g in people:
        for h in people:
            rows, others = (
                features[(scene.person == p) & (scene.cell == c)] for p, c in zip((g, h), cells, strict=True)
            )
            if g != h and len(rows) and len(others):
                found.append(between(rows, others, bandwidth))
    return float(np.mean(found)) if found else np.nan


def naive_mmd(scene: Scene, features: Array, people: list[int], bandwidth: float) -> Array:
    """D by its formula."""
    size = scene.emotions
    c = np.array([
        [mean_kernel(scene, features, (a, b), people, bandwidth) for b in range(2 * size)] for a in range(2 * size)
    ])  # fmt: skip
    return np.array([[c[e, e] + c[size + f, size + f] - 2 * c[e, size + f] for f in range(size)] for e in range(size)])


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_distances_are_those_of_loops_over_people(geometry: str) -> None:
    """Every cell, with everybody and without each person, is the formula on the features of those who are left."""
    scene, features = uneven()
    found = measured(scene, features, geometry)
    for index in range(9):
        people = [person for person in range(8) if person != index - 1]
        known = np.isin(scene.person, people)
        placed = features if geometry == "raw" else aligned(features, scene.domain, scene.emotion, known)
        expected = naive_mmd(scene, placed, people, float(found["bandwidth"]))
        assert found["mmd"][index] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_what_is_retrieved_is_nearest_among_the_others(geometry: str) -> None:
    """For each person and emotion, that emotion of the others in the other dataset that has the least squared MMD."""
    scene, features = uneven(1)
    found = measured(scene, features, geometry)
    bandwidth = float(found["bandwidth"])
    for person in range(8):
        others = [one for one in range(8) if one != person]
        placed = features
        if geometry == "aligned":
            placed = aligned(features, scene.domain, scene.emotion, scene.person != person)
        for side in (0, 1):
            for emotion in range(3):
                rows = placed[(scene.person == person) & (scene.cell == side * 3 + emotion)]
                far = []
                for cell in range(3 - 3 * side, 6 - 3 * side):
                    theirs = [placed[(scene.person == one) & (scene.cell == cell)] for one in others]
                    near = np.mean([between(rows, one, bandwidth) for one in theirs if len(one)]) if len(rows) else 0
                    far.append(mean_kernel(scene, placed, (cell, cell), others, bandwidth) - 2 * near)
                assert found["retrieved"][side, person, emotion] == (np.argmin(far) if len(rows) else -1)
    assert (found["retrieved"] == -1).any()
    assert (found["retrieved"] >= 0).any()


def test_people_of_a_block_are_no_others() -> None:
    """Beyond 40 people those of one block are left out together, also where something is retrieved for one of them."""
    scene = even(people=43, clips=1, emotions=2)
    features = np.random.default_rng(0).normal(size=(len(scene.person), 2))
    features += np.random.default_rng(1).normal(size=(43, 2))[scene.person]
    found = measured(scene, features, "raw")
    one, other = np.flatnonzero(scene.block_of == np.argmax(np.bincount(scene.block_of)))[:2]
    assert found["mmd"].shape == (41, 2, 2)
    moved = features.copy()
    moved[scene.person == other] += 50.0
    again = joined([kernel_part(scene, p, float(found["bandwidth"])) for p in placements(scene, moved, "raw")])
    assert np.array_equal(again["retrieved"][:, one], found["retrieved"][:, one])
    assert again["mmd"][1 + scene.block_of[one]] == pytest.approx(found["mmd"][1 + scene.block_of[one]], abs=1e-12)
    assert abs(again["mmd"][0] - found["mmd"][0]).max() > 1e-4


def test_signal_and_floor_are_means_over_all_halves() -> None:
    """They equal U-statistics over clips of one half against the other, averaged over every way to halve the people."""
    scene = even(people=4, clips=3, emotions=2)
    features = np.random.default_rng(0).normal(size=(48, 3)) + scene.person[:, None] + scene.cell[:, None]
    found = measured(scene, features, "raw")
    bandwidth = float(found["bandwidth"])
    for emotion in range(2):
        signal, floor = [], []
        for half in combinations(range(4), 2):
            inside = np.isin(scene.person, half)
            speech, music = (
                [features[m & (scene.cell == c)] for m in (inside, ~inside)] for c in (emotion, 2 + emotion)
            )
            signal.append(squared_mmd(speech[0], music[1], bandwidth))
            floor += [squared_mmd(speech[0], speech[1], bandwidth), squared_mmd(music[0], music[1], bandwidth)]
        assert found["mmd_signal"][0, emotion] == pytest.approx(np.mean(signal), abs=1e-12)
        assert found["mmd_floor"][0, emotion] == pytest.approx(np.mean(floor), abs=1e-12)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_signal_less_floor_is_the_distance(geometry: str) -> None:
    """Their difference is the diagonal of mmd, with everybody and without each."""
    found = measured(*uneven(2), geometry)
    diagonal = np.diagonal(found["mmd"], axis1=1, axis2=2)
    assert found["mmd_signal"] - found["mmd_floor"] == pytest.approx(diagonal, abs=1e-12)


def test_a_person_with_one_clip_a_cell_counts_as_one_clip() -> None:
    """Where nobody has two clips of a cell, the mean kernel of a half is that of different people."""
    scene = even(people=6, clips=1, emotions=1)
    means = np.array([[0.8, 0.3], [0.3, 0.6]])
    signal, floor = signal_and_floor(scene, means, np.full(2, np.nan))
    assert signal.tolist() == pytest.approx([0.8])
    assert floor.tolist() == pytest.approx([0.0])


def test_null_distances_are_distances_under_other_labels() -> None:
    """Each permutation gives the diagonal that its labels would give if they were the true ones."""
    scene, features = uneven(3)
    labels = permuted_emotions(scene, 4)
    found = null_distances(scene, features, 1.5, labels)
    for row, emotion in zip(found, labels, strict=True):
        cells = scene.domain * 3 + emotion
        means = mean_kernels(people_pairs(features, scene.person, cells, np.arange(8), 6, 1.5))
        assert row == pytest.approx(np.diag(distances(means)), abs=1e-12)


def test_what_is_not_defined_is_nan() -> None:
    """A cell of one person, and features that do not vary, give nan and no error; who has no clips retrieves -1."""
    emotion = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1])
    scene, *_ = scene_of(2, emotion, (list("abcab"), list("abcab")))
    found = measured(scene, np.random.default_rng(0).normal(size=(10, 3)), "aligned")
    assert np.isfinite(found["mmd"][0]).all()
    assert np.isfinite(found["mmd"][1:, 0, 0]).all()
    assert np.isnan(found["mmd"][1:3, 1, 1]).all()  # without a or b emotion 1 is one person's
    assert (found["retrieved"][:, 2, 1] == -1).all()
    assert np.isnan(found["retrieved"][:, :2]).all()  # nothing to choose from: the others' emotion 1 is one person's
    assert np.isfinite(found["retrieved"][:, 2, 0]).all()
    constant = measured(scene, np.ones((10, 3)), "raw")
    assert constant["bandwidth"] == 0
    assert np.isnan(constant["mmd"]).all()
    assert np.isnan(constant["mmd_signal"]).all()
    assert (constant["retrieved"][:, 2, 1] == -1).all()
    assert np.isnan(null_distances(scene, np.ones((10, 3)), 0.0, permuted_emotions(scene, 3))).all()


def test_a_class_that_is_there_twice_moves_nothing() -> None:
    """An emotion entered again under another name leaves the other distances as they are, and has the same itself."""
    scene = even(people=5, clips=2, emotions=3)
    features = np.random.default_rng(1).normal(size=(30 * 2, 4)) + scene.cell[:, None]
    rows = np.concatenate([np.arange(len(scene.cell)), np.flatnonzero(scene.emotion == 2)])
    emotion = np.concatenate([scene.emotion, np.full(len(rows) - len(scene.cell), 3)])
    before = people_pairs(features, scene.person, scene.cell, np.arange(5), 6, 2.0)
    after = people_pairs(features[rows], scene.person[rows], scene.domain[rows] * 4 + emotion, np.arange(5), 8, 2.0)
    found, expected = distances(mean_kernels(after)), distances(mean_kernels(before))
    assert found[:3, :3] == pytest.approx(expected, abs=1e-12)
    assert found[3] == pytest.approx(expected[2][[0, 1, 2, 2]], abs=1e-12)
