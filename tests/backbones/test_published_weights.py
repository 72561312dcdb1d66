"""Is an encoder read from the layout in which it is published, old names included, and held against its card?"""

import json

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoModel, HubertConfig, Wav2Vec2Config, WavLMConfig

from emobench.backbones.hidden_states import HiddenStates
from emobench.backbones.published_weights import weight_files
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
    heads |= {"wav2vec2.adapter.layers.0.conv.bias": torch.zeros(2)}  # of no use before the frames are shortened
    files, weights = publish(Wav2Vec2Config(**SMALL), prefix="wav2vec2.", change=heads.items())
    found = HiddenStates.from_pretrained(CARD, files).model.state_dict()
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_the_mask_of_pretraining_may_be_there_or_not(publish):
    """``masked_spec_embed`` is read in training only: a file may hold it unasked, or lack it where it is asked for."""
    for asked, change in ((0.0, {"masked_spec_embed": torch.zeros(32)}), (0.05, {})):
        files, weights = publish(HubertConfig(**SMALL, mask_time_prob=asked), change=change.items())
        if asked:
            save_file(
                {name: weight for name, weight in weights.items() if name != "masked_spec_embed"},
                files.files["model.safetensors"],
            )
        found = HiddenStates.from_pretrained(CARD, files).model.state_dict()
        weights.pop("masked_spec_embed", None)
        assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_a_model_in_several_files_is_put_together(publish):
    """Shards are read together, whatever their number; without one of them its weights are missing by name."""
    files, weights = publish()
    folder, names = files.files["config.json"].parent, sorted(weights)
    files.files["model.safetensors"].unlink()
    for number in range(3):
        part = {name: weights[name].contiguous() for name in names[number::3]}
        save_file(part, folder / f"model-0000{number}-of-00003.safetensors")
    files = WeightFiles({path.name: path for path in folder.iterdir()})
    found = HiddenStates.from_pretrained(CARD, files).model.state_dict()
    assert all(torch.equal(found[name], weights[name]) for name in weights)
    rest = {name: path for name, path in files.files.items() if "00001-of" not in name}
    with pytest.raises(DataError, match=f"missing: {names[1]}"):
        HiddenStates.from_pretrained(CARD, WeightFiles(rest))


def test_safetensors_are_taken_where_both_formats_lie(tmp_path):
    """Of a repository with both formats only the safetensors are weights; without any weights both are named."""
    both = {name: tmp_path / name for name in ("pytorch_model.bin", "model.safetensors", "config.json")}
    assert weight_files(WeightFiles(both)) == (tmp_path / "model.safetensors",)
    assert weight_files(WeightFiles({"pytorch_model.bin": tmp_path})) == (tmp_path,)
    with pytest.raises(DataError, match=r"found: config\.json"):
        weight_files(WeightFiles({"config.json": tmp_path}))


def test_normalises_what_its_preprocessor_normalises(publish):
    """``do_normalize`` is read from the preprocessor, and is on where the preprocessor does not say."""
    files, _ = publish(normalise=True)
    assert HiddenStates.from_pretrained(CARD, files).normalise is True
    files.files["preprocessor_config.json"].write_text("{}")
    assert HiddenStates.from_pretrained(CARD, files).normalise is True
    files, _ = publish(normalise=False)
    assert HiddenStates.from_pretrained(CARD, files).normalise is False


@pytest.mark.parametrize(("normalise", "bias", "said"), [(True, False, True), (True, True, True), (False, True, False)])
def test_a_card_that_says_another_view_of_loudness_is_refused(publish, normalise, bias, said):
    """Normalised clips have lost their level; with biases in the convolutions and no normalising it gets through."""
    files, _ = publish(HubertConfig(**SMALL, conv_bias=bias), normalise=normalise)
    with pytest.raises(DataError, match=f"sees_level: card {said}, files {not said}"):
        HiddenStates.from_pretrained(CARD.model_copy(update={"sees_level": said}), files)


@pytest.mark.parametrize("said", [True, False])
def test_a_norm_behind_a_bias_free_convolution_may_be_called_either(publish, said):
    """Without normalising and without biases only very quiet clips tell their scale: both cards describe that."""
    files, _ = publish(normalise=False)
    assert HiddenStates.from_pretrained(CARD.model_copy(update={"sees_level": said}), files).normalise is False


def test_a_card_that_allows_padding_where_it_leaks_is_refused(publish):
    """A batch norm in front of the positional convolution: the card has to say that batches are of one length."""
    files, _ = publish(HubertConfig(**SMALL, conv_pos_batch_norm=True))
    with pytest.raises(DataError, match="batches: card padded, files equal_length"):
        HiddenStates.from_pretrained(CARD, files)
    honest = CARD.model_copy(update={"batches": "equal_length"})
    assert HiddenStates.from_pretrained(honest, files).pads is False


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
    """What is no wav2vec2-like encoder is not guessed at, and the known ones are told."""
    files, _ = publish()
    (tmp_path / "config.json").write_text('{"model_type": "whisper"}')
    with pytest.raises(DataError, match=r"found model_type 'whisper' in config\.json; known: hubert, wav2vec2"):
        HiddenStates.from_pretrained(CARD, files)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
@pytest.mark.parametrize(
    ("text", "complaint"), [('{"model_type": ', "cannot be read"), ("[1]", "holds no JSON object")]
)
def test_damaged_settings_are_an_error_of_the_data(publish, tmp_path, name, text, complaint):
    """A cut-off download, or something else under the name of the settings, is told with the file's name."""
    files, _ = publish()
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=f"{name} {complaint}"):
        HiddenStates.from_pretrained(CARD, files)


def test_settings_that_transformers_refuses_are_an_error_of_the_data(publish, tmp_path):
    """A configuration from which no model can be built names its kind and what transformers says."""
    files, _ = publish()
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "conv_stride": [5, 2]}))
    with pytest.raises(DataError, match=r"config\.json does not describe a hubert"):
        HiddenStates.from_pretrained(CARD, files)


def test_a_mert_is_read_as_the_hubert_it_is(publish, tmp_path):
    """Under the name of its remote code, and with a prefix, every weight of the HuBERT comes from the file."""
    files, weights = publish(HubertConfig(**SMALL), prefix="hubert.")
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "mert_model", "attention_relax": 32.0}))
    found = HiddenStates.from_pretrained(CARD, files).model.state_dict()
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weights[name]) for name in weights)
