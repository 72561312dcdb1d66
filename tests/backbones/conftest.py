"""What do the tests of backbones share? Clips of awkward lengths, and batches of them."""

import pytest
import torch

from emobench.testing.sounds import batch_of as batch_beside


@pytest.fixture
def batch_of():
    """Pads clips (samples,) with zeros to one AudioBatch."""
    return lambda *clips: batch_beside(clips)


@pytest.fixture(scope="session")
def clips():
    """Noise at 16 kHz, each clip with its own level: 25 ms, one sample more than a frame, a third of a second, two."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(n, generator=generator) / (5 + 20 * i) for i, n in enumerate((400, 561, 5_003, 32_007))]
