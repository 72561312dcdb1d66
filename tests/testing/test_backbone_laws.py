"""Is a bad backbone caught by the law that is meant for it and by no other, and a good one by none?"""

import builtins
import io
import sys
from importlib import import_module

import numpy as np
import pytest
import safetensors
import torch
from broken_backbones import BROKEN, from_load, readme_beside
from good_backbone import CARD, Good, filled, good, loading, raising

from emobench.catalog.contracts import Backbone, FrameFeatures, WeightFiles
from emobench.testing.backbone.laws import BACKBONE_LAWS, check_backbone
from emobench.testing.backbone.subject import BackboneSubject, subject_of
from emobench.testing.laws import name_of


def verdicts(backbone, files=None):
    """All verdicts, by law."""
    return {verdict.law: verdict for verdict in check_backbone(subject_of(backbone, files))}


def broken(found):
    """The names of broken laws."""
    return {law for law, verdict in found.items() if verdict.holds is False}


def test_a_good_backbone_keeps_every_law():
    """A backbone that resumes, stops early, has a random control and names its places is asked all laws, and keeps
    them.
    """
    found = verdicts(good())
    assert {law: verdict.found for law, verdict in found.items() if verdict.holds is not True} == {}


@pytest.mark.parametrize("case", BROKEN, ids=[f"{number}-{case.law}" for number, case in enumerate(BROKEN)])
def test_a_broken_backbone_is_caught_by_its_law(case):
    """A backbone with one fault breaks the law of that fault and no other, and the verdict names the fault."""
    found = verdicts(case.backbone)
    assert {law: found[law].found for law in broken(found)}.keys() == {case.law}, found
    assert case.says in found[case.law].found
    assert "\x1b" not in found[case.law].found


def test_every_law_has_its_broken_backbone():
    """No law is without a backbone that shows that it catches something, and names are unique."""
    names = [name_of(law) for law in BACKBONE_LAWS]
    assert len(set(names)) == len(names)
    assert {case.law for case in BROKEN} == set(names)


def test_one_verdict_a_law_in_order_whatever_happens():
    """One verdict for each law, in their order, of a good backbone, one that does not load and one that hears
    nothing.
    """
    names = [name_of(law) for law in BACKBONE_LAWS]
    mute = loading(type("Mute", (Good,), {"forward": lambda self, audio: 1 / 0}))
    for backbone in (good(), from_load(lambda card, files: None), mute):
        found = [*check_backbone(subject_of(backbone))]
        assert [verdict.law for verdict in found] == names
        assert all(verdict.expected.endswith(".") and verdict.found for verdict in found)


@pytest.mark.parametrize(
    ("backbone", "law"),
    [
        (from_load(lambda card, files: 1 / 0), "loads"),
        (from_load(lambda card, files: sys.exit(3)), "loads"),
        (from_load(lambda card, files: "a module"), "loads"),
        (loading(type("Mute", (Good,), {"forward": lambda self, audio: 1 / 0})), "hears"),
        (
            loading(type("Flat", (Good,), {"forward": lambda self, audio: flat(Good.forward(self, audio))})),
            "layers_of_card",
        ),
    ],
    ids=["raises", "exits", "no module", "mute", "flat"],
)
def test_what_rests_on_a_broken_law_is_not_asked(backbone, law):
    """Behind a model that does not load, hear or fit its card, what rests on it is told as not asked, with the
    law that is broken.
    """
    found = verdicts(backbone)
    assert broken(found) == {law}
    later = [*found][[*found].index(law) + 1 :]
    asked = {"loads_without_network", "weights_are_told", "leaves_global_state"}
    assert {found[name].found for name in later if name not in asked} == {f"rests on {law}"}
    assert {found[name].holds for name in later if name not in asked} == {None}


def flat(features):
    """Layers without time."""
    return FrameFeatures(tuple(layer.mean(1) for layer in features.layers), features.lengths)


def test_verdicts_come_one_by_one():
    """Nothing is loaded before the law about loading is asked for."""
    calls = []
    found = check_backbone(subject_of(from_load(lambda card, files: calls.append(1) or filled(Good()))))
    assert [next(found).law for _ in range(3)] == ["licence_named", "paper_named", "training_named"]
    assert calls == []
    assert next(found).law == "loads"
    assert calls == [1]


def test_what_a_plugin_changed_is_put_back():
    """After a plugin that switches gradients off and the default type to another, both are as before."""

    def load(card, files):
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        return filled(Good().float())

    before = torch.get_default_dtype()
    found = verdicts(from_load(load))
    assert found["leaves_global_state"].holds is False
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() is before


def test_a_model_card_beside_the_weights_is_believed(tmp_path):
    """A README.md whose front matter names another licence breaks the law and both are named; the same one keeps
    it.
    """
    files = readme_beside(tmp_path)
    found = verdicts(good(), files)
    assert broken(found) == {"licence_named"}
    assert "MIT" in found["licence_named"].found
    assert "cc-by-nc-4.0" in found["licence_named"].found
    card = CARD.model_copy(update={"licence": "CC-BY-NC-4.0"})
    first = next(check_backbone(BackboneSubject(good(), card, files)))
    assert (first.law, first.holds) == ("licence_named", True)


@pytest.mark.parametrize("licence", ["TBD", "unknown", "LicenseRef-Unknown", "free to use", "see the paper", " "])
def test_a_licence_that_is_none_is_refused(licence):
    """Placeholders and prose are no licence."""
    card = CARD.model_copy(update={"licence": licence})
    first = next(check_backbone(BackboneSubject(good(), card)))
    assert first.holds is False


@pytest.mark.parametrize("licence", ["Apache-2.0", "mit", "LicenseRef-MERT", "CC-BY-4.0 OR GPL-3.0-only"])
def test_a_licence_by_spdx_is_accepted(licence):
    """Expressions of SPDX, references of one's own included."""
    card = CARD.model_copy(update={"licence": licence})
    first = next(check_backbone(BackboneSubject(good(), card)))
    assert first.holds is True


def test_a_model_that_hides_its_layers_raises_nothing():
    """A module that raises while its shapes are read leaves verdicts, not a traceback."""

    class Odd(Good):
        def forward(self, audio):
            return FrameFeatures(layers=None, lengths=None)

    found = verdicts(Backbone(CARD, load=lambda card, files: filled(Odd())), WeightFiles())
    assert broken(found) == {"hears"}


def test_weights_that_the_core_knows_may_be_read(tmp_path):
    """Files that were handed over, and files that loading itself unpacks, are no hidden weights."""
    handed = tmp_path / "model.npy"
    np.save(handed, np.ones(3))

    def load(card, files):
        np.save(tmp_path / "unpacked.npy", np.load(files.only()))
        np.load(tmp_path / "unpacked.npy")
        return filled(Good())

    assert broken(verdicts(from_load(load), WeightFiles({handed.name: handed}))) == set()


def test_the_package_of_a_plugin_may_hold_weights(tmp_path, monkeypatch):
    """Weights below the plugin's own package are its code's; those beside a plugin of one file are not."""
    for name in ("whole_package/__init__.py", "single_module.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            "import numpy as np\nfrom pathlib import Path\nfrom good_backbone import Good, filled\n"
            "def load(card, files):\n    np.load(Path(__file__).with_name('own.npy'))\n    return filled(Good())\n"
        )
        np.save((tmp_path / name).with_name("own.npy"), np.ones(3))
    monkeypatch.syspath_prepend(tmp_path)
    found = {name: broken(verdicts(from_load(import_module(name).load))) for name in ("whole_package", "single_module")}
    assert found == {"whole_package": set(), "single_module": {"weights_are_told"}}


def test_opening_files_is_as_before():
    """What notes the files that are opened is gone afterwards, also where loading raised."""
    before = builtins.open, io.open, safetensors.safe_open
    verdicts(from_load(raising))
    assert (builtins.open, io.open, safetensors.safe_open) == before
