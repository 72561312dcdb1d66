"""Can a model that is being written be measured, without ever meeting the features of an earlier version?"""

import importlib
import os
import sys
from pathlib import Path

import pytest

import emobench
from emobench.testing.toys import toy_backbone

SCALED = """
from emobench import Backbone, FrameFeatures
from emobench.testing.toys import MODEL, ToyModel

LOUDEST = 0.0%d

class Clamped(ToyModel):
    def forward(self, audio):
        found = super().forward(audio)
        return FrameFeatures(layers=tuple(layer.clamp(max=LOUDEST) for layer in found.layers), lengths=found.lengths)

@hookimpl(specname="emobench_backbones")
def more():
    card = MODEL.model_copy(update={"name": "clamped"})
    yield Backbone(card, load=lambda card, files: Clamped(lambda _: None))
"""


def test_a_module_is_its_file(toys, place, monkeypatch):
    """A module that is one file is the plugin of that file: the same record, whatever was imported earlier."""
    monkeypatch.syspath_prepend(place)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    module = importlib.import_module("toys")
    try:
        assert emobench.run(backbone="toy-model", **{**toys, "plugins": [module]}).key == (
            emobench.run(backbone="toy-model", **{**toys, "plugins": Path("toys.py")}).key
        )
    finally:
        del sys.modules["toys"]


def test_a_changed_file_never_meets_old_features(toys):
    """A cell that is written again, in the same second and as long as before, is another model with other features."""
    text, records = Path("toys.py").read_text(), []
    for number in (1, 5):
        Path("toys.py").write_text(text + SCALED % number)
        os.utime("toys.py", (1_000_000_000, 1_000_000_000))
        records.append(emobench.run(backbone="clamped", **toys))
    assert records[0].key != records[1].key
    predicted = [record.predictions(split="test")["prediction"].tolist() for record in records]
    assert predicted[0] != predicted[1]
    Path("toys.py").write_text(text + SCALED % 1)
    again = emobench.run(backbone="clamped", **toys, out="again")
    assert (again.key, again.predictions(split="test")["prediction"].tolist()) == (records[0].key, predicted[0])


def test_objects_are_refused(toys):
    """A Backbone, a class or a package has no digest that its helpers would change: the way out is a file."""
    for plugin in (toy_backbone(), toy_backbone, type("Plugin", (), {})):
        with pytest.raises(emobench.UsageError, match=r"%%writefile my_plugin\.py"):
            emobench.run(backbone="toy-model", **{**toys, "plugins": [plugin]})
    for plugin, found in ((emobench, "a package of several"), (sys, "a module without a file")):
        with pytest.raises(emobench.UsageError, match=f"found: {found}"):
            emobench.run(backbone="toy-model", **{**toys, "plugins": plugin})
