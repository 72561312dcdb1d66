"""Does a run stop when its plugin's code is edited under way, and keep nothing that neither code computed?"""

import sys
from importlib.metadata import PathDistribution

import pytest
from pair_bench import digests

from emobench.catalog.discovery import installed
from emobench.domain.errors import EmobenchError
from emobench.testing.toy_pair import toy_pair_catalog

PLUGIN = '''"""A model that is edited while it is loaded, and a method that is edited while it is applied; each once."""

from pathlib import Path

from emobench import Backbone, Frozen, PeftCard, PeftMethod, hookimpl
from emobench.testing.toy_pair import LEARNER, ToyLearner

HERE = Path(__file__)


def edited(part):
    wanted = HERE.with_name(f".edit-{part}")
    if wanted.exists():
        wanted.unlink()
        HERE.with_name("network.py").write_text("WIDTH = 2")


def load(card, files):
    edited("model")
    return ToyLearner(lambda _: None)


def apply(backbone, card, options):
    edited("method")
    backbone.blocks[1].think.bias.requires_grad = True


@hookimpl
def emobench_backbones():
    yield Backbone(LEARNER.model_copy(update={"name": "edited-model"}), load)


@hookimpl
def emobench_peft_methods():
    card = PeftCard(name="edited-method", title="One bias", paper="https://example.org/bias", learning_rate=1e-3)
    yield PeftMethod(card, apply, Frozen)
'''
ASKED = {"backbones": ("edited-model",), "peft": ("frozen", "edited-method"), "folds": (0,)}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of an installed package with the model and the method."""
    folder = tmp_path / "site" / "edited_package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(PLUGIN)
    info = tmp_path / "site" / "edited-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: edited\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[emobench]\nedited = edited_package\n")
    monkeypatch.syspath_prepend(folder.parent)
    yield folder
    sys.modules.pop("edited_package", None)


@pytest.mark.parametrize("part", ["model", "method"])
def test_code_that_is_edited_under_way_ends_the_run(pair, package, part):
    """A run whose model or method is edited after it was planned says so and files no record; the same command again
    finds what a run that nobody disturbed finds.
    """
    more, _ = installed(PathDistribution(package.parent / "edited-1.0.dist-info").entry_points)
    pair.catalog = toy_pair_catalog(more=more)
    (package / "network.py").write_text("WIDTH = 1")
    planned, _ = pair.plan(**ASKED)
    (package / f".edit-{part}").touch()
    with pytest.raises(EmobenchError) as caught:
        pair.run(**ASKED)
    assert "changed after the run was planned" in f"{caught.value}{caught.value.found}"
    assert not (package / f".edit-{part}").exists()
    assert not list(pair.out.rglob("*.json"))
    again = pair.run(**ASKED)
    ((_, record),) = again.records
    assert digests(again) == digests(pair.elsewhere("alone").run(**ASKED))
    assert record.used["backbone"]["identity"]["plugin"] != planned.backbones["edited-model"].identity["plugin"]
