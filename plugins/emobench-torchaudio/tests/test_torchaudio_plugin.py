"""Does the plugin introduce torchaudio's bundles truly, load their files, and refuse any other?"""

import subprocess
import sys

import pytest
import torch
from emobench_torchaudio import plugin
from emobench_torchaudio.bundles import KNOWN, SHA256, WHERE
from emobench_torchaudio.plugin import load, load_random
from packaging.licenses import canonicalize_license_expression
from torchaudio import pipelines

from emobench import DataError, WeightFiles
from emobench.domain.errors import BrokenEnvironment


def card_of(bundle):
    """The card of a bundle."""
    return next(known.card for known in KNOWN if known.bundle == bundle)


def old_names(weights):
    """The same weights under the names that files had before torch's parametrisations."""
    return {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): weight
        for name, weight in weights.items()
    }


@pytest.fixture
def card(tiny_bundle):
    """The card of a bundle whose model is tiny here."""
    return card_of(tiny_bundle)


@pytest.fixture
def weights(card):
    """Random weights as a published file holds them."""
    torch.manual_seed(0)
    return dict(load_random(card).model.state_dict())


@pytest.fixture
def published(tmp_path):
    """Saves a state dict as the published checkpoint is saved, and gives it as the core would."""

    def saved(weights: object) -> WeightFiles:
        path = tmp_path / "checkpoint.pth"
        torch.save(weights, path)
        return WeightFiles({path.name: path})

    return saved


def test_offers_all_bundles_with_controls_under_names_of_their_own():
    """Every known bundle is a backbone with a control, and all names begin with torchaudio."""
    offered = list(plugin.emobench_backbones())
    assert len({backbone.card.name for backbone in offered}) == len(KNOWN) == 13
    assert all(backbone.card.name.startswith("torchaudio-") for backbone in offered)
    assert all(backbone.load_random is load_random for backbone in offered)


def test_introducing_itself_imports_no_torch():
    """`emobench list` stays light: importing the plugin leaves torch and torchaudio alone."""
    lines = (
        "import sys, emobench_torchaudio.plugin as p; list(p.emobench_backbones());"
        "sys.exit(bool({'torch', 'torchaudio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_card_is_that_of_the_bundle(known):
    """File, rate, normalisation, widths, blocks, parameters, frames and places are those of torchaudio's bundle."""
    bundle, card = getattr(pipelines, known.bundle), known.card
    with torch.device("meta"):
        backbone = load_random(card)
    convolutions = bundle._params["extractor_conv_layer_config"]
    field, hop = 1, 1
    for _, kernel, stride in reversed(convolutions):
        field, hop = (field - 1) * stride + kernel, hop * stride
    assert card.weights.url == WHERE + bundle._path
    assert card.sample_rate == bundle.sample_rate
    assert card.constants["normalise"] == bundle._normalize_waveform == backbone.normalise
    assert len(card.layers) == bundle._params["encoder_num_layers"] + 1
    assert {(layer.width, layer.hz) for layer in card.layers} == {(bundle._params["encoder_embed_dim"], 16_000 / hop)}
    assert card.min_seconds * card.sample_rate == field
    assert card.parameters == sum(weight.numel() for weight in backbone.parameters())
    for place in (*card.adapt.front_end, *card.adapt.attention, *card.adapt.feed_forward):
        assert backbone.get_submodule(place.replace("*", str(len(card.layers) - 2))) is not None
    assert canonicalize_license_expression(card.licence) == card.licence
    assert "License" in bundle.__doc__


def test_bundles_that_are_not_fine_tuned_are_all_known():
    """No self-supervised bundle of torchaudio is missing."""
    plain = {name for name in dir(pipelines) if type(getattr(pipelines, name)) is pipelines.Wav2Vec2Bundle}
    assert plain == {known.bundle for known in KNOWN}


def test_digests_belong_to_known_files():
    """Every digest is one of a file that some card names."""
    assert set(SHA256) <= {known.file for known in KNOWN}


@pytest.mark.parametrize("renamed", [dict, old_names], ids=["new names", "old names"])
def test_reads_the_published_layout(card, weights, published, renamed):
    """Every weight of the file is in the model afterwards, under old names, too, and it is in eval mode."""
    loaded = load(card, published(renamed(weights)))
    assert not any(module.training for module in loaded.modules())
    found = loaded.model.state_dict()
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weight) for name, weight in weights.items())


def test_torchaudio_itself_reads_the_same_layout(tiny_bundle, card, weights, monkeypatch):
    """From the same file, torchaudio's own loading gives the same model: layouts and names are not ours alone."""
    bundle = getattr(pipelines, tiny_bundle)
    monkeypatch.setattr(type(bundle), "_get_state_dict", lambda _self, _options: old_names(weights))
    theirs, ours = bundle.get_model(), load_random(card)
    ours.model.load_state_dict(weights)
    clip = torch.randn(1, 4_000, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        heard = ours._normalised(batch(clip)) if ours.normalise else clip
        torch.testing.assert_close(ours.model(heard)[0], theirs(clip)[0], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(ours(batch(clip)).layers[-1], theirs(clip)[0], rtol=1e-5, atol=1e-5)


def batch(clip):
    """One clip (1, samples) as a batch."""
    from emobench import AudioBatch

    return AudioBatch(clip, torch.tensor([clip.shape[1]]))


def test_leaves_the_head_of_a_fine_tuned_model(card, weights, published):
    """The head for transcription has no place here and is left out; nothing else may be too much."""
    loaded = load(card, published({**weights, "aux.weight": torch.zeros(29, 32), "aux.bias": torch.zeros(29)}))
    assert loaded.model.state_dict().keys() == weights.keys()
    with pytest.raises(DataError, match="unexpected: masking"):
        load(card, published({**weights, "masking": torch.zeros(1)}))


def test_refuses_a_checkpoint_that_does_not_fit(card, weights, published):
    """A missing weight is named: no positional convolution is silently left random."""
    lost = "encoder.transformer.pos_conv_embed.conv.parametrizations.weight.original0"
    with pytest.raises(DataError, match=f"missing: {lost}"):
        load(card, published({name: weight for name, weight in weights.items() if name != lost}))


def test_random_control_follows_the_seed(card):
    """The same seed gives the same control, another seed another one; its card's name ends in @random."""

    def drawn(seed):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            backbone = load_random(card.model_copy(update={"name": f"{card.name}@random"}))
        return torch.cat([weight.flatten() for weight in backbone.parameters()])

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))


def test_a_torchaudio_that_does_not_load_is_told(monkeypatch):
    """What the machine says of torchaudio is told with a remedy, not as a traceback."""
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    with pytest.raises(BrokenEnvironment, match="needs torchaudio"):
        load_random(card_of("HUBERT_BASE"))


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_licence_and_corpora_are_those_that_torchaudio_states(known):
    """Of every bundle: its documentation names each corpus of the card, and MIT, which the card of WavLM tightens."""
    stated = "".join(getattr(pipelines, known.bundle).__doc__.replace("Common Voice", "CommonVoice").split())
    for corpus in known.card.corpora:
        assert "".join(corpus.replace("Common Voice", "CommonVoice").split()) in stated
    assert "underMITLicenseandredistributedwiththesamelicense" in stated
    assert known.card.licence == ("CC-BY-SA-3.0" if known.bundle.startswith("WAVLM") else "MIT")
