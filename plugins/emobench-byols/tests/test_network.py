"""Does the network compute BYOL-S, the same for a clip alone and in any batch?"""

import pytest
import torch
from emobench_byols.plugin import CARD, load

from emobench import WeightFiles


def test_agrees_with_a_naive_reference(backbone, batch_of, clips, random_weights, reference):
    """Every layer of every clip, out of one padded batch, is what the paper's code gives for the clip alone."""
    with torch.no_grad():
        features = backbone(batch_of(*clips))
    for row, clip in enumerate(clips):
        for layer, frames, expected in zip(
            features.layers, features.lengths, reference(clip, random_weights), strict=True
        ):
            torch.testing.assert_close(layer[row, : frames[row]], expected, rtol=1e-5, atol=1e-5)


def test_batch_mates_change_nothing(backbone, batch_of, clips):
    """A clip's valid frames are the same alone and beside longer clips, to 1e-5."""
    with torch.no_grad():
        together = backbone(batch_of(*clips))
        for row, clip in enumerate(clips):
            alone = backbone(batch_of(clip))
            for layer, frames, expected in zip(together.layers, together.lengths, alone.layers, strict=True):
                assert frames[row] == expected.shape[1]
                torch.testing.assert_close(layer[row, : frames[row]], expected[0], rtol=1e-5, atol=1e-5)


def test_what_lies_beyond_a_clip_is_not_heard(backbone, batch_of, clips):
    """Padding that is not zero, against the contract, still changes no valid frame: nothing leaks from it."""
    clean = batch_of(clips[1], clips[3])
    loud = batch_of(clips[1], clips[3])
    loud.waveform[0, clean.lengths[0] :] = 1.0
    with torch.no_grad():
        before, after = backbone(clean), backbone(loud)
    for layer, frames, other in zip(before.layers, before.lengths, after.layers, strict=True):
        torch.testing.assert_close(layer[0, : frames[0]], other[0, : frames[0]], rtol=0, atol=0)


def test_gives_the_layers_of_its_card(backbone, batch_of, clips):
    """Widths are the card's, and frames per second are the card's rates within two frames a clip."""
    features = backbone(batch_of(*clips))
    for card, layer, frames in zip(CARD.layers, features.layers, features.lengths, strict=True):
        assert layer.shape[2] == card.width
        assert layer.dtype == torch.float32
        assert all(abs(n - len(clip) / 16_000 * card.hz) < 2 for n, clip in zip(frames, clips, strict=True))


def test_shortest_clip_has_a_frame(backbone, batch_of):
    """A clip of the card's ``min_seconds`` gives at least one frame in every layer."""
    shortest = torch.ones(round(CARD.min_seconds * CARD.sample_rate))
    assert all(frames >= 1 for frames in backbone(batch_of(shortest)).lengths)


def test_silence_is_finite(backbone, batch_of):
    """Digital silence has a logarithm here."""
    assert all(layer.isfinite().all() for layer in backbone(batch_of(torch.zeros(16_000))).layers)


def test_parameters_are_counted(backbone):
    """The card's number of parameters is the network's."""
    assert sum(weight.numel() for weight in backbone.parameters()) == CARD.parameters


def test_places_for_peft_exist(backbone):
    """The dotted names of the card lead to modules, the feed-forward ones to linear layers."""
    assert all(backbone.get_submodule(name) is not None for name in CARD.adapt.front_end)
    assert all(isinstance(backbone.get_submodule(name), torch.nn.Linear) for name in CARD.adapt.feed_forward)


@pytest.mark.shared
def test_published_checkpoint_on_real_speech(shared, batch_of, reference):
    """The published weights give the naive reference's layers on RAVDESS clips, and frames that differ in time."""
    soundfile = pytest.importorskip("soundfile")
    path = next((shared / "weights" / "byol-s").glob("*.pth"))
    files = sorted((shared / "data" / "ravdess").glob("*Speech*/Actor_01/*"))[:3]
    clips = [torch.from_numpy(soundfile.read(file, dtype="float32")[0]) for file in files]
    weights = torch.load(path, weights_only=True)
    with torch.no_grad():
        features = load(CARD, WeightFiles({path.name: path}))(batch_of(*clips))
    for row, clip in enumerate(clips):
        for layer, frames, expected in zip(features.layers, features.lengths, reference(clip, weights), strict=True):
            torch.testing.assert_close(layer[row, : frames[row]], expected, rtol=1e-5, atol=1e-5)
            assert layer[row, : frames[row]].isfinite().all()
            assert layer[row, : frames[row]].std(dim=0).max() > 0.1
