"""Is what enters a first block the same in a batch as alone, and are mistakes told with names?"""

from dataclasses import replace

import pytest
import torch
from torch import nn

from emobench.audio.decode import load_clip
from emobench.audio.pieces import pieces_of
from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import AudioBatch, Entered, FrameFeatures, WeightFiles
from emobench.domain.errors import EmobenchError
from emobench.domain.options import ReadingOptions
from emobench.domain.plan import BackbonePlan
from emobench.features.entering import enter
from emobench.features.extraction import Ear
from emobench.testing.toys import HOP, MODEL


class ToyFrontEnd(nn.Module):
    """Enters with the samples of every 10 ms, above one layer: their spectrum, of which the mean is kept."""

    def enter(self, audio):
        state = audio.waveform.unfold(1, HOP, HOP)
        frames = audio.lengths // HOP
        inside = (torch.arange(state.shape[1]) < frames[:, None])[..., None]
        below = (torch.fft.rfft(state, norm="ortho").abs() * inside).sum(dim=1) / frames[:, None]
        return Entered(state, audio.lengths, frames=frames, below=(below,))

    def resume(self, entered):
        return FrameFeatures((entered.state,), (entered.frames,))


class Gives(ToyFrontEnd):
    """A front end whose answer is changed."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def enter(self, audio):
        return self.change(super().enter(audio))


def ear(module, card=MODEL, precision="fp32", most=10**9):
    return Ear(module, BackbonePlan(card, {}, "toys"), ReadingOptions(), precision, torch.device("cpu"), most)


def alone(module, clip, card):
    """Each piece of a clip, entered by itself in the plainest way."""
    with torch.inference_mode():
        for piece in pieces_of(load_clip(clip, card.sample_rate, ReadingOptions()), card):
            wave = torch.from_numpy(piece)[None]
            yield module.enter(AudioBatch(wave, torch.tensor([wave.shape[1]])))


def near(one, other):
    return one.shape == other.shape and (one - other).norm() <= 1e-5 * other.norm()


@pytest.mark.parametrize(("longest", "most"), [(None, 10**9), (0.1, 10**9), (0.1, 3_000)])
@pytest.mark.parametrize("real", [True, False])
def test_rows_are_those_of_clips_alone(planned, longest, most, real):
    """Batches, padding, pieces and budgets change no row by more than 1e-5, nor order, length or layers below."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles()) if real else ToyFrontEnd()
    card = (hubert_tiny.CARD if real else MODEL).model_copy(update={"longest_seconds": longest})
    told = []
    found = enter(ear(module.eval(), card, most=most), [planned[:3], planned[3:]], told.append)
    assert sorted(told) == [3, len(planned) - 3]
    for clip, rows in zip(planned, found, strict=True):
        for row, truth in zip(rows, alone(module, clip, card), strict=True):
            assert near(row.state, truth.state[:, : int(truth.frames[0])])
            assert torch.equal(row.samples, truth.samples)
            assert all(near(*layers) for layers in zip(row.below, truth.below, strict=True))
    assert (max(map(len, found)) > 1) == (longest is not None)


def test_half_precision_is_stored_in_float32(planned):
    """With bf16 the arithmetic below the entry is bfloat16's, and rows are float32 all the same."""
    torch.manual_seed(0)
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles())
    (((exact,),), ((half,),)) = (
        enter(ear(module, hubert_tiny.CARD, precision), [planned[:1]]) for precision in ("fp32", "bf16")
    )
    assert half.state.dtype == torch.float32
    assert 0 < (half.state - exact.state).norm() < 0.05 * exact.state.norm()


def crash(_):
    raise RuntimeError("out of tune")


def silent(entered):
    entered.state[1] = float("nan")
    return entered


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (crash, "'toy-model' fails on a batch of 2 clips.\nRuntimeError: out of tune"),
        (lambda entered: entered.state, "'toy-model': enter has to return Entered"),
        (lambda entered: replace(entered, state=entered.state[:1]), "does not fit the batch"),
        (lambda entered: replace(entered, state=entered.state[0]), "does not fit the batch"),
        (lambda entered: replace(entered, frames=entered.frames * 2), "does not fit the batch"),
        (lambda entered: replace(entered, frames=entered.frames * 0), "does not fit the batch"),
        (silent, "NaN or infinity below its first block.\nclip: clip-3"),
    ],
)
def test_mistakes_of_modules_are_told_with_their_names(planned, change, message):
    """Whatever a stranger's module does wrong ends in an error that names it, and the clip where one is at fault."""
    with pytest.raises(EmobenchError) as caught:
        enter(ear(Gives(change)), [[planned[2], planned[3]]])
    assert message in str(caught.value)


def test_an_error_with_an_explanation_stays(planned):
    """What a module explains itself is not wrapped."""

    def explain(_):
        raise EmobenchError("takes one length only.")

    with pytest.raises(EmobenchError, match=r"^takes one length only\.$"):
        enter(ear(Gives(explain)), [planned[:1]])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_accelerator_gives_the_rows_of_the_cpu(planned):
    """Entered on a GPU, rows lie on the CPU in float32, in the same order, and differ by 1e-5 at most."""
    torch.manual_seed(0)
    card = hubert_tiny.CARD.model_copy(update={"longest_seconds": 0.1})
    module = hubert_tiny.load(hubert_tiny.CARD, WeightFiles())
    groups = [planned[:3], planned[3:]]
    expected = enter(ear(module, card), groups)
    found = enter(replace(ear(module.cuda(), card), device=torch.device("cuda")), groups)
    for rows, truths in zip(found, expected, strict=True):
        for row, truth in zip(rows, truths, strict=True):
            assert row.state.device.type == row.samples.device.type == "cpu"
            assert near(row.state, truth.state)
