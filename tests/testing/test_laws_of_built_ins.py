"""Do the built-in backbones keep the laws that every backbone keeps?"""

import pytest
from tiny_families import catalog

from emobench.backbones import hubert_tiny, level_duration, logmel
from emobench.catalog.contracts import WeightFiles
from emobench.files.weights import resolve_weights
from emobench.testing.backbone.card_laws import CARD_LAWS
from emobench.testing.backbone.gradient_laws import peft_weights_learn
from emobench.testing.backbone.laws import BACKBONE_LAWS, check_backbone
from emobench.testing.backbone.subject import BackboneSubject, BackboneTrial, subject_of
from emobench.testing.laws import all_judged
from emobench.testing.tiny_models import write_tiny

# One member of each family; of wav2vec 2.0 that with a norm in front of every block, too.
MEMBERS = (
    "wav2vec2", "wav2vec2-stable", "hubert", "wavlm", "data2vec-audio", "unispeech-sat", "sew", "mert", "w2v-bert",
    "whisper", "ast", "clap",
)  # fmt: skip
WINDOWED = ("whisper", "ast", "clap")  # training whole windows takes long, and tests/peft does it
NOTHING_TO_ASK = {"licence_named", "parameters_counted", "random_control", "longest_clip", "padding_not_heard"}


def unkept(verdicts):
    """What is broken, and what was found."""
    return {verdict.law: verdict.found for verdict in verdicts if verdict.holds is False}


@pytest.mark.parametrize("plugin", [logmel, level_duration, hubert_tiny], ids=lambda plugin: plugin.CARD.name)
def test_backbones_without_weights_keep_every_law(plugin):
    """The spectrogram, the statistics of level, and the untrained transformer."""
    (backbone,) = plugin.emobench_backbones()
    assert unkept(check_backbone(subject_of(backbone))) == {}


@pytest.mark.parametrize("name", MEMBERS)
def test_every_family_keeps_every_law(name, tmp_path):
    """A tiny member of each family, by the path that real weights take; all laws but those of its card are asked."""
    folder = write_tiny(tmp_path / name, name)
    backbone = catalog().backbone(f"hf:tiny/{name}").what
    found = resolve_weights(backbone.card.name, backbone.card.weights, folder, offline=True, home=tmp_path, env={})
    subject = subject_of(backbone, WeightFiles(dict(found.files)))
    if name in WINDOWED:
        verdicts = [
            *all_judged((law for law in BACKBONE_LAWS if law is not peft_weights_learn), BackboneTrial(subject))
        ]
    else:
        verdicts = [*check_backbone(subject)]
    assert unkept(verdicts) == {}
    assert {verdict.law for verdict in verdicts if verdict.holds is None} <= NOTHING_TO_ASK


@pytest.mark.parametrize("name", list(catalog().backbones))
def test_every_card_says_whose_it_is_and_what_it_learned_from(name):
    """The cards of all named backbones, whose weights are elsewhere, name licence, paper and training."""
    backbone = catalog().backbone(name).what
    verdicts = [*all_judged(CARD_LAWS, BackboneTrial(BackboneSubject(backbone, backbone.card)))]
    assert [verdict.holds for verdict in verdicts] == [True, True, True], verdicts


@pytest.mark.shared
def test_byol_s_keeps_every_law(shared_weights, tmp_path):
    """A stranger's convolutional network, with its published weights and the licence beside them."""
    backbone = catalog().backbone("byol-s").what
    given = shared_weights / "byol-s"
    found = resolve_weights(backbone.card.name, backbone.card.weights, given, offline=True, home=tmp_path, env={})
    assert unkept(check_backbone(subject_of(backbone, WeightFiles(dict(found.files))))) == {}
