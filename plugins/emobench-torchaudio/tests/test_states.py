"""Does a bundle's model give what transformers and torchaudio give, the same for a clip alone and in any batch?"""

import pytest
import torch
from emobench_torchaudio.states import BundleStates
from torch.nn import functional as F
from torchaudio.models import wav2vec2_model

from emobench import AudioBatch

CLOSE = {"rtol": 1e-5, "atol": 2e-5}


def valid(features):
    """Per layer and clip, the valid frames."""
    return [
        [layer[row, :frames] for row, frames in enumerate(lengths)]
        for layer, lengths in zip(features.layers, features.lengths, strict=True)
    ]


def assert_close(found, expected):
    """All valid frames of all layers agree, and there are as many."""
    for layer, other in zip(valid(found), valid(expected), strict=True):
        for clip, truth in zip(layer, other, strict=True):
            torch.testing.assert_close(clip, truth, **CLOSE)


def test_agrees_with_transformers(pair, batch_of, clips):
    """Every layer of every clip of a padded batch is what transformers' implementation gives from the same weights."""
    with torch.no_grad():
        assert_close(pair.ours(batch_of(*clips)), pair.theirs(batch_of(*clips)))


def test_agrees_with_torchaudio_for_a_clip_alone(pair, clips):
    """Layers 1 to L - 1 are torchaudio's list, and layer L is the output of its encoder."""
    with torch.no_grad():
        for clip in clips:
            features = pair.ours(AudioBatch(clip[None], torch.tensor([len(clip)])))
            between, _ = pair.ours.model.extract_features(clip[None])
            last, _ = pair.ours.model(clip[None])
            for layer, expected in zip(features.layers[1:], [*between[:-1], last], strict=True):
                torch.testing.assert_close(layer, expected, **CLOSE)


def test_batch_mates_change_nothing(pair, batch_of, clips):
    """A clip's valid frames are the same alone and beside longer clips, whatever lies beyond its end."""
    crowded = batch_of(*clips)
    for row, clip in enumerate(clips):
        crowded.waveform[row, len(clip) :] = 1.0
    with torch.no_grad():
        together = valid(pair.ours(crowded))
        for row, clip in enumerate(clips):
            for layer, (expected,) in zip(together, valid(pair.ours(batch_of(clip))), strict=True):
                torch.testing.assert_close(layer[row], expected, **CLOSE)


def test_each_clip_is_normalised_by_itself(paired, batch_of, clips):
    """A bundle that normalises gives every clip the layer norm of its own samples first, beside others, too."""
    model = paired("hubert-stable").ours.model
    normalising, plain = (BundleStates(model, normalise=on, masks=True).eval() for on in (True, False))
    with torch.no_grad():
        found = normalising(batch_of(*(3 * clip + 1 for clip in clips)))
        expected = plain(batch_of(*(F.layer_norm(3 * clip + 1, clip.shape) for clip in clips)))
    assert_close(found, expected)


def test_silence_is_finite(pair, batch_of):
    """Digital silence has numbers, in a model that normalises, too."""
    pair.ours.normalise = True
    assert all(layer.isfinite().all() for layer in pair.ours(batch_of(torch.zeros(800), torch.zeros(3_000))).layers)


def test_half_precision_hears_no_padding(pair, batch_of, clips):
    """Under autocast a clip in a padded batch stays near the same clip alone, as near as bfloat16 is to float32."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        together, alone = valid(pair.ours(batch_of(*clips))), valid(pair.ours(batch_of(clips[1])))
    for layer, (expected,) in zip(together, alone, strict=True):
        assert (layer[1].float() - expected.float()).norm() < 0.05 * expected.float().norm()


def test_training_drops_no_layer(pair, batch_of, clips):
    """In train mode, too, every layer is there: layerdrop is off."""
    plain = len(pair.theirs(batch_of(clips[1])).layers)
    pair.ours.train()
    assert {len(pair.ours(batch_of(clips[1])).layers) for _ in range(20)} == {plain}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_first_layers_are_the_same_without_the_others(pair, batch_of, clips, count):
    """Told to keep some layers it gives these, unchanged, and holds no block above them."""
    with torch.no_grad():
        whole = pair.ours(batch_of(*clips))
        pair.ours.keep_layers(count)
        first = pair.ours(batch_of(*clips))
    assert len(first.layers) == len(first.lengths) == count
    assert all(torch.equal(found, truth) for found, truth in zip(first.layers, whole.layers[:count], strict=True))
    assert len(pair.ours.model.encoder.transformer.layers) == max(1, count - 1)


def test_convolutions_with_other_shapes(batch_of, clips):
    """Frames follow from the convolutions of the model, not from those of the published sizes."""
    shapes = [(8, 20, 10), (8, 5, 4)]
    model = wav2vec2_model("layer_norm", shapes, True, 16, 0.0, 8, 2, 2, 2, 0.0, 16, 0.0, 0.0, False, 0.0, None)
    with torch.no_grad():
        features = BundleStates(model, normalise=False, masks=True).eval()(batch_of(*clips))
    frames = [((len(clip) - 20) // 10 + 1 - 5) // 4 + 1 for clip in clips]
    assert [lengths.tolist() for lengths in features.lengths] == [frames] * 3
