"""Are frames pooled without what lies beyond them?"""

import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.catalog.contracts import FrameFeatures
from emobench.features.pooling import mean_over_time


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
