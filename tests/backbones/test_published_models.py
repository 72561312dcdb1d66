"""Are the named models what their cards say, and is nothing loaded that does not account for every weight?"""

import json
import pickle
import re

import pytest
import torch
import torchaudio.compliance.kaldi  # noqa: F401 - makes a tensor when it is imported, which must not be a meta one
import transformers
from safetensors.torch import load_file, save_file
from tiny_families import catalog, loaded

from emobench.catalog.contracts import AudioBatch, WeightFiles
from emobench.catalog.families import Settings
from emobench.domain.errors import DataError
from emobench.testing.tiny_models import TINY, write_tiny

CATALOG = catalog()
NAMED = sorted(name for name, offer in CATALOG.backbones.items() if offer.what.card.family is not None)
# One tiny model of each family, as its newest shape.
FAMILIES = {TINY[name][0]: name for name in TINY}


def load(folder, home):
    """The module of a folder by the real path."""
    return loaded(folder, "model", home)[1]


@pytest.fixture(params=sorted(FAMILIES.items()), ids=lambda item: item[0])
def tiny(request, tmp_path):
    """A tiny model of every family in a folder of its own: (folder, its state dict)."""
    folder = write_tiny(tmp_path / "model", request.param[1])
    return folder, load_file(folder / "model.safetensors")


def rewrite(folder, state):
    save_file({name: weight.contiguous() for name, weight in state.items()}, folder / "model.safetensors")


@pytest.mark.parametrize("name", NAMED)
def test_a_named_model_has_the_parameters_of_its_card(name):
    """The architecture that a card's settings describe has its layers and its number of parameters."""
    backbone = CATALOG.backbone(name).what
    with torch.device("meta"):
        module = backbone.load_random(backbone.card)
    assert sum(weight.numel() for weight in module.parameters()) == backbone.card.parameters
    assert module.depth == len(backbone.card.layers)


@pytest.mark.parametrize("name", NAMED)
def test_a_card_says_where_its_model_comes_from(name):
    """Repository, licence, paper, what it was trained on, and places for PEFT methods: none is missing."""
    card = CATALOG.backbones[name].what.card
    assert card.weights.repo.count("/") == 1
    assert card.licence
    assert card.paper.startswith("https://")
    assert card.pretrained_on in ("speech", "music", "audio")
    assert card.adapt.feed_forward
    assert card.adapt.blocks


def test_the_field_is_there():
    """The models that the field measures are known by name, and each has a random control."""
    wanted = {
        "wav2vec2-base", "wav2vec2-large", "wav2vec2-large-robust", "xls-r-300m", "hubert-base", "hubert-large",
        "wavlm-base", "wavlm-base-plus", "wavlm-large", "data2vec-audio-base", "data2vec-audio-large", "distilhubert",
        "unispeech-sat-base", "unispeech-sat-large", "w2v-bert-2.0", "music2vec", "mert-v0", "mert-v0-public",
        "mert-v1", "mert-v1-330m", "whisper-base", "whisper-small", "whisper-medium", "whisper-large-v3", "ast",
        "clap-general", "clap-music",
    }  # fmt: skip
    assert wanted <= set(NAMED)
    assert len(CATALOG.backbones) >= 28
    for name in NAMED:
        assert CATALOG.backbone(f"{name}@random").what.card.random


def encoder_weight(state):
    """A weight of the first block of the encoder, whatever the family calls it."""
    of_block = re.compile(r"(?!.*(decoder|text_model)).*layers?\.0\..*\.weight$")
    return min(name for name in state if of_block.match(name))


def test_a_missing_weight_is_refused_by_name(tiny, tmp_path):
    """In every family, a file without one of the encoder's weights is an error that names it."""
    folder, state = tiny
    gone = encoder_weight(state)
    rewrite(folder, {name: weight for name, weight in state.items() if name != gone})
    with pytest.raises(DataError, match=r"do not fit.*\nmissing: \S+"):
        load(folder, tmp_path)


def test_an_unexpected_weight_is_refused_by_name(tiny, tmp_path):
    """In every family, a weight that is no known head is an error that names it."""
    folder, state = tiny
    rewrite(folder, {**state, "mystery.weight": torch.zeros(2)})
    with pytest.raises(DataError, match=r"unexpected: mystery\.weight"):
        load(folder, tmp_path)


def test_a_wrongly_shaped_weight_is_refused_by_name(tiny, tmp_path):
    """In every family, a weight of another shape is an error that says which shapes."""
    folder, state = tiny
    name = encoder_weight(state)
    rewrite(folder, {**state, name: torch.zeros(3, 5)})
    with pytest.raises(DataError, match=r"of another shape: \S+ \(3, 5\) instead of"):
        load(folder, tmp_path)


@pytest.mark.parametrize("layout", ["safetensors", "bin"])
@pytest.mark.parametrize("name", ["wav2vec2", "hubert", "wavlm-stable", "unispeech-sat", "mert"])
def test_without_its_positional_convolution_a_model_is_refused(name, layout, tmp_path):
    """A checkpoint without it would be measured with a random one: both old and new names are looked for."""
    folder = write_tiny(tmp_path / "model", name, layout)
    path = folder / ("model.safetensors" if layout == "safetensors" else "pytorch_model.bin")
    state = load_file(path) if layout == "safetensors" else torch.load(path, weights_only=True)
    rest = {key: weight.contiguous() for key, weight in state.items() if "pos_conv_embed" not in key}
    assert len(rest) < len(state)
    save_file(rest, path) if layout == "safetensors" else torch.save(rest, path)
    with pytest.raises(DataError, match=r"missing: encoder\.pos_conv_embed"):
        load(folder, tmp_path)


def test_a_pickle_with_code_is_refused(tmp_path):
    """Only tensors are unpickled: a checkpoint that would call a function is an error, and nothing is called."""
    folder = write_tiny(tmp_path / "model", "mert", "bin")

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "called"), "w"))

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"encoder.layer_norm.weight": Trap()}))
    with pytest.raises(DataError, match="neither safetensors nor a PyTorch file of tensors alone"):
        load(folder, tmp_path)
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("switch", ["feature_extractor_cqt", "deepnorm"])
def test_mert_with_parts_of_its_own_is_refused_by_name(switch, tmp_path):
    """A MERT that really needs its own code is not loaded as a HuBERT."""
    folder = write_tiny(tmp_path / "model", "mert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, switch: True}))
    with pytest.raises(DataError, match=f"{switch} = True"):
        load(folder, tmp_path)


def test_attention_relax_changes_nothing(tmp_path):
    """Features are the same with any attention_relax.

    MERT's own code reads it in its deepnorm encoder only, where it divides scores, subtracts their maximum and
    multiplies them again before a softmax, which none of this changes.
    """
    audio = AudioBatch(torch.randn(1, 24_000, generator=torch.Generator().manual_seed(0)) / 10, torch.tensor([24_000]))
    found = []
    for relax in (-1.0, 32.0):
        folder = write_tiny(tmp_path / str(relax), "mert-stable", changes={"attention_relax": relax})
        assert json.loads((folder / "config.json").read_text())["attention_relax"] == relax
        with torch.inference_mode():
            found.append(load(folder, tmp_path)(audio).layers)
    assert all(torch.equal(one, two) for one, two in zip(*found, strict=True))
    scores = torch.randn(5, 9, dtype=torch.float64) * 40
    relaxed = (scores / 32 - (scores / 32).amax(-1, keepdim=True)) * 32
    torch.testing.assert_close(relaxed.softmax(-1), scores.softmax(-1))


def test_mert_runs_no_code_of_its_repository(tmp_path):
    """A MERT folder with modelling code beside the weights is loaded, and the code is not imported."""
    folder = write_tiny(tmp_path / "model", "mert")
    (folder / "modeling_MERT.py").write_text("raise SystemExit('this must not be imported')\n")
    assert load(folder, tmp_path).model.__class__ is transformers.HubertModel


def test_files_of_another_size_are_refused_under_a_name(tmp_path):
    """`--weights mert-v1=DIR` with another architecture names what differs and how to measure it all the same."""
    folder = write_tiny(tmp_path / "model", "mert")
    backbone = CATALOG.backbone("mert-v1").what
    files = WeightFiles({path.name: path for path in folder.iterdir()})
    with pytest.raises(
        DataError, match="layers: 13 on the card, 4 in the files\nwidths: 768 on the card, 32"
    ) as caught:
        backbone.describe(backbone.card, files)
    assert "hf:ORG/REPO=DIR" in caught.value.remedy


def test_whether_clips_are_normalised_is_the_files_to_say(tmp_path):
    """``do_normalize`` of the preprocessor decides, not what the card remembered."""
    backbone = CATALOG.backbone("mert-v1").what
    for said in (True, False):
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "mert_model", "sample_rate": 24_000}))
        preprocessor = {"do_normalize": said, "sampling_rate": 24_000}
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(preprocessor))
        files = WeightFiles({path.name: path for path in tmp_path.iterdir()})
        assert backbone.describe(backbone.card, files).constants["do_normalize"] == said


def test_fused_clap_is_refused_by_name(tmp_path):
    """A CLAP that fuses random crops of long clips is not loaded as one that does not."""
    family = CATALOG.families["clap"].what
    with pytest.raises(DataError, match="enable_fusion: True"):
        family.traits(Settings({"model_type": "clap", "audio_config": {"enable_fusion": True}}, {}))


def test_damaged_settings_are_an_error_of_the_data(tmp_path):
    """A config.json that is cut off, or that transformers refuses, is named; no traceback."""
    folder = write_tiny(tmp_path / "model", "hubert")
    whole = (folder / "config.json").read_text()
    (folder / "config.json").write_text(whole[:40])
    with pytest.raises(DataError, match=r"config\.json cannot be read"):
        load(folder, tmp_path)
    (folder / "config.json").write_text(json.dumps({**json.loads(whole), "hidden_size": "wide"}))
    with pytest.raises(DataError):
        load(folder, tmp_path)


def edited(folder, name, **changes):
    """Change fields of one of a model's settings files."""
    settings = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps({**settings, **changes}))
    return folder


def test_a_weight_that_stands_twice_is_refused(tmp_path):
    """Two published names of one weight are an error that names both: which of them is meant nobody can know."""
    folder = write_tiny(tmp_path / "model", "hubert")
    state = load_file(folder / "model.safetensors")
    (new,) = (name for name in state if name.endswith("weight.original0"))
    old = new.replace("parametrizations.weight.original0", "weight_g")
    rewrite(folder, {**state, old: 3 * state[new]})
    with pytest.raises(DataError, match="holds one weight twice") as caught:
        load(folder, tmp_path)
    assert old in caught.value.found
    assert new in caught.value.found


def test_the_rate_of_mert_is_its_own(tmp_path):
    """Without a rate in the preprocessor's file the configuration's is taken; where the two differ, it is an error."""
    family = CATALOG.families["mert_model"].what
    assert family.traits(Settings({"model_type": "mert_model", "sample_rate": 24_000}, {})).sample_rate == 24_000
    folder = edited(write_tiny(tmp_path / "model", "mert"), "preprocessor_config.json", sampling_rate=16_000)
    with pytest.raises(DataError, match="contradict each other") as caught:
        load(folder, tmp_path)
    assert "sample_rate = 24000" in caught.value.found
    assert "sampling_rate = 16000" in caught.value.found


@pytest.mark.parametrize(
    ("name", "file", "changes"),
    [
        ("hubert", "config.json", {"num_hidden_layers": 0}),
        ("hubert", "config.json", {"num_attention_heads": 0}),
        ("hubert", "config.json", {"hidden_act": "nope"}),
        ("hubert", "config.json", {"conv_stride": []}),
        ("hubert", "preprocessor_config.json", {"sampling_rate": -16_000}),
        ("whisper", "config.json", {"encoder_layers": -1}),
        ("whisper", "preprocessor_config.json", {"sampling_rate": 0}),
        ("whisper", "preprocessor_config.json", {"chunk_length": 10}),
        ("whisper", "preprocessor_config.json", {"feature_size": 40}),
        ("ast", "config.json", {"max_length": 0}),
        ("ast", "preprocessor_config.json", {"num_mel_bins": 64}),
        ("ast", "preprocessor_config.json", {"mean": None}),
        ("w2v-bert", "preprocessor_config.json", {"stride": 3}),
        ("w2v-bert", "preprocessor_config.json", {"stride": 0}),
        ("clap", "config.json", {"audio_config": None}),
        ("clap", "preprocessor_config.json", {"feature_size": 32}),
    ],
    ids=str,
)
def test_settings_that_make_no_model_are_an_error_of_the_data(name, file, changes, tmp_path):
    """Odd or contradictory settings end with exit code 3 before any clip is heard, and say where to look."""
    folder = edited(write_tiny(tmp_path / "model", name), file, **changes)
    with pytest.raises(DataError) as caught:
        load(folder, tmp_path)
    assert caught.value.exit_code == 3
    assert "correct the file" in caught.value.remedy or "Fetch the model again" in caught.value.remedy
