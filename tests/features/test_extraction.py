"""Is a model loaded as its card says, and are frames pooled without what lies beyond them?"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.backbones import hubert_tiny
from emobench.catalog.contracts import Backbone, FrameFeatures
from emobench.domain.errors import BrokenEnvironment, DataError, EmobenchError
from emobench.domain.plan import BackbonePlan
from emobench.features.extraction import exact_arithmetic, load_backbone
from emobench.features.pooling import mean_over_time
from emobench.testing.toys import MODEL, toy_backbone

CPU = torch.device("cpu")


def plan(card):
    return BackbonePlan(card, {}, "toys 1.0")


def test_random_models_are_the_same_whatever_was_drawn_before():
    """Seeded weights do not depend on the caller's generator, and leave it as it was."""
    backbone = Backbone(hubert_tiny.CARD, load=hubert_tiny.load)
    torch.manual_seed(1)
    first = load_backbone(backbone, plan(hubert_tiny.CARD), CPU)
    drawn = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(3), drawn)
    second = load_backbone(backbone, plan(hubert_tiny.CARD), CPU)
    for mine, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(mine, other)
    assert not first.training
    assert not any(weight.requires_grad for weight in first.parameters())


@pytest.mark.parametrize(
    ("raised", "expected", "hint"),
    [
        (OSError("libtorchaudio.so: undefined symbol"), BrokenEnvironment, "emobench doctor"),
        (ImportError("no module named 'x'"), BrokenEnvironment, "emobench doctor"),
        (KeyError("weight"), EmobenchError, "the plugin of backbone 'toy-model' (toys 1.0)"),
        (DataError("the checkpoint does not fit."), DataError, "does not fit"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told(raised, expected, hint):
    """A broken package names the doctor, a failing plugin its name, and designed errors stay as they are."""

    def load(card, files):
        raise raised

    with pytest.raises(expected) as caught:
        load_backbone(replace(toy_backbone(), load=load), plan(MODEL), CPU)
    assert type(caught.value) is expected
    assert hint in str(caught.value)


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


@given(st.lists(st.integers(1, 7), min_size=1, max_size=4), st.sampled_from([float("nan"), float("inf"), 1e30]))
def test_pooling_ignores_what_lies_beyond(lengths, rubbish):
    """The mean over time is the mean of the valid frames, whatever the padding holds."""
    generator = torch.Generator().manual_seed(len(lengths))
    frames = torch.randn(len(lengths), 7, 3, generator=generator)
    expected = torch.stack([clip[:length].mean(dim=0) for clip, length in zip(frames, lengths, strict=True)])
    for clip, length in zip(frames, lengths, strict=True):
        clip[length:] = rubbish
    pooled = mean_over_time(FrameFeatures((frames,), (torch.tensor(lengths),))).layers[0]
    torch.testing.assert_close(pooled, expected)
    assert pooled.dtype == torch.float32
