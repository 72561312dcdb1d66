"""Do the arrays of a layer have their names and shapes, and do they keep still where nothing of interest changes?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import ortho_group

from emobench.metrics.kernel_distance import median_distance
from emobench.tasks import bias_layer
from emobench.tasks.bias_layer import GEOMETRIES, measure
from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.geometries import aligned

Array = NDArray[np.float64]
PEOPLE, EMOTIONS, WIDTH = 5, 3, 4
CLIPS = PEOPLE * EMOTIONS * 3


@pytest.fixture(autouse=True)
def _few_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bias_layer, "PERMUTATIONS", 7)


def same_people() -> Scene:
    """Everybody in both datasets, with three clips of each emotion."""
    emotion, names = np.tile(np.repeat(np.arange(EMOTIONS), 3), PEOPLE), np.repeat(list("abcde"), EMOTIONS * 3).tolist()
    return scene_of(EMOTIONS, (emotion, emotion), (names, names))[0]


def drawn(scene: Scene, seed: int) -> Array:
    """Emotions, people and datasets that are apart."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(len(scene.cell), WIDTH)) + generator.normal(size=(6, WIDTH))[scene.cell]
    placed: Array = features + generator.normal(size=(len(scene.block_of), WIDTH))[scene.person]
    return placed


def assert_near(found: dict[str, Array], expected: dict[str, Array], *names: str) -> None:
    assert list(found) == list(expected)
    for name in names or found:
        assert found[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-8, nan_ok=True), name


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_arrays_have_their_names_and_shapes(kind: type[np.floating]) -> None:
    """Both geometries have the same float64 quantities, in the shapes that tables count on."""
    scene = same_people()
    found = measure(scene, drawn(scene, 0).astype(kind))
    shapes = {
        "bandwidth": (), "null": (7, 3), "fad": (3, 3), "fad_equal": (3, 3), "mmd": (6, 3, 3), "mmd_signal": (6, 3),
        "mmd_floor": (6, 3), "retrieved": (2, 5, 3), "fad_left_out": (5, 3), "fad_signal": (6, 3), "fad_floor": (6, 3),
    }  # fmt: skip
    assert {name: array.shape for name, array in found.items()} == {
        f"{geometry}.{name}": shape for geometry in GEOMETRIES for name, shape in shapes.items()
    }
    assert all(array.dtype == np.float64 and np.isfinite(array).all() for array in found.values())


def test_the_bandwidth_is_the_median_distance_of_all_clips() -> None:
    """One bandwidth a geometry: that of the clips of both datasets as they are placed with everybody."""
    scene = same_people()
    features = drawn(scene, 1)
    found = measure(scene, features)
    assert found["raw.bandwidth"] == median_distance(features)
    assert found["aligned.bandwidth"] == median_distance(aligned(features, scene.domain, scene.emotion))


def test_measuring_again_gives_the_same() -> None:
    """Everything random is seeded."""
    scene = same_people()
    features = drawn(scene, 2)
    one, other = measure(scene, features), measure(scene, features)
    assert all(np.array_equal(one[name], other[name]) for name in one)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_a_rotation_and_shift_of_everything_changes_nothing(seed: int) -> None:
    """No raw array depends on where the features' origin and axes are."""
    scene, turn = same_people(), ortho_group.rvs(WIDTH, random_state=seed)
    features = drawn(scene, seed)
    found, turned = measure(scene, features), measure(scene, features @ turn + 3.0)
    assert_near(turned, found, *(name for name in found if name.startswith("raw")))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(-20, 20), st.floats(0.1, 10))
def test_aligned_arrays_know_no_place_and_scale_of_a_dataset(seed: int, shift: float, scale: float) -> None:
    """Shifts and positive scales of the features of one dataset change no aligned array."""
    scene = same_people()
    features = drawn(scene, seed)
    moved = features.copy()
    moved[:CLIPS] = moved[:CLIPS] * (scale * np.arange(1, 1 + WIDTH)) + shift
    found = measure(scene, features)
    assert_near(measure(scene, moved), found, *(name for name in found if name.startswith("aligned")))


def test_swapped_datasets_are_as_far() -> None:
    """Swapping first and second transposes the cells, and swaps the directions of retrieval."""
    scene = same_people()
    features = drawn(scene, 3)
    found, swapped = measure(scene, features), measure(scene, np.concatenate([features[CLIPS:], features[:CLIPS]]))
    for geometry in GEOMETRIES:
        for name in ("mmd", "fad"):
            cells = np.swapaxes(swapped[f"{geometry}.{name}"], -1, -2)
            assert cells == pytest.approx(found[f"{geometry}.{name}"], rel=1e-9, abs=1e-12)
        for name in ("bandwidth", "mmd_signal", "mmd_floor", "fad_left_out"):
            assert swapped[f"{geometry}.{name}"] == pytest.approx(found[f"{geometry}.{name}"], rel=1e-9, abs=1e-12)
        assert np.array_equal(swapped[f"{geometry}.retrieved"][::-1], found[f"{geometry}.retrieved"])


def test_equal_datasets_are_not_apart() -> None:
    """The same clips in both: the same emotion is exactly 0 apart by raw Frechet, and 0 or below by the kernel."""
    scene = same_people()
    found = measure(scene, np.tile(drawn(scene, 4)[:CLIPS], (2, 1)))
    assert np.diag(found["raw.fad"]).tolist() == [0, 0, 0]
    for geometry in GEOMETRIES:
        assert (np.diagonal(found[f"{geometry}.mmd"], axis1=1, axis2=2) < 1e-12).all()


def test_features_that_do_not_vary_have_no_kernel_distances() -> None:
    """Constant features give nan by the kernel and 0 by Frechet, in both geometries and without an error."""
    scene = same_people()
    found = measure(scene, np.ones((len(scene.cell), WIDTH), np.float32))
    for geometry in GEOMETRIES:
        assert found[f"{geometry}.bandwidth"] == 0
        for name in ("mmd", "mmd_signal", "mmd_floor", "null", "retrieved"):
            assert np.isnan(found[f"{geometry}.{name}"]).all()
        for name in ("fad", "fad_equal", "fad_left_out", "fad_signal", "fad_floor"):
            assert (found[f"{geometry}.{name}"] == 0).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_scarce_clips_are_never_an_error(seed: int) -> None:
    """Datasets of a few people with a few clips are measured, whatever becomes empty without one of them."""
    generator = np.random.default_rng(seed)
    emotion = generator.integers(0, 2, 5), generator.integers(0, 2, 4)
    people = generator.choice(list("abc"), 5).tolist(), generator.choice(list("bcd"), 4).tolist()
    scene, *_ = scene_of(2, emotion, people)
    found = measure(scene, generator.normal(size=(9, 3)))
    assert all(not np.isinf(array).any() for array in found.values())
    lacking = np.stack([scene.counts[:, :2] == 0, scene.counts[:, 2:] == 0])
    assert ((found["raw.retrieved"] == -1) == lacking).all()


def test_features_of_other_clips_are_refused() -> None:
    """A row too many is an error that tells both numbers."""
    scene = same_people()
    with pytest.raises(ValueError, match="90 clips, but features of 91"):
        measure(scene, np.ones((91, WIDTH)))
