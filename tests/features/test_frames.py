"""Are the frames that stand for a clip evenly spaced over all it has, whoever is beside it and however it was cut?"""

import doctest
from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from emobench.audio.decode import load_clip
from emobench.audio.pieces import bounds_of_pieces
from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import AudioBatch, FrameFeatures, WeightFiles
from emobench.domain.cards import BackboneCard, Layers
from emobench.domain.errors import EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features import frames
from emobench.features.extraction import Ear, extract
from emobench.features.frames import evenly_spaced, joined

READING = ReadingOptions()
MOST = 16
SHORTEST = 400  # samples that the model needs
HOPS, WIDTHS = (100, 320, None), (2, 3, 1)  # None: one frame a clip


def card(**fields):
    layers = Layers.named(fine=(2, 160), coarse=(3, 50), only=(1, 0))
    return BackboneCard(
        **{
            "name": "echo", "pretrained_on": "nothing", "licence": "MIT", "paper": "none", "sample_rate": 16_000,
            "layers": layers, "min_seconds": SHORTEST / 16_000, **fields,
        }
    )  # fmt: skip


class Echo(nn.Module):
    """Every frame is the first samples of its stretch; a last layer has one frame, the first sample of all."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def forward(self, audio):
        self.heard.append(audio.lengths.tolist())
        layers, lengths = [], []
        for hop, width in zip(HOPS, WIDTHS, strict=True):
            whole = audio.waveform.shape[1] if hop is None else hop
            layers.append(audio.waveform.unfold(1, whole, whole)[..., :width].clone())
            lengths.append(torch.ones_like(audio.lengths) if hop is None else audio.lengths // hop)
        return FrameFeatures(tuple(layers), tuple(lengths))


def ear(module, its_card, most_samples=10**9, precision="fp32", most=MOST):
    plan = BackbonePlan(its_card, {}, "toys 1.0")
    return Ear(module, plan, READING, precision, torch.device("cpu"), most_samples, most)


def nothing(_):
    """Progress that nobody watches."""


def naive_choice(clip_frames, most):
    """Frames (frames, width) of one clip chosen by the formula, one at a time, with NaN for those it lacks."""
    chosen = np.full((most, clip_frames.shape[1]), np.nan, np.float32)
    count = min(most, len(clip_frames))
    for place in range(count):
        chosen[place] = clip_frames[floor((place + Fraction(1, 2)) * len(clip_frames) / count)]
    return chosen.reshape(-1)


def naive(module, planned, longest, most=MOST):
    """The frames of one clip, per layer: the model hears its pieces alone, and all their frames stand in a row."""
    wave = load_clip(planned, 16_000, READING)
    wave = np.concatenate([wave, np.zeros(max(0, SHORTEST - len(wave)), np.float32)])
    said = []
    for first, last in bounds_of_pieces(len(wave), longest):
        alone = AudioBatch(torch.from_numpy(wave[first:last])[None], torch.tensor([last - first]))
        features = module(alone)
        said.append([layer[0, : int(own[0])] for layer, own in zip(features.layers, features.lengths, strict=True)])
    return [naive_choice(np.concatenate(layer), most) for layer in zip(*said, strict=True)]


def same(found, expected):
    """Whether both hold the same numbers, and NaN in the same places."""
    return found.dtype == np.float32 and np.array_equal(found, np.stack(expected), equal_nan=True)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.integers(1, 20),
    st.sampled_from([float("nan"), float("inf"), 1e30]),
)
def test_chosen_frames_are_those_of_the_formula(lengths, most, rubbish):
    """Frame i of k is that at floor((i + 1/2) L / k) for every length, and what lies beyond it is never taken."""
    layer = torch.arange(len(lengths) * 60 * 2, dtype=torch.float32).reshape(len(lengths), 60, 2)
    expected = [naive_choice(clip[:length].numpy(), most) for clip, length in zip(layer, lengths, strict=True)]
    for clip, length in zip(layer, lengths, strict=True):
        clip[length:] = rubbish
    chosen = evenly_spaced(FrameFeatures((layer,), (torch.tensor(lengths),)), most)
    assert same(chosen.layers[0].numpy(), expected)


def test_the_example_holds():
    """The example in the docstring gives the digits that it shows."""
    outcome = doctest.testmod(frames)
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)


@pytest.mark.parametrize("together", [1, 3, 8])
def test_clips_in_padded_batches_keep_their_own_frames(planned, together):
    """Beside others, each clip has the frames that it has alone: of all of it, and of nothing but it."""
    module = Echo()
    groups = [planned[first : first + together] for first in range(0, len(planned), together)]
    found = extract(ear(module, card()), groups, nothing)
    assert max(map(len, module.heard)) == together
    expected = [naive(module, clip, None) for clip in planned]
    for values, layer in zip(found, zip(*expected, strict=True), strict=True):
        assert same(values, layer)
    kept = [np.isfinite(values[:, ::width]).sum(axis=1).tolist() for values, width in zip(found, WIDTHS, strict=True)]
    # Samples: 1000, 400, 3199, 2400, 7199, 1000, 2401 and 30, which is heard as 400.
    assert kept == [[10, 4, 16, 16, 16, 10, 16, 4], [3, 1, 9, 7, 16, 3, 7, 1], [1] * 8]


@pytest.mark.parametrize("most_samples", [1, 5_000, 10**9])
@pytest.mark.parametrize("together", [1, 3, 8])
def test_pieces_of_a_clip_count_as_one_sequence(planned, together, most_samples):
    """Of a clip that is cut, frames are chosen from those of all pieces in order, whichever batches they went in."""
    module = Echo()
    groups = [planned[first : first + together] for first in range(0, len(planned), together)]
    found = extract(ear(module, card(longest_seconds=0.07), most_samples), groups, nothing)
    assert max(map(max, module.heard)) <= 1_120
    expected = [naive(module, clip, 1_120) for clip in planned]
    for values, layer in zip(found, zip(*expected, strict=True), strict=True):
        assert same(values, layer)
    assert np.isfinite(found[2]).sum(axis=1).tolist() == [1, 1, 3, 3, 7, 1, 3, 1], "one frame a piece"


@pytest.mark.parametrize("most", [1, 5])
def test_so_many_frames_are_kept_as_are_asked_for(planned, most):
    """Another number of frames is another width of what is kept; one frame is the middle one."""
    module = Echo()
    found = extract(ear(module, card(), most=most), [planned], nothing)
    assert [values.shape for values in found] == [(len(planned), most * width) for width in WIDTHS]
    expected = [naive(module, clip, None, most) for clip in planned]
    for values, layer in zip(found, zip(*expected, strict=True), strict=True):
        assert same(values, layer)


def test_no_more_is_held_than_the_clip_that_is_not_complete():
    """A clip is handed on before the model is asked for a batch that holds nothing of it."""
    asked = []

    def batches():
        for number in range(3):
            asked.append(number)
            layer = torch.full((2, 4, 1), float(number))
            yield FrameFeatures((layer,), (torch.tensor([3, 2]),))

    clips = joined(batches(), (1, 2, 3))
    expected = [([0, 0, 0], [0]), ([0, 0, 1, 1, 1], [0, 1]), ([1, 1, 2, 2, 2, 2, 2], [0, 1, 2])]
    for numbers, so_far in expected:
        clip = next(clips)
        assert clip.layers[0].flatten().tolist() == numbers
        assert clip.lengths[0].tolist() == [len(numbers)]
        assert asked == so_far


class Spoiled(Echo):
    """An echo with NaN or infinity in every frame of the padding, and in frame ``spoiled`` of each long clip."""

    def __init__(self, value, spoiled=None):
        super().__init__()
        self.value, self.spoiled = value, spoiled

    def forward(self, audio):
        features = super().forward(audio)
        for frames_of_row, valid in zip(features.layers[0], features.lengths[0].tolist(), strict=True):
            frames_of_row[valid:] = self.value
            if self.spoiled is not None and valid == 71:
                frames_of_row[self.spoiled] = self.value
        return features


@pytest.mark.parametrize("longest", [None, 0.07])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_lies_in_the_padding_is_nobodys_fault(planned, longest, value):
    """NaN and infinity beyond a clip's length, or beyond a piece's, are neither kept nor refused."""
    found = extract(ear(Spoiled(value), card(longest_seconds=longest)), [planned], nothing)
    clean = extract(ear(Echo(), card(longest_seconds=longest)), [planned], nothing)
    for values, truth in zip(found, clean, strict=True):
        assert np.array_equal(values, truth, equal_nan=True)


@pytest.mark.parametrize("spoiled", [2, 3], ids=["chosen", "not chosen"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(planned, spoiled, value):
    """NaN or infinity of the model in any frame of a clip, chosen or not, names the layer and that clip alone."""
    assert [floor((place + 0.5) * 71 / MOST) for place in range(2)] == [2, 6]
    with pytest.raises(EmobenchError, match=r"NaN or infinity in layer 'fine'\.\nclips: clip-4\n"):
        extract(ear(Spoiled(value, spoiled), card()), [planned[3:6]], nothing)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_threads_change_no_bit_of_frames(planned, threads, precision):
    """A model that allows it is heard by several threads at once, and its frames are the same bytes, in order."""
    its_card = hubert_tiny.CARD.model_copy(update={"reentrant": True, "longest_seconds": 0.2})
    torch.manual_seed(0)
    listener = ear(hubert_tiny.load(hubert_tiny.CARD, WeightFiles()), its_card, precision=precision)
    groups, found = [planned[:2], *([clip] for clip in planned[2:])], []
    for count in (1, 3):
        threads(count)
        found.append([values.tobytes() for values in extract(listener, groups, nothing)])
    assert found[0] == found[1]


def test_frames_in_half_precision_are_stored_in_float32(planned):
    """In bfloat16 the same frames are kept, finite, near the exact ones, and not the same."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles())
    exact = extract(ear(module, hubert_tiny.CARD), [planned], nothing)
    half = extract(ear(module, hubert_tiny.CARD, precision="bf16"), [planned], nothing)
    for values, truth in zip(half, exact, strict=True):
        assert values.dtype == np.float32
        assert np.array_equal(np.isfinite(values), np.isfinite(truth))
        assert 0 < np.linalg.norm(np.nan_to_num(values - truth)) < 0.2 * np.linalg.norm(np.nan_to_num(truth))


def test_the_first_layers_of_a_model_have_the_same_frames(planned):
    """Where the plan wants fewer layers than a module gives, their frames are those of the whole model."""
    whole = extract(ear(Echo(), card()), [planned], nothing)
    plan = BackbonePlan(card(layers=card().layers[:1]), {}, "toys 1.0", {}, card())
    (found,) = extract(replace(ear(Echo(), card()), plan=plan), [planned], nothing)
    assert np.array_equal(found, whole[0], equal_nan=True)
