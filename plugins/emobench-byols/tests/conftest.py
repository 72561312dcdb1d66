"""What do the tests of BYOL-S share? Batches, random weights in the published layout, and a naive reference."""

from pathlib import Path

import pytest
import torch
from emobench_byols.plugin import CARD, load, load_random
from torch.nn import functional as F
from torchaudio.transforms import MelSpectrogram

from emobench import WeightFiles
from emobench.testing.sounds import batch_of as batch_beside


@pytest.fixture
def batch_of():
    """Pads clips (samples,) with zeros to one AudioBatch."""
    return lambda *clips: batch_beside(clips)


@pytest.fixture(scope="session")
def clips():
    """Noise with a different level for each length in samples: the shortest allowed, odd frames, a second, two."""
    generator = torch.Generator().manual_seed(0)
    lengths = (1280, 5_003, 16_000, 32_001)
    return [torch.randn(n, generator=generator) / (10 + 30 * i) for i, n in enumerate(lengths)]


@pytest.fixture(scope="session")
def random_weights():
    """A random state dict with batch norms that do something, as a trained one has."""
    torch.manual_seed(0)
    weights = load_random(CARD).state_dict()
    for index in (1, 5, 9):
        weights[f"features.{index}.running_mean"].normal_(0, 0.1)
        weights[f"features.{index}.running_var"].uniform_(0.5, 2)
        weights[f"features.{index}.bias"].normal_(0, 0.1)
    return weights


@pytest.fixture
def published(tmp_path):
    """Saves a state dict as the published checkpoint is saved, and gives it as the core would."""

    def saved(weights: object) -> WeightFiles:
        path = tmp_path / "checkpoint.pth"
        torch.save(weights, path)
        return WeightFiles({path.name: path})

    return saved


@pytest.fixture
def backbone(published, random_weights):
    """BYOL-S with the random weights, read from a file."""
    return load(CARD, published(random_weights))


@pytest.fixture(scope="session")
def reference():
    """A naive BYOL-S for one clip (samples,), straight from the paper's code: five layers (frames, width)."""
    mel = MelSpectrogram(16_000, n_fft=1024, win_length=1024, hop_length=160, n_mels=64, f_min=60, f_max=7800, power=2)

    def layers(clip: torch.Tensor, w: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        x = ((mel(clip[None]) + torch.finfo(torch.float32).eps).log() + 8.8) / 5.2
        x, found = x[None], []
        for conv, norm in ((0, 1), (4, 5), (8, 9)):
            x = F.conv2d(x, w[f"features.{conv}.weight"], w[f"features.{conv}.bias"], padding=1)
            moments = (w[f"features.{norm}.running_mean"], w[f"features.{norm}.running_var"])
            x = F.batch_norm(x, *moments, w[f"features.{norm}.weight"], w[f"features.{norm}.bias"])
            x = F.max_pool2d(F.relu(x), 2)
            found.append(torch.stack([x[0, :, :, t].T.reshape(-1) for t in range(x.shape[3])]))
        for linear in (0, 3):
            found.append(F.relu(F.linear(found[-1], w[f"fc.{linear}.weight"], w[f"fc.{linear}.bias"])))
        return found

    return layers


@pytest.fixture(scope="session")
def shared():
    """The folder with real audio and weights beside the project; the test is skipped where it is missing."""
    folder = Path(__file__).parents[4] / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    return folder
