"""Do torchaudio's bundles keep the laws of every backbone? Tiny ones, read from a file in the published layout."""

import torch
from emobench_torchaudio.bundles import KNOWN
from emobench_torchaudio.plugin import load, load_random

from emobench import Backbone, Layers, WeightFiles
from emobench.testing.backbone.laws import check_backbone
from emobench.testing.backbone.subject import subject_of


def test_keeps_the_laws_of_backbones(tiny_bundle, tmp_path):
    """No law of `emobench check` is broken."""
    published = next(known.card for known in KNOWN if known.bundle == tiny_bundle)
    torch.manual_seed(5)
    model = load_random(published).model
    torch.save(model.state_dict(), tmp_path / "checkpoint.pth")
    count = sum(weight.numel() for weight in model.parameters())
    card = published.model_copy(update={"layers": Layers.uniform(4, width=32, hz=50), "parameters": count})
    offered = Backbone(card, load=load, load_random=load_random)
    verdicts = list(check_backbone(subject_of(offered, WeightFiles({"checkpoint.pth": tmp_path / "checkpoint.pth"}))))
    assert [(verdict.law, verdict.found) for verdict in verdicts if verdict.holds is False] == []
    assert any(verdict.holds for verdict in verdicts)
