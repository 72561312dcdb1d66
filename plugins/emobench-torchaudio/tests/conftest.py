"""What do the tests of torchaudio's bundles share? Batches, clips, and tiny models beside transformers' own."""

from dataclasses import dataclass, replace

import pytest
import torch
import transformers
from emobench_torchaudio.states import BundleStates
from torchaudio import pipelines
from torchaudio.models.wav2vec2.utils import import_huggingface_model

from emobench import HiddenStates
from emobench.testing.sounds import batch_of as batch_beside
from emobench.testing.tiny_models import TINY

KINDS = ("wav2vec2", "wav2vec2-stable", "hubert", "hubert-stable", "wavlm", "wavlm-stable")


@dataclass(frozen=True)
class Pair:
    """One tiny random model, twice: as a bundle's model here, and as transformers has it in emobench."""

    ours: BundleStates
    theirs: HiddenStates


@pytest.fixture(scope="session")
def batch_of():
    """Pads clips (samples,) with zeros to one AudioBatch."""
    return lambda *clips: batch_beside(clips)


@pytest.fixture(scope="session")
def clips():
    """Noise with a different level for each length in samples: the shortest allowed, odd ones, a second."""
    generator = torch.Generator().manual_seed(0)
    lengths = (400, 3_003, 9_611, 16_000)
    return [torch.randn(n, generator=generator) / (1 + 3 * i) for i, n in enumerate(lengths)]


@pytest.fixture(scope="session")
def paired():
    """Builds both models of a kind (a key of `TINY`), with norms and biases that do something, as trained ones have."""

    def pair(kind: str) -> Pair:
        model_type, config, _ = TINY[kind]
        with torch.random.fork_rng():
            torch.manual_seed(0)
            theirs = HiddenStates.from_config(
                transformers.AutoConfig.for_model(model_type, **config, layerdrop=0.3), normalise=False
            )
            for name, weight in theirs.named_parameters():
                if "norm" in name or name.endswith("bias"):
                    weight.data += 0.2 * torch.randn(weight.shape)
        model = import_huggingface_model(theirs.model)
        return Pair(BundleStates(model, normalise=False, masks=model_type != "wavlm").eval(), theirs)

    return pair


@pytest.fixture(params=KINDS)
def pair(request, paired):
    """Both models of each kind."""
    return paired(request.param)


@pytest.fixture(params=["HUBERT_BASE", "WAVLM_LARGE"])
def tiny_bundle(request, monkeypatch):
    """A bundle of torchaudio.pipelines with a few small blocks in place of its own; gives its name."""
    bundle = getattr(pipelines, request.param)
    small = {
        "extractor_conv_layer_config": [(16, 10, 5), *[(16, 3, 2)] * 4, *[(16, 2, 2)] * 2],
        "encoder_embed_dim": 32, "encoder_pos_conv_kernel": 16, "encoder_pos_conv_groups": 4, "encoder_num_layers": 3,
        "encoder_num_heads": 4, "encoder_ff_interm_features": 48,
    }  # fmt: skip
    monkeypatch.setattr(pipelines, request.param, replace(bundle, _params={**bundle._params, **small}))
    return request.param
