"""Are kernel distances true in the mean, and do their intervals hold? In studies whose true distances are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.metrics.jackknife import jackknife_covariance, t_interval
from emobench.metrics.kernel_distance import median_distance
from emobench.metrics.people_kernel import mean_kernels, people_pairs
from emobench.metrics.spread import spread
from emobench.tasks.bias_kernel import distances, joined, kernel_part, null_distances
from emobench.tasks.bias_relative import without_bias
from emobench.tasks.bias_scene import Scene, permuted_emotions, scene_of
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.tasks.geometries import placements

Array = NDArray[np.float64]


def even(people: int, clips: int, emotions: int) -> Scene:
    """Everybody in both datasets with so many clips of each emotion."""
    names = np.repeat([f"{number:04d}" for number in range(people)], clips * emotions).tolist()
    emotion = np.tile(np.repeat(np.arange(emotions), clips), people)
    return scene_of(emotions, (emotion, emotion), (names, names))[0]


def mmds(scene: Scene, features: Array, geometry: str) -> Array:
    """(1+B, E, E) squared MMDs, with everybody and without each."""
    placed = list(placements(scene, features, geometry))
    bandwidth = median_distance(placed[0].features)
    return joined([kernel_part(scene, one, bandwidth) for one in placed])["mmd"]


def voices(generator: np.random.Generator, scene: Scene, away: Array) -> Array:
    """Emotions at the corners of a simplex, datasets apart by (E,) `away` across it, people who resemble themselves."""
    people = len(scene.block_of)
    features = 0.6 * generator.normal(size=(people, 4))[scene.person] + 0.7 * generator.normal(
        size=(len(scene.cell), 4)
    )
    features += np.eye(3, 4)[scene.emotion]
    features[:, 3] += away[scene.emotion] * scene.domain
    return features


def test_fewer_clips_of_an_emotion_do_not_move_the_distance() -> None:
    """The mean squared MMD stays after an emotion is thinned to one clip a person, and is 0 without a difference."""
    generator = np.random.default_rng(0)
    scene, whole, thinned = even(people=6, clips=4, emotions=3), [], []
    kept = (scene.emotion != 0) | (np.arange(len(scene.cell)) % 4 == 0)
    for _ in range(400):
        features = voices(generator, scene, np.array([0.0, 0.0, 1.0]))
        for rows, found in ((np.ones_like(kept), whole), (kept, thinned)):
            pairs = people_pairs(features[rows], scene.person[rows], scene.cell[rows], np.arange(6), 6, 2.0)
            found.append(np.diag(distances(mean_kernels(pairs))))
    assert np.mean(thinned, axis=0) == pytest.approx(np.mean(whole, axis=0), abs=0.01)
    assert np.mean(whole, axis=0)[:2] == pytest.approx([0, 0], abs=0.004)
    assert np.mean(whole, axis=0)[2] > 0.05


def relative(mmd: Array) -> Array:
    """(..., E) the diagonal over the mean of the other cells."""
    size = mmd.shape[-1]
    off: Array = mmd[..., ~np.eye(size, dtype=bool)].mean(-1)
    return np.diagonal(mmd, axis1=-2, axis2=-1) / off[..., None]


def true_distances(away: Array, geometry: str, bandwidth: float) -> Array:
    """(E, E) squared MMD of endlessly many of these voices: the kernel's mean under two Gaussians is known."""
    means = np.concatenate([np.eye(3, 4), np.eye(3, 4)])
    means[3:, 3] += away
    variance = np.full((6, 4), 0.6**2 + 0.7**2)
    if geometry == "aligned":
        for own in (slice(3), slice(3, None)):
            scale = np.sqrt(variance[own].mean(0) + means[own].var(0))
            means[own], variance[own] = (means[own] - means[own].mean(0)) / scale, variance[own] / scale**2
    wide = bandwidth**2 + variance[:, None] + variance
    kernel = bandwidth / np.sqrt(wide) * np.exp(-((means[:, None] - means) ** 2) / (2 * wide))
    return distances(kernel.prod(-1))


@pytest.fixture(scope="module", params=GEOMETRIES)
def repeated(request: pytest.FixtureRequest) -> tuple[Array, Array, str]:
    """The true (E, E) distances, (60, 1+B, E, E) those of 60 studies of 12 people, and their geometry."""
    generator, away = np.random.default_rng(2), np.array([0.3, 0.8, 1.5])
    many = even(people=300, clips=1, emotions=3)
    (crowd, *_) = placements(many, voices(generator, many, away), request.param)
    scene = even(people=12, clips=2, emotions=3)
    studies = [mmds(scene, voices(generator, scene, away), request.param) for _ in range(60)]
    return true_distances(away, request.param, median_distance(crowd.features)), np.array(studies), request.param


def test_intervals_over_people_cover_the_true_distance(repeated: tuple[Array, Array, str]) -> None:
    """Of 95 % intervals as records hold them at least 90 % hold what endlessly many people would have."""
    truth, studies, geometry = repeated
    truth, stratum, covered = relative(truth), np.zeros(12, int), []
    for study in studies:
        found = relative(without_bias(study, geometry, stratum))
        variance = np.diag(jackknife_covariance(found[1:], stratum))
        for value, own, true in zip(found[0], variance, truth, strict=True):
            interval = t_interval(float(value), float(own), freedom=11)
            covered.append(interval.low <= true <= interval.high)
    assert np.mean(covered) >= 0.9  # over seeds 2 to 7: raw .92 to .97, aligned .94 to .97


def test_left_out_values_know_the_bias_of_alignment(repeated: tuple[Array, Array, str]) -> None:
    """Distances corrected by the jackknife, B D - (B - 1) mean D_b, are true in the mean, in either geometry."""
    truth, studies, _ = repeated
    corrected = 12 * studies[:, 0] - 11 * studies[:, 1:].mean(1)
    error = corrected.std(0) / np.sqrt(len(studies))
    assert (np.abs(corrected.mean(0) - truth) < 4 * error + 1e-3).all()
    assert error.max() < 0.02


def test_emotions_that_are_equally_far_have_no_spread() -> None:
    """The squared spread is 0 in the mean where all emotions are equally far, and clearly above where one is not."""
    generator, scene = np.random.default_rng(3), even(people=12, clips=2, emotions=3)
    squared = []
    for away in (np.ones(3), np.array([1.0, 1.0, 2.0])):
        found = [relative(mmds(scene, voices(generator, scene, away), "raw")) for _ in range(25)]
        squared.append(
            np.mean([spread(r[0], jackknife_covariance(r[1:], scene.stratum), 11, draws=50).squared for r in found])
        )
    assert abs(squared[0]) < 0.01
    assert squared[1] > 0.05


def test_permuted_labels_do_not_tell_whether_emotions_are_equally_far() -> None:
    """Where all are equally far and everybody has an own way, permuted labels see a bias; the spread does not."""
    generator, scene = np.random.default_rng(4), even(people=12, clips=6, emotions=3)
    permuted, tested = [], []
    for _ in range(30):
        own_way = generator.normal(size=(12, 3, 2, 4))[scene.person, scene.emotion, scene.domain]
        features = voices(generator, scene, 2 * np.ones(3)) + 0.9 * own_way
        bandwidth = median_distance(features)
        null = null_distances(scene, features, bandwidth, permuted_emotions(scene, 60)).var(1)
        mmd = mmds(scene, features, "raw")
        permuted.append((1 + (null >= np.diag(mmd[0]).var()).sum()) / 61)
        found = relative(mmd)
        tested.append(spread(found[0], jackknife_covariance(found[1:], scene.stratum), 11, draws=400).p)
    assert np.mean(np.array(permuted) < 0.05) > 0.25
    assert np.mean(np.array(tested) < 0.05) < 0.2
