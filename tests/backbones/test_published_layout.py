"""Is an encoder read from the layout in which it is published, old names included, and held against its card?"""

import json

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoModel, HubertConfig, Wav2Vec2Config, WavLMConfig

from emobench.backbones.hidden_states import HiddenStates
from emobench.catalog.contracts import WeightFiles
from emobench.domain.cards import BackboneCard, Layers
from emobench.domain.errors import DataError

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
CARD = BackboneCard(
    name="small", pretrained_on="speech", licence="MIT", paper="https://example.org", sample_rate=16_000,
    layers=Layers.uniform(3, width=32, hz=50), sees_level=False,
)  # fmt: skip


@pytest.fixture
def publish(tmp_path):
    """Writes an encoder to a folder as the Hub has it, and gives its files and its state dict."""

    def published(config=None, *, old_names=False, prefix="", normalise=True, change=()):
        config = config or HubertConfig(**SMALL)
        torch.manual_seed(3)
        weights = AutoModel.from_config(config).state_dict()
        state = {prefix + (name if not old_names else as_of_old(name)): weight for name, weight in weights.items()}
        state.update(dict(change))
        if old_names:
            torch.save(state, tmp_path / "pytorch_model.bin")
        else:
            save_file(state, tmp_path / "model.safetensors")
        (tmp_path / "config.json").write_text(config.to_json_string())
        (tmp_path / "preprocessor_config.json").write_text(json.dumps({"do_normalize": normalise}))
        return WeightFiles({path.name: path for path in tmp_path.iterdir()}), weights

    return published


def as_of_old(name):
    """The name that fairseq and transformers 4 gave to the weight norm of the positional convolution."""
    return name.replace("parametrizations.weight.original0", "weight_g").replace(
        "parametrizations.weight.original1", "weight_v"
    )


@pytest.mark.parametrize("family", [HubertConfig, Wav2Vec2Config, WavLMConfig], ids=lambda family: family.model_type)
@pytest.mark.parametrize("old_names", [False, True], ids=["safetensors", "bin with old names"])
def test_every_weight_comes_from_the_file(publish, family, old_names):
    """No weight is left random, the positional convolution's least of all; the backbone is in eval mode."""
    files, weights = publish(family(**SMALL), old_names=old_names)
    backbone = HiddenStates.from_pretrained(CARD, files)
    found = backbone.model.state_dict()
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weights[name]) for name in weights)
    assert not any(module.training for module in backbone.modules())


def test_heads_of_pretraining_are_left_out(publish):
    """A wav2vec 2.0 published with its pretraining head, and its name before every weight, is the encoder in it."""
    heads = {"quantizer.codevectors": torch.zeros(3), "project_hid.weight": torch.zeros(2)}
    files, weights = publish(Wav2Vec2Config(**SMALL), prefix="wav2vec2.", change=heads.items())
    found = HiddenStates.from_pretrained(CARD, files).model.state_dict()
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_normalises_what_its_preprocessor_normalises(publish):
    """``do_normalize`` is read from the preprocessor, and the card must say the same about level."""
    files, _ = publish(normalise=True)
    assert HiddenStates.from_pretrained(CARD, files).normalise is True
    files, _ = publish(normalise=False)
    with pytest.raises(DataError, match="sees_level: card False, files True"):
        HiddenStates.from_pretrained(CARD, files)


def test_a_card_with_other_layers_is_refused(publish):
    """Number and width of the layers are compared before any weight is read."""
    files, _ = publish(HubertConfig(**SMALL | {"num_hidden_layers": 1, "hidden_size": 64}))
    with pytest.raises(DataError, match="layers: card 3, files 2\nwidth: card 32, files 64"):
        HiddenStates.from_pretrained(CARD, files)


def test_a_missing_weight_is_named(publish):
    """A positional convolution that is not in the file would have stayed random."""
    files, _ = publish(change={"encoder.pos_conv_embed.conv.weight_x": torch.zeros(2)}.items())
    with pytest.raises(DataError, match=r"unexpected: encoder\.pos_conv_embed\.conv\.weight_x"):
        HiddenStates.from_pretrained(CARD, files)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(publish, name):
    """Each of the three files is needed."""
    files, _ = publish()
    rest = {other: path for other, path in files.files.items() if other != name}
    with pytest.raises(DataError, match=f"{name}.* is missing from the model's files"):
        HiddenStates.from_pretrained(CARD, WeightFiles(rest))


def test_an_unknown_family_is_named(publish, tmp_path):
    """What is not wav2vec 2.0, HuBERT or WavLM is not guessed at."""
    files, _ = publish()
    (tmp_path / "config.json").write_text('{"model_type": "mert_model"}')
    with pytest.raises(DataError, match="found model_type 'mert_model'"):
        HiddenStates.from_pretrained(CARD, files)


def test_damaged_settings_are_an_error_of_the_data(publish, tmp_path):
    """A cut-off download of config.json."""
    files, _ = publish()
    (tmp_path / "config.json").write_text('{"model_type": ')
    with pytest.raises(DataError, match=r"config\.json cannot be read"):
        HiddenStates.from_pretrained(CARD, files)
