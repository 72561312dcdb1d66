"""Are hidden states those of transformers clip by clip, all of them, whatever else is in the batch?"""

import pytest
import torch
from transformers import AutoModel, HubertConfig, Wav2Vec2Config, WavLMConfig

from emobench.backbones.hidden_states import HiddenStates
from emobench.domain.errors import DataError, EmobenchError

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
# A base model (group norm over time) and a large one (layer norm, blocks with the norm first) of each family.
LARGE = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
CONFIGS = [family(**SMALL, **shape) for family in (HubertConfig, Wav2Vec2Config, WavLMConfig) for shape in ({}, LARGE)]


@pytest.fixture(params=CONFIGS, ids=lambda config: f"{config.model_type}-{config.feat_extract_norm}")
def config(request):
    """The configuration of a small encoder, as transformers fills it in: layerdrop and SpecAugment on."""
    assert request.param.layerdrop > 0
    assert request.param.mask_time_prob > 0
    return request.param


def built(config, *, normalise=False):
    """A seeded random encoder; norms get weights that differ from 1 and 0, as trained ones have."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        backbone = HiddenStates.from_config(config, normalise=normalise)
        for name, weight in backbone.named_parameters():
            if "norm" in name:
                torch.nn.init.normal_(weight, mean=float(name.endswith("weight")), std=0.2)
    return backbone


def plain(backbone):
    """The class of transformers itself with the same weights, and none of our changes."""
    model = AutoModel.from_config(backbone.model.config).eval()
    model.load_state_dict(backbone.model.state_dict())
    return model


def test_padded_batch_agrees_with_transformers_clip_by_clip(config, batch_of, clips):
    """Every layer of every clip is what transformers gives for that clip alone, to 1e-5 of its size."""
    backbone = built(config)
    reference = plain(backbone)
    with torch.no_grad():
        features = backbone(batch_of(*clips))
        for row, clip in enumerate(clips):
            alone = reference(clip[None], output_hidden_states=True)
            expected = (*alone.hidden_states[:-1], alone.last_hidden_state)
            for layer, frames, truth in zip(features.layers, features.lengths, expected, strict=True):
                assert frames[row] == truth.shape[1]
                assert (layer[row, : frames[row]] - truth[0]).norm() <= 1e-5 * truth.norm()


def test_plain_padding_would_be_wrong(batch_of, clips):
    """The masks are needed: a group-norm encoder of transformers, attention mask given, is off by more than 10 %."""
    backbone = built(CONFIGS[0])
    audio = batch_of(clips[2], clips[3])
    mask = (torch.arange(audio.waveform.shape[1]) < audio.lengths[:, None]).long()
    with torch.no_grad():
        naive = plain(backbone)(audio.waveform, attention_mask=mask).last_hidden_state[0, :15].mean(dim=0)
        exact = backbone(audio).layers[-1][0, :15].mean(dim=0)
    assert (naive - exact).norm() > 0.1 * exact.norm()


def test_gives_all_layers_in_train_mode_too(config, batch_of, clips):
    """Layerdrop and SpecAugment are off: as many layers as in eval mode, over many draws."""
    backbone = built(config)
    counts = set()
    for mode in (False, True):
        backbone.train(mode)
        counts |= {len(backbone(batch_of(*clips[1:3])).layers) for _ in range(8)}
    assert counts == {config.num_hidden_layers + 1}


def test_a_lost_layer_is_an_error(batch_of, clips):
    """A model that drops a hidden state after all is refused, with the numbers."""
    backbone = built(CONFIGS[0])
    backbone.model.config.layerdrop = 1.0
    with pytest.raises(EmobenchError, match="gave 1 hidden states instead of 4"):
        backbone.train()(batch_of(clips[2]))


def test_last_layer_is_after_the_final_norm(batch_of, clips):
    """Layer L of a stable-layer-norm model is ``last_hidden_state``, which ``hidden_states[-1]`` is not."""
    backbone = built(CONFIGS[1])
    with torch.no_grad():
        layer = backbone(batch_of(clips[2])).layers[-1]
        states = plain(backbone)(clips[2][None], output_hidden_states=True)
    torch.testing.assert_close(layer, states.last_hidden_state)
    assert (layer - states.hidden_states[-1]).norm() > 0.1 * layer.norm()


def test_normalises_as_the_preprocessor_does(batch_of, clips):
    """With ``normalise``, features are those of the clip made zero mean and unit variance by hand, beside any mate."""
    loud = [10 * clip + 0.3 for clip in clips[1:]]
    by_hand = [(clip - clip.mean()) / (clip.var(correction=0) + 1e-7).sqrt() for clip in loud]
    with torch.no_grad():
        found = built(CONFIGS[0], normalise=True)(batch_of(*loud))
        expected = built(CONFIGS[0])(batch_of(*by_hand))
    for row, frames in enumerate(found.lengths[0].tolist()):
        torch.testing.assert_close(
            found.layers[-1][row, :frames], expected.layers[-1][row, :frames], atol=1e-4, rtol=1e-4
        )


def test_leaves_the_given_config_alone(config):
    """Settling layerdrop and SpecAugment happens in a copy."""
    before = config.to_dict()
    built(config)
    assert config.to_dict() == before


def test_refuses_what_it_cannot_keep_exact():
    """A batch norm before the positional convolution would let padding in, and the error says so."""
    with pytest.raises(DataError, match="conv_pos_batch_norm"):
        HiddenStates.from_config(HubertConfig(**SMALL, conv_pos_batch_norm=True), normalise=True)
