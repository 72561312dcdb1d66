"""Does what was measured hold exactly what a table can, and say who is behind it?"""

import numpy as np
import pytest
from bias_toys import EMOTIONS, distances


def test_numbers_are_those_that_float32_holds():
    """Whatever comes in, every number is one of float32, held as float64; made again, nothing changes."""
    toy = distances(frames=True)
    again = type(toy)(**vars(toy))
    for view in ("clips", "frames"):
        for layer, arrays in toy.views[view].items():
            for name, values in arrays.items():
                assert values.dtype == np.float64
                np.testing.assert_array_equal(values.astype(np.float32).astype(np.float64), values)
                np.testing.assert_array_equal(again.views[view][layer][name], values)


def test_the_arrays_that_came_in_are_neither_changed_nor_kept():
    """Rounding makes copies: what was handed in can still be written, and what was made cannot."""
    toy = distances()
    mine = {layer: {name: values + 1e-12 for name, values in arrays.items()} for layer, arrays in toy.arrays.items()}
    made = type(toy)(**{**vars(toy), "arrays": mine})
    mine["0"]["raw.mmd"][0, 0, 0] = 7
    assert made.arrays["0"]["raw.mmd"][0, 0, 0] == toy.arrays["0"]["raw.mmd"][0, 0, 0]
    with pytest.raises(ValueError, match="read-only"):
        made.arrays["0"]["raw.mmd"][0, 0, 0] = 7


def test_clips_are_counted_by_emotion_and_dataset():
    """Clips add up over people."""
    toy = distances(shared=False, only_first=2)
    for side in (0, 1):
        for emotion in range(len(EMOTIONS)):
            each = [int(person[emotion]) for person in toy.clips_of[side]]
            assert toy.clips[side, emotion] == sum(each)
