"""Does every clip pass through a model once, whole, in exact arithmetic, however long it is?"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from emobench.audio.decode import load_clip
from emobench.audio.pieces import bounds_of_pieces
from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import FrameFeatures, WeightFiles
from emobench.domain.cards import BackboneCard, Layers
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features.extraction import Ear, exact_arithmetic, extract
from emobench.features.turns import load_group

CPU = torch.device("cpu")
READING = ReadingOptions()
LENGTHS = (1_000, 400, 3_199, 2_400, 7_199, 1_000, 2_401, 30)  # of the fixture `planned`
HOPS = (160, 400)


def card(**fields):
    layers = Layers.named(fine=(2, 100), coarse=(3, 40))
    return BackboneCard(
        **{
            "name": "listener", "pretrained_on": "nothing", "licence": "MIT", "paper": "none", "sample_rate": 16_000,
            "layers": layers, "min_seconds": 400 / 16_000, **fields,
        }
    )  # fmt: skip


class Listener(nn.Module):
    """Two layers with frames of their own, as CNNs have: powers of the mean size of 160 samples, and of 400."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def forward(self, audio):
        self.heard.append((tuple(audio.waveform.shape), audio.lengths.tolist()))
        layers = []
        for hop, layer in zip(HOPS, (2, 3), strict=True):
            size = audio.waveform.unfold(1, hop, hop).abs().mean(dim=-1, keepdim=True)
            layers.append(torch.cat([size**power for power in range(1, layer + 1)], dim=-1))
        return FrameFeatures(tuple(layers), tuple(audio.lengths // hop for hop in HOPS))


def naive_frames(piece):
    """The frames of a Listener for one piece (samples,), per layer (frames, width), in numpy."""
    layers = []
    for hop, width in zip(HOPS, (2, 3), strict=True):
        sizes = [np.abs(piece[start : start + hop]).mean() for start in range(0, len(piece) - hop + 1, hop)]
        layers.append(np.array([[size**power for power in range(1, width + 1)] for size in sizes]))
    return layers


def ear(module, its_card, most=10**9, precision="fp32"):
    return Ear(module, BackbonePlan(its_card, {}, "toys 1.0"), READING, precision, CPU, most)


def nothing(_):
    """Progress that nobody watches."""


@pytest.mark.parametrize("limits", [{"longest_seconds": 0.15}, {"window_seconds": 0.15}], ids=["longest", "window"])
@pytest.mark.parametrize("together", [1, 3, 8])
def test_a_long_clip_is_the_mean_over_the_frames_of_its_pieces(planned, limits, together):
    """Every layer weighs pieces by its own valid frames: the mean of all frames of all pieces, whoever is beside."""
    uneven = set()
    module, longest = Listener(), 2_400
    groups = [planned[first : first + together] for first in range(0, len(planned), together)]
    found = extract(ear(module, card(**limits)), groups, nothing)
    for row, clip in enumerate(planned):
        wave = load_clip(clip, 16_000, READING)
        wave = np.concatenate([wave, np.zeros(max(0, 400 - len(wave)), np.float32)])
        pieces = [wave[first:last] for first, last in bounds_of_pieces(len(wave), longest)]
        for layer, frames in enumerate(zip(*map(naive_frames, pieces), strict=True)):
            uneven |= {layer} if len({len(part) for part in frames}) > 1 else set()
            np.testing.assert_allclose(found[layer][row], np.concatenate(frames).mean(axis=0), rtol=1e-5)
    assert uneven == {0, 1}, "pieces with other numbers of frames are among the clips, or this would prove little"
    assert max(shape[1] for shape, _ in module.heard) <= longest
    assert sum(len(lengths) for _, lengths in module.heard) == sum(
        -(-max(400, length) // longest) for length in LENGTHS
    )


def test_whole_clips_are_pooled_as_they_are(planned):
    """Without a longest input no clip is cut, and each layer is the mean over the frames of the clip."""
    module = Listener()
    found = extract(ear(module, card()), [planned[2:5]], nothing)
    assert module.heard == [((3, 7_199), [3_199, 2_400, 7_199])]
    for row, clip in enumerate(planned[2:5]):
        for layer, frames in enumerate(naive_frames(load_clip(clip, 16_000, READING))):
            np.testing.assert_allclose(found[layer][row], frames.mean(axis=0), rtol=1e-5)
    assert [(values.dtype, values.flags.c_contiguous) for values in found] == [(np.float32, True)] * 2


@pytest.mark.parametrize("most", [1, 2_500, 5_000, 12_000, 10**9])
@pytest.mark.parametrize("limits", [{}, {"longest_seconds": 0.1}, {"batches": "equal_length"}], ids=str)
def test_no_more_samples_go_through_at_once_than_are_allowed(planned, most, limits):
    """Rows times longest piece, padding included, stay within the limit unless it is one piece; none is lost."""
    heard = load_group(ear(Listener(), card(**limits), most), planned)
    assert all(len(batch.lengths) == 1 or batch.waveform.numel() <= most for batch in heard.batches)
    found = [row[:length] for batch in heard.batches for row, length in zip(batch.waveform, batch.lengths, strict=True)]
    whole = torch.cat(found)
    expected = [load_clip(clip, 16_000, READING) for clip in planned]
    expected[-1] = np.pad(expected[-1], (0, 400 - 30))
    assert np.array_equal(whole.numpy(), np.concatenate(expected))
    assert sum(heard.pieces) == len(found)
    assert heard.names() == [name for name, n in zip(heard.clips, heard.pieces, strict=True) for _ in range(n)]


def test_what_fits_goes_through_together(planned):
    """A group within the limit is one batch, and one sample less of a limit makes it two."""
    together = 3 * max(LENGTHS[2:5])
    assert len(load_group(ear(Listener(), card(), together), planned[2:5]).batches) == 1
    assert len(load_group(ear(Listener(), card(), together - 1), planned[2:5]).batches) == 2


def test_a_windowed_model_is_charged_whole_windows(planned):
    """With room for two windows, no more than two pieces go through together, however short they are."""
    heard = load_group(ear(Listener(), card(window_seconds=0.5), most=16_000), [planned[0]] * 5)
    assert [len(batch.lengths) for batch in heard.batches] == [2, 2, 1]


def test_equal_length_models_hear_no_padding(planned):
    """Pieces of another length begin a batch of their own; neighbours of one length share one."""
    clips = [planned[0], planned[5], planned[3], planned[1], planned[7]]
    heard = load_group(ear(Listener(), card(batches="equal_length")), clips)
    assert [batch.lengths.tolist() for batch in heard.batches] == [[1_000, 1_000], [2_400], [400, 400]]
    assert all((batch.lengths == batch.waveform.shape[1]).all() for batch in heard.batches)


def test_bf16_gives_float32_that_is_close(planned):
    """Features in bfloat16 are stored in float32, finite, within a few percent of the exact ones, and not the same."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles())
    exact = extract(ear(module, hubert_tiny.CARD), [planned], nothing)
    half = extract(ear(module, hubert_tiny.CARD, precision="bf16"), [planned], nothing)
    for values, truth in zip(half, exact, strict=True):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert 0 < np.linalg.norm(values - truth) < 0.1 * np.linalg.norm(truth)


def test_a_model_that_cannot_stop_early_is_cut(planned):
    """Where the plan wants fewer layers than a module gives, the first ones are taken, the same as in the whole."""
    whole = extract(ear(Listener(), card()), [planned], nothing)
    first = card(layers=card().layers[:1])
    plan = BackbonePlan(first, {}, "toys 1.0", {}, card())
    (found,) = extract(replace(ear(Listener(), card()), plan=plan), [planned], nothing)
    assert np.array_equal(found, whole[0])


def test_exact_arithmetic_gives_back_what_was_set():
    """Inside float32 is not reduced; afterwards the caller's setting is back, even after an error."""
    torch.set_float32_matmul_precision("high")
    try:
        with exact_arithmetic():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "high"
        with pytest.raises(ZeroDivisionError), exact_arithmetic():
            raise ZeroDivisionError
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
