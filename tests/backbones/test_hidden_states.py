"""Are hidden states those of transformers clip by clip, all of them, whatever else is in the batch?"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from transformers import AutoModel, Data2VecAudioConfig, HubertConfig, SEWConfig, Wav2Vec2Config, WavLMConfig

from emobench.backbones.hidden_states import HiddenStates
from emobench.domain.errors import EmobenchError

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
# A layer norm in every convolution, and a stack of positional convolutions.
CONFIGS += [Data2VecAudioConfig(**{**SMALL, "num_conv_pos_embeddings": 3})]


@pytest.fixture(params=CONFIGS, ids=lambda config: f"{config.model_type}-{config.to_dict().get('feat_extract_norm')}")
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
    with pytest.raises(EmobenchError, match="gave 0 hidden states instead of 4"):
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


BATCH_NORM = HubertConfig(**SMALL, conv_pos_batch_norm=True)
SQUEEZED = SEWConfig(**{**SMALL, "conv_dim": (16,) * 13})
LEAKING = pytest.mark.parametrize("leaking", [BATCH_NORM, SQUEEZED], ids=["conv_pos_batch_norm", "sew"])


@LEAKING
def test_refuses_padding_that_it_cannot_keep_out(leaking, batch_of, clips):
    """Where padding reaches a clip's frames, a padded batch is refused, and the error says what the card has to say."""
    with pytest.raises(EmobenchError, match="batches='equal_length'"):
        built(leaking)(batch_of(*clips[2:]))


@LEAKING
def test_batches_of_one_length_are_exact_where_padding_leaks(leaking, batch_of, clips):
    """Every layer of every clip is what transformers gives for it alone, in a batch of clips that are equally long."""
    backbone, same = built(leaking), [clips[2], clips[3][: len(clips[2])], clips[3][-len(clips[2]) :]]
    reference = plain(backbone)
    with torch.no_grad():
        features = backbone(batch_of(*same))
        for row, clip in enumerate(same):
            alone = reference(clip[None], output_hidden_states=True)
            expected = (*alone.hidden_states[:-1], alone.last_hidden_state)
            for layer, frames, truth in zip(features.layers, features.lengths, expected, strict=True):
                assert frames[row] == layer.shape[1] == truth.shape[1]
                assert (layer[row] - truth[0]).norm() <= 1e-5 * truth.norm()


def test_an_adapter_is_not_built(batch_of, clips):
    """The stage that shortens frames for a decoder is no part of a backbone: layer L is what enters it."""
    with_adapter = Wav2Vec2Config(**SMALL, add_adapter=True)
    backbone = built(with_adapter)
    assert not [name for name, _ in backbone.named_modules() if "adapter" in name]
    with torch.no_grad():
        features = backbone(batch_of(clips[2]))
    assert {layer.shape for layer in features.layers} == {(1, 15, 32)}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_fewer_layers_are_the_first_of_all(config, batch_of, clips, count):
    """Told to keep ``count`` layers, an encoder gives the bytes of the first ones and forgets the blocks above."""
    whole, short, heard = built(config), built(config), []
    short.keep_layers(count)
    for number, block in enumerate(short.model.encoder.layers):
        block.register_forward_pre_hook(lambda *_, number=number: heard.append(number))
    with torch.no_grad():
        expected, found = whole(batch_of(*clips)), short(batch_of(*clips))
    assert len(found.layers) == len(found.lengths) == count
    assert all(torch.equal(mine, all_) for mine, all_ in zip(found.layers, expected.layers, strict=False))
    assert all(torch.equal(mine, all_) for mine, all_ in zip(found.lengths, expected.lengths, strict=False))
    assert len(short.model.encoder.layers) == max(1, count - 1)
    assert heard == list(range(count - 1))


def test_threads_may_pass_through_at_once(config, batch_of, clips):
    """Two batches inside the same encoder at the same moment give the bytes that each gives alone."""
    backbone = built(config)
    batches = [batch_of(*clips[:3]), batch_of(*clips[1:])]
    inside = threading.Barrier(2)

    def hear(audio):
        with torch.no_grad():
            return backbone(audio).layers

    def meet(*_):
        inside.wait(30)

    expected = [hear(audio) for audio in batches]
    backbone.model.encoder.layers[1].register_forward_pre_hook(meet)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(hear, batches))
    for mine, alone in zip(found, expected, strict=True):
        assert all(torch.equal(one, other) for one, other in zip(mine, alone, strict=True))
