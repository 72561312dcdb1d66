"""What do the tests of openSMILE share? Batches, clips, and both backbones, loaded once."""

import pytest
import torch
from emobench_opensmile.plugin import COMPARE, EGEMAPS, load

from emobench import WeightFiles
from emobench.testing.sounds import batch_of as batch_beside


@pytest.fixture(scope="session")
def batch_of():
    """Pads clips (samples,) with zeros to one AudioBatch."""
    return lambda *clips: batch_beside(clips)


@pytest.fixture(scope="session")
def clips():
    """Noise below full scale, another level for each length in samples: the shortest allowed, odd ones, a second."""
    generator = torch.Generator().manual_seed(0)
    lengths = (960, 5_003, 11_117, 16_000)
    return [torch.randn(n, generator=generator).clamp(-4, 4) / (5 + 30 * i) for i, n in enumerate(lengths)]


@pytest.fixture(scope="session", params=[EGEMAPS, COMPARE], ids=lambda card: card.name)
def card(request):
    """The card of each feature set."""
    return request.param


@pytest.fixture(scope="session")
def loaded():
    """The modules of both feature sets by name."""
    return {card.name: load(card, WeightFiles()) for card in (EGEMAPS, COMPARE)}


@pytest.fixture
def backbone(card, loaded):
    """The module of a card."""
    return loaded[card.name]
