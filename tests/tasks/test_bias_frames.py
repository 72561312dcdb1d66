"""Are distances of frames those of the frames that are there?"""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from emobench.metrics.fad_infinity import fad_infinity
from emobench.metrics.frechet import frechet_distance, gaussian_of
from emobench.tasks import bias_frames
from emobench.tasks.bias_frames import measure_frames
from emobench.tasks.bias_scene import Scene, scene_of
from emobench.tasks.emotion_distances import GEOMETRIES
from emobench.tasks.geometries import aligned

Array = NDArray[np.float32]
FRAMES, WIDTH = 16, 3


def drawn(clips: int = 12) -> tuple[Scene, Array]:
    """Two datasets of two emotions; every third clip has fewer frames."""
    generator = np.random.default_rng(0)
    emotion = np.arange(clips) % 2
    scene, *_ = scene_of(2, (emotion, emotion), (list("ab" * (clips // 2)), list("cd" * (clips // 2))))
    offset = np.arange(4 * WIDTH).reshape(4, WIDTH)[scene.cell][:, None] / 5
    frames = (generator.normal(size=(2 * clips, FRAMES, WIDTH)) + offset).astype(np.float32)
    frames[::3, 11:] = np.nan
    return scene, frames


def pooled(scene: Scene, frames: Array, geometry: str) -> list[NDArray[np.float64]]:
    """The frames of every cell, by loops."""
    rows, clip = [], []
    for number, own in enumerate(frames):
        for frame in own:
            if not np.isnan(frame[0]):
                rows.append(frame.astype(np.float64))
                clip.append(number)
    placed = np.array(rows)
    if geometry == "aligned":
        placed = aligned(placed, scene.domain[clip], scene.emotion[clip])
    return [placed[scene.cell[clip] == cell] for cell in range(4)]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_distances_are_of_all_frames_of_a_cell(geometry: str) -> None:
    """Every cell is the Frechet distance of the frames of its clips; frames that are not there do not count."""
    scene, frames = drawn()
    found = measure_frames(scene, frames)[f"{geometry}.fad"]
    cells = pooled(scene, frames, geometry)
    for e in range(2):
        for f in range(2):
            assert found[e, f] == pytest.approx(frechet_distance(cells[e], cells[2 + f]).value, rel=1e-9)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_infinity_is_that_of_the_second_dataset_against_the_first(
    geometry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAD-inf draws from the second dataset's frames, with and without replacement, each with its R2."""
    monkeypatch.setattr(bias_frames, "SMALLEST", 20)
    scene, frames = drawn()
    found, cells = measure_frames(scene, frames), pooled(scene, frames, geometry)
    for name, replace in (("fad_inf", True), ("fad_inf_unreplaced", False)):
        for emotion in range(2):
            expected = fad_infinity(gaussian_of(cells[emotion]), cells[2 + emotion], smallest=20, replace=replace)
            assert expected is not None
            assert found[f"{geometry}.{name}"][emotion] == pytest.approx(expected.value, rel=1e-6)
            assert found[f"{geometry}.{name}_r2"][emotion] == pytest.approx(expected.r2, rel=1e-6)


def test_few_frames_have_no_infinity() -> None:
    """Below 1,000 frames FAD-inf is nan, and distances are there."""
    found = measure_frames(*drawn())
    assert sorted(found) == sorted(
        f"{geometry}.{name}"
        for geometry in GEOMETRIES
        for name in ("fad", "fad_inf", "fad_inf_r2", "fad_inf_unreplaced", "fad_inf_unreplaced_r2")
    )
    for name, array in found.items():
        assert array.shape == ((2, 2) if name.endswith(".fad") else (2,))
        assert np.isfinite(array).all() == name.endswith(".fad")


def test_a_cell_without_frames_is_nan() -> None:
    """Where no clip of an emotion has a frame, its distances are nan and the others are not."""
    scene, frames = drawn()
    frames[scene.cell == 3] = np.nan
    found = measure_frames(scene, frames)
    for geometry in GEOMETRIES:
        assert np.isnan(found[f"{geometry}.fad"]).tolist() == [[False, True], [False, True]]


def test_a_dataset_without_frames_is_nan() -> None:
    """Where nobody has a frame in a dataset everything is nan, and nothing an error."""
    scene, frames = drawn()
    frames[scene.domain == 0] = np.nan
    assert all(np.isnan(array).all() for array in measure_frames(scene, frames).values())


def test_frames_are_held_few_times() -> None:
    """Memory for 2.75 float64 copies of all frames is enough."""
    generator, clips = np.random.default_rng(0), 240
    emotion = np.arange(clips) % 6
    scene, *_ = scene_of(6, (emotion, emotion), (["a", "b"] * (clips // 2), ["a", "b"] * (clips // 2)))
    frames = generator.normal(size=(2 * clips, FRAMES, 60)).astype(np.float32)
    tracemalloc.start()
    try:
        measure_frames(scene, frames)
        assert tracemalloc.get_traced_memory()[1] < 2.75 * 2 * frames.nbytes
    finally:
        tracemalloc.stop()


def test_what_is_no_frame_is_refused() -> None:
    """A frame that is nan in part, or frames of another number of clips, is an error."""
    scene, frames = drawn()
    with pytest.raises(ValueError, match="24 clips, but frames of 23"):
        measure_frames(scene, frames[1:])
    frames[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="nan throughout"):
        measure_frames(scene, frames)
