"""Is what a model gave held against its card and its batch before anything is stored?"""

import pytest
import torch

from emobench.catalog.contracts import FrameFeatures
from emobench.domain.cards import Layers
from emobench.domain.errors import EmobenchError
from emobench.features.checks import check_finite, check_shapes
from emobench.testing.toys import MODEL

CARD = MODEL.model_copy(update={"layers": Layers.named(low=(4, 100), high=(6, 50))})
CLIPS = ("first", "second", "third")


def features(shapes=((3, 8, 4), (3, 5, 6)), lengths=((8, 1, 3), (5, 1, 2))):
    return FrameFeatures(tuple(map(torch.zeros, shapes)), tuple(map(torch.tensor, lengths)))


def test_what_fits_passes():
    """Layers of the card's widths, a row a clip, lengths from one frame to all."""
    check_shapes(CARD, features(), CLIPS)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shapes": ((3, 8, 4),)}, r"card: widths \[4, 6\]\nmodel: widths \[4\]"),
        ({"shapes": ((3, 8, 4), (3, 5, 7))}, r"card: widths \[4, 6\]\nmodel: widths \[4, 7\]"),
        ({"shapes": ((3, 8, 4), (2, 5, 6))}, "layer 'high': shapes and lengths do not fit the batch"),
        ({"shapes": ((3, 8, 4), (3, 6))}, "layer 'high': shapes and lengths do not fit the batch"),
        ({"lengths": ((8, 1, 3), (5, 1))}, "layer 'high': shapes and lengths do not fit the batch"),
        ({"lengths": ((9, 1, 3), (5, 1, 2))}, "layer 'low': shapes and lengths do not fit the batch"),
        ({"lengths": ((8, 1, 3),)}, "2 layers, 1 tensors of lengths"),
        ({"lengths": ((8, 1, 3), (5, 0, 2))}, "no frame for clip 'second'"),
    ],
    ids=[
        "a layer less",
        "another width",
        "a row less",
        "no frames",
        "a length less",
        "too long",
        "no lengths",
        "empty",
    ],
)
def test_what_does_not_fit_is_named(wrong, words):
    """Other widths, rows or lengths than card and batch say, and a clip without a frame, name model and place."""
    with pytest.raises(EmobenchError, match=words) as caught:
        check_shapes(CARD, features(**wrong), CLIPS)
    assert "backbone 'toy-model'" in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_named(value):
    """NaN and infinity in a pooled layer name the layer and the clips that have them, and no others."""
    values = torch.zeros(3, 6)
    check_finite(CARD, 1, values, CLIPS)
    values[0, 5] = values[2, 0] = value
    with pytest.raises(EmobenchError, match=r"layer 'high'\.\nclips: first, third\n"):
        check_finite(CARD, 1, values, CLIPS)
